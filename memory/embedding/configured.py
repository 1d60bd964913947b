"""The embedder that the settings name."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from core.settings import Settings
from memory.embedding.port import Embedder


@asynccontextmanager
async def open_embedder(settings: Settings) -> AsyncIterator[Embedder]:
    """Ready at once: a model is read, and a server asked, at the first text. Closed at the end.

    Raises ConfigurationError when a package that it needs is not installed.
    """
    embedder = _embedder(settings)
    try:
        yield embedder
    finally:
        await embedder.close()


def _embedder(settings: Settings) -> Embedder:
    if settings.embedder == "endpoint":
        from memory.embedding.endpoint import Endpoint

        return Endpoint.from_settings(settings)
    if settings.embedder == "static":
        from memory.embedding.static import Static

        return Static()
    from memory.embedding.minilm import MiniLm

    return MiniLm()
