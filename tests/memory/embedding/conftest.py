"""The embedders of this machine, read once for all tests, and a server that embeds."""

from collections.abc import AsyncIterator, Iterator

import pytest

from memory.embedding.minilm import MiniLm
from memory.embedding.static import Static
from sandbox.model import ModelServer


@pytest.fixture(scope="session")
def minilm() -> MiniLm:
    return MiniLm()


@pytest.fixture(scope="session")
def static() -> Static:
    return Static()


@pytest.fixture(params=["minilm", "static"])
def local(request: pytest.FixtureRequest) -> Iterator[MiniLm | Static]:
    """Each embedder that needs no server."""
    yield request.getfixturevalue(request.param)


@pytest.fixture
async def server() -> AsyncIterator[ModelServer]:
    async with ModelServer() as server:
        yield server


@pytest.fixture
async def second() -> AsyncIterator[ModelServer]:
    """Another server of the same model."""
    async with ModelServer() as server:
        yield server
