"""What the model analyst asks of a model for an hour of talk: tokens, requests, and how much a prefix cache spares.

The model is a double that answers at once and keeps prefixes as vLLM does, so all but the last figures are of our own
making. With SOPHIA_TEST_MODEL naming a GGUF file, and xllamacpp installed, that model reads a few minutes too.
"""

import asyncio
import os
import socket
import time
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from api.logs import settings_with_logs
from bench.figure import Figure
from bench.world import bundled_calls, long_call
from core.analysis import CallAnalysis
from core.calls import Call, Transcript
from core.llm import Role, Usage
from core.llm.configured import pool_from
from core.llm.embedded import Serving, start
from core.settings import load_settings
from nodes.call_analysis.extractive import ExtractiveAnalyst
from nodes.call_analysis.judging import Allowance, JudgingAnalyst
from sandbox.model import Abilities, Asked, ModelServer, Reply
from sandbox.model.answers import tokens_of
from sandbox.model.fitting import fitting
from tools.gong.parse import parse_call, parse_transcript

HOUR_S = 3600
CONTEXTS = (8_192, 32_768)
BLOCK_CHARACTERS = 64
"""vLLM keeps prefixes in blocks of 16 tokens; the double counts four characters a token."""
SPOKEN_SENTENCES = 60
"""Of a call that a real model reads here: some five minutes of talk."""
REAL_CONTEXT = 8_192


@dataclass
class Taken:
    """What a pool's requests took in all."""

    requests: int = 0
    prompt: int = 0
    cached: int = 0
    completion: int = 0
    seconds: float = 0

    def observe(self, server: str, role: Role, result: str, usage: Usage) -> None:
        self.requests += 1
        self.prompt += usage.prompt_tokens
        self.cached += usage.cached_tokens
        self.completion += usage.completion_tokens
        self.seconds += usage.seconds


@dataclass
class PrefixCache:
    """A server's cache of the beginnings of what it was asked."""

    known: set[str] = field(default_factory=set)

    def answer(self, asked: Asked) -> Reply:
        text = asked.text
        ends = range(BLOCK_CHARACTERS, len(text), BLOCK_CHARACTERS)
        held = next((end for end in reversed(ends) if text[:end] in self.known), 0)
        self.known.update(text[:end] for end in ends)
        return Reply.of(fitting(asked.schema or {}), cached_tokens=tokens_of(text[:held]))


def measure() -> list[Figure]:
    """Figures for a call of one hour at each context, then those of a real model if there is one."""
    settings_with_logs("warning")
    import_module("langchain_openai")  # what the pool imports at its first request is not to be measured
    call, transcript = _parsed(long_call(HOUR_S))
    ExtractiveAnalyst().analyse(call, transcript)  # loads what it learnt
    begin = time.perf_counter()
    extracted = ExtractiveAnalyst().analyse(call, transcript)
    extractive = time.perf_counter() - begin
    figures = [
        figure
        for context in CONTEXTS
        for figure in asyncio.run(_asked(call, transcript, extracted, context, extractive))
    ]
    weights = os.environ.get("SOPHIA_TEST_MODEL")
    return figures + (_with_weights(weights) if weights and find_spec("xllamacpp") else [])


async def _asked(
    call: Call, transcript: Transcript, extracted: CallAnalysis, context: int, extractive: float
) -> list[Figure]:
    taken = Taken()
    async with ModelServer(PrefixCache().answer, abilities=Abilities(context=context)) as server:
        begin = time.perf_counter()
        await _judge(server.url, server.key, server.models[0], context, taken, call, transcript, extracted)
        seconds = time.perf_counter() - begin
    said = sum(tokens_of(sentence.text) for turn in transcript.turns for sentence in turn.sentences)
    hours = transcript.turns[-1].sentences[-1].end_ms / 1000 / HOUR_S
    name = f"model analyst, context {context:,}"
    return [
        Figure(f"{name}: prompt tokens per transcript token", taken.prompt / said, "", 1, "the transcript alone"),
        Figure(f"{name}: requests per hour of talk", taken.requests / hours, "", 1, "a context that holds it all"),
        Figure(
            f"{name}: cached share of the prompts", 100 * taken.cached / taken.prompt, "%", 0, "no common beginning"
        ),
        Figure(f"{name}: an hour of talk, model not counted", seconds, "s", extractive, "the extractive analyst"),
    ]


async def _judge(
    url: str,
    key: str | None,
    name: str,
    context: int,
    taken: Taken,
    call: Call,
    transcript: Transcript,
    extracted: CallAnalysis,
) -> CallAnalysis:
    pool = pool_from(
        load_settings(model_urls=url, model_key=key, model_name=name, model_context=context), taken.observe
    )
    if pool is None:
        raise SystemExit("no model is set up")
    try:
        return await JudgingAnalyst(pool, Allowance(tokens=0)).analyse(call, transcript, extracted)
    finally:
        await pool.close()


def _with_weights(path: str) -> list[Figure]:
    """A real llama.cpp server of this process over the first minutes of a bundled call."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    serving = Serving(Path(path), "local", SecretStr("local"), port=port, context=REAL_CONTEXT, parallel=1)
    server = start(serving)
    call, whole = _parsed(bundled_calls()[0])
    transcript = _beginning(whole)
    taken, extracted = Taken(), ExtractiveAnalyst().analyse(call, transcript)
    judged = asyncio.run(
        _judge(f"http://127.0.0.1:{port}/v1", "local", "local", REAL_CONTEXT, taken, call, transcript, extracted)
    )
    del server
    name = f"model analyst on {serving.path.name}"
    talk = transcript.turns[-1].sentences[-1].end_ms / 1000
    return [
        Figure(f"{name}: a minute of talk", 60 * taken.seconds / talk, "s", 60, "the talk itself"),
        Figure(f"{name}: tokens read and written", (taken.prompt + taken.completion) / taken.seconds, "/s",
               taken.completion / taken.seconds, "those written"),
        Figure(f"{name}: dropped as unproved", judged.dropped, "", len(judged.items), "findings in all"),
    ]  # fmt: skip


def _parsed(content: dict[str, Any]) -> tuple[Call, Transcript]:
    return parse_call(content["extensive"]), parse_transcript(content["transcript"])


def _beginning(transcript: Transcript) -> Transcript:
    """The first turns of a call, up to so many sentences."""
    turns, count = [], 0
    for turn in transcript.turns:
        if count >= SPOKEN_SENTENCES:
            break
        turns.append(turn)
        count += len(turn.sentences)
    return transcript.model_copy(update={"turns": tuple(turns)})
