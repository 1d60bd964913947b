"""The embedders of this machine: what is alike is near, and a text's vector depends on the text alone."""

import asyncio
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from core.errors import ConfigurationError
from core.settings import load_settings
from memory.embedding import minilm as minilm_module
from memory.embedding.configured import open_embedder
from memory.embedding.minilm import MiniLm
from memory.embedding.static import Static

Local = MiniLm | Static

KNOWN = {
    ("The customer wants a lower price.", "They asked us for a discount."): 0.48948,
    ("Please send me the contract tomorrow.", "I need the agreement by the next day."): 0.56542,
    ("The customer wants a lower price.", "The weather in Lisbon is sunny."): 0.05404,
}
"""Cosines as onnxruntime gives them for the bare model, without a line of Sophia's."""

MIXED = [
    "Yes.",
    "We sign on Friday.",
    "Their budget is frozen until the new fiscal year begins. " * 30,
    "Ja, gern! 漢字",
]


async def cosine(embedder: Local, one: str, other: str) -> float:
    vectors = await embedder.embed([one, other])
    return float(vectors[0] @ vectors[1])


@pytest.mark.parametrize("pair", KNOWN)
async def test_minilm_gives_the_cosines_of_the_bare_model(minilm: MiniLm, pair: tuple[str, str]) -> None:
    assert await cosine(minilm, *pair) == pytest.approx(KNOWN[pair], abs=1e-4)


async def test_sentences_alike_in_meaning_are_nearer_than_others(local: Local) -> None:
    price, discount, weather = "The customer wants a lower price.", "They asked us for a discount.", "It rains today."
    assert await cosine(local, price, discount) > await cosine(local, price, weather) + 0.1


async def test_a_vector_is_the_same_to_the_last_bit_in_any_company(local: Local) -> None:
    alone = np.concatenate([await local.embed([text]) for text in MIXED])
    together = await local.embed(MIXED * 40)
    assert (together == np.tile(alone, (40, 1))).all()


async def test_questions_asked_side_by_side_get_their_own_vectors(local: Local) -> None:
    alone = await local.embed(MIXED)
    found = await asyncio.gather(*(local.embed([text]) for text in MIXED))
    assert (np.concatenate(found) == alone).all()


async def test_vectors_have_unit_length_and_zeros_where_no_word_is(local: Local) -> None:
    vectors = await local.embed(["a word", "", " \n\t", "?! …", "7"])
    assert vectors.shape == (5, local.dimensions)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 0, 0, 0, 1], abs=1e-6)


async def test_no_text_gives_no_vector(local: Local) -> None:
    assert (await local.embed([])).shape == (0, local.dimensions)


async def test_what_comes_after_256_tokens_is_not_read(minilm: MiniLm) -> None:
    first, second = await minilm.embed(["pay " * 254, "pay " * 254 + "the weather is fine"])
    assert (first == second).all()


async def test_marks_of_the_model_that_somebody_wrote_are_text(minilm: MiniLm) -> None:
    assert await cosine(minilm, "a [SEP] b [PAD]", "a b") < 0.999


async def test_a_model_with_another_hash_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    other = tmp_path / "tokenizer.json"
    other.write_text("{}")
    monkeypatch.setattr(minilm_module, "TOKENIZER", other)
    embedder = MiniLm()
    with pytest.raises(ConfigurationError, match=r"tokenizer.json has the hash 44136fa355b3…") as refused:
        await embedder.embed(["a word"])
    assert refused.value.next_step
    await embedder.close()


async def test_a_package_that_is_missing_is_told_with_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("memory.embedding.static.PACKAGE", "not_installed_here")
    with pytest.raises(ConfigurationError, match="needs wordllama") as refused:
        async with open_embedder(load_settings(embedder="static")):
            pass
    assert refused.value.next_step is not None
    assert "pip install" in refused.value.next_step


@pytest.mark.parametrize(("name", "model"), [("minilm", "minilm-l6-384"), ("static", "wordllama-l2-256")])
async def test_the_settings_choose_the_embedder(name: str, model: str) -> None:
    async with open_embedder(load_settings(embedder=name)) as embedder:
        assert embedder.model == model
        assert embedder.dimensions == int(model.rsplit("-", 1)[1])


def test_importing_and_making_them_reads_no_model() -> None:
    code = (
        "import sys; from memory.embedding.minilm import MiniLm; from memory.embedding.static import Static;"
        "MiniLm(); Static(); print({'onnxruntime', 'tokenizers', 'wordllama', 'chromadb'} & set(sys.modules))"
    )
    root = Path(minilm_module.__file__).parents[2]
    said = subprocess.run([sys.executable, "-c", code], cwd=root, check=True, capture_output=True, text=True)
    assert said.stdout == "set()\n"


async def test_wordllama_leaves_the_logs_as_they_are() -> None:
    code = (
        "import asyncio, logging; from memory.embedding.static import Static;"
        "asyncio.run(Static().embed(['a word'])); print(logging.getLogger().handlers, logging.getLogger().level)"
    )
    root = Path(minilm_module.__file__).parents[2]
    said = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", code], cwd=root, check=True, capture_output=True, text=True
    )
    assert said.stdout == "[] 30\n"
