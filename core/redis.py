"""Redis as the engine of jobs uses it: its address, whether it answers, and its errors in our words."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from core.errors import Unavailable

if TYPE_CHECKING:
    from docket import Docket

ANSWER_S = 5.0
"""A Redis that takes longer counts as away; its answers take less than a millisecond."""

ENGINE_LOGGERS = ("docket.worker", "docket.strikelist")


async def ask(docket: "Docket") -> None:
    """Returns once Redis has answered; raises what redis-py raises when it does not in time."""
    async with asyncio.timeout(ANSWER_S), docket.redis() as redis:
        await redis.exists(docket.stream_key)


@contextmanager
def errors_of_redis() -> Iterator[None]:
    """Raises Unavailable for whatever keeps Redis from answering."""
    from redis.exceptions import RedisError

    try:
        yield
    except (RedisError, OSError) as error:
        raise Unavailable("redis", f"the queue of jobs cannot be reached: {error or 'no answer'}") from error


def with_connections(url: str, concurrency: int) -> str:
    """The URL with room in the connection pool for every job: the client's own 100 run out at concurrency 100."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    query.setdefault("max_connections", str(max(100, 5 * concurrency)))
    return urlunsplit(parts._replace(query=urlencode(query)))


@contextmanager
def engine_quiet_on_outages() -> Iterator[None]:
    """Keeps back what the engine says, with a traceback, every second for as long as Redis is away."""
    quiet, loggers = _NotOfOutages(), [logging.getLogger(name) for name in ENGINE_LOGGERS]
    for logger in loggers:
        logger.addFilter(quiet)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeFilter(quiet)


class _NotOfOutages(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        from redis.exceptions import RedisError

        error = record.exc_info[1] if record.exc_info else None
        return not (isinstance(error, (RedisError, OSError)) or record.getMessage().startswith("Redis "))
