"""Checkpoints of workflow threads, in the same database as the rest but on connections of their own.

What comes back from a checkpoint is data of a file, so only types that the caller lists (and LangGraph's own safe ones)
are made from it; anything else comes back as the plain data it was stored as.
"""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

from memory.checkpoints.saver import Checkpoints
from memory.database import parse_url

__all__ = ["Checkpoints", "open_checkpoints"]


@asynccontextmanager
async def open_checkpoints(url: str, allowed: Iterable[type] = ()) -> AsyncIterator[Checkpoints]:
    """The checkpoints in the database at this URL; `allowed` are the types of ours that may come back from them.

    The database must have been opened before. Raises ConfigurationError when the URL cannot be used, and Unavailable
    when the database has gone away meanwhile.
    """
    parsed = parse_url(url)
    serializer = JsonPlusSerializer(allowed_msgpack_modules=tuple(allowed) or None)
    # Only the driver that is used is loaded.
    if parsed.get_backend_name() == "sqlite":
        from memory.checkpoints.sqlite import open_sqlite as open_saver
    else:
        from memory.checkpoints.postgres import open_postgres as open_saver
    async with open_saver(parsed, serializer) as checkpoints:
        yield checkpoints
