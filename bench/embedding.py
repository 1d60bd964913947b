"""What it takes to turn texts into vectors: a question alone, and sentences and passages in bulk, beside tokenizing."""

import asyncio
import resource
import time
from collections.abc import Iterator, Sequence
from functools import partial

from bench.figure import Figure, percentile
from bench.world import bundled_calls
from memory.embedding.minilm import MiniLm
from memory.embedding.port import Embedder
from memory.embedding.static import Static

QUESTION = "What did the customer say about the price, and when do they want to decide?"
QUESTIONS = 100
SENTENCES = 600
PASSAGES = 60
PASSAGE_WORDS = 120
STATIC_TIMES = 20
"""The table is too fast for so few texts."""


def measure() -> list[Figure]:
    """Milliseconds for a question and texts a second, one thread; memory that MiniLM takes."""
    return asyncio.run(_measured())


async def _measured() -> list[Figure]:
    before = _peak_mb()
    minilm, static = MiniLm(), Static()
    try:
        begin = time.perf_counter()
        await minilm.embed(["a word"])
        loaded = time.perf_counter() - begin
        return [
            Figure("MiniLM, model loaded and first text", loaded, "s", await _loaded(static), "WordLlama"),
            *await _question(minilm),
            *await _in_bulk(minilm, static),
            Figure("MiniLM, memory at most", _peak_mb(), "MB", before, "before it is loaded"),
        ]
    finally:
        await minilm.close()
        await static.close()


async def _loaded(static: Static) -> float:
    begin = time.perf_counter()
    await static.embed(["a word"])
    return time.perf_counter() - begin


async def _question(minilm: MiniLm) -> list[Figure]:
    """One question after the other, each a little different, so that nothing is remembered."""
    ours, bare = [], []
    for number in range(QUESTIONS):
        begin = time.perf_counter()
        minilm.tokenize([f"{QUESTION} {number}"])
        bare.append(1000 * (time.perf_counter() - begin))
        begin = time.perf_counter()
        await minilm.embed([f"{QUESTION} {number}"])
        ours.append(1000 * (time.perf_counter() - begin))
    tokenizing = partial(percentile, bare)
    return [
        Figure("MiniLM, a question, p50", percentile(ours, 0.5), "ms", tokenizing(0.5), "tokenizing", "under 15 ms"),
        Figure("MiniLM, a question, p95", percentile(ours, 0.95), "ms", tokenizing(0.95), "tokenizing"),
    ]


async def _in_bulk(minilm: MiniLm, static: Static) -> list[Figure]:
    sentences, passages = list(_sentences())[:SENTENCES], list(_passages())[:PASSAGES]
    return [
        Figure(f"MiniLM, {len(sentences)} sentences", await _rate(minilm, sentences), "/s",
               await _rate(static, sentences * STATIC_TIMES), "WordLlama"),
        Figure(f"MiniLM, {len(passages)} passages of {PASSAGE_WORDS} words", await _rate(minilm, passages), "/s",
               await _rate(static, passages * STATIC_TIMES), "WordLlama"),
    ]  # fmt: skip


async def _rate(embedder: Embedder, texts: Sequence[str]) -> float:
    begin = time.perf_counter()
    await embedder.embed(texts)
    return len(texts) / (time.perf_counter() - begin)


def _sentences() -> Iterator[str]:
    for call in bundled_calls():
        for turn in call["transcript"]["transcript"]:
            yield from (sentence["text"] for sentence in turn["sentences"])


def _passages() -> Iterator[str]:
    words = " ".join(_sentences()).split()
    for start in range(0, len(words) - PASSAGE_WORDS, PASSAGE_WORDS):
        yield " ".join(words[start : start + PASSAGE_WORDS])


def _peak_mb() -> float:
    """The most memory this process has had resident, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
