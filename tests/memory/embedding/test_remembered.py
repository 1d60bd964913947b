"""Questions that were asked before are not embedded again."""

import numpy as np

from core.settings import Settings, load_settings
from memory.embedding.configured import open_embedder
from memory.embedding.remembered import Remembered
from sandbox.model import ModelServer


async def test_only_what_is_new_is_embedded(server: ModelServer) -> None:
    async with open_embedder(_settings(server)) as embedder:
        remembered = Remembered(embedder)
        first = await remembered.embed(["price", "date"])
        again = await remembered.embed(["date", "who", "price", "who"])

    assert [asked.body["input"] for asked in server.embedded] == [["price", "date"], ["who"]]
    assert (again[[2, 0]] == first).all()
    assert (again[1] == again[3]).all()


async def test_the_oldest_goes_first(server: ModelServer) -> None:
    async with open_embedder(_settings(server)) as embedder:
        remembered = Remembered(embedder, most=2)
        for question in ("one", "two", "one", "three", "one", "two"):
            await remembered.embed([question])

    assert [asked.body["input"] for asked in server.embedded] == [["one"], ["two"], ["three"], ["two"]]


async def test_what_a_caller_does_with_its_vectors_changes_nothing(server: ModelServer) -> None:
    async with open_embedder(_settings(server)) as embedder:
        remembered = Remembered(embedder)
        first = await remembered.embed(["price"])
        kept = first.copy()
        first[:] = 0
        assert (await remembered.embed(["price"]) == kept).all()
        assert (await remembered.embed([])).shape == (0, 64)
        assert (remembered.model, remembered.dimensions) == (embedder.model, 64)
        assert kept.dtype == np.float32


def _settings(server: ModelServer) -> Settings:
    return load_settings(
        embedder="endpoint",
        embedding_urls=server.url,
        embedding_key=server.key,
        embedding_name=server.models[0],
        embedding_dimensions=server.abilities.dimensions,
    )
