"""Values kept in Redis, for all processes of one Sophia.

Each value is a hash of its own that Redis removes by itself. The last change of every tag stands in one further hash,
under one count, so a look at a value and at what changed since is one script and one moment for everybody. If Redis
loses that hash, it begins again with another epoch, and nothing kept before is fresh.
"""

import hashlib
import json
import secrets
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

from pydantic import ValidationError

from core.errors import Unavailable
from memory.cache.entry import Entry, Place
from memory.cache.process import MOST_TAGS
from memory.cache.scripts import CHANGE, FIND, PUT, RELEASE
from memory.cache.store import Found, Mark

SERVICE: Final = "redis"
PREFIX: Final = "sophia:cache:"
MOST_ENTRIES: Final = 20_000
"""Values of a few KB each: some 50 MB. Those read longest ago go first."""

CONNECTIONS: Final = 16
ANSWER_S: Final = 0.5
"""A Redis that takes longer is no help: HubSpot itself answers in a few tenths of a second."""

TURN_MS: Final = 10_000
"""How long a process may read a value before another may try: the longest answers of HubSpot but for outages."""

SCANNED: Final = 1000
"""Keys looked at in one step when something is forgotten."""


class SharedStore:
    """The Store of several processes. Values of two prefixes do not see each other."""

    def __init__(
        self, url: str, *, prefix: str = PREFIX, most_entries: int = MOST_ENTRIES, most_tags: int = MOST_TAGS
    ) -> None:
        from redis.asyncio import BlockingConnectionPool, Redis
        from redis.asyncio.retry import Retry
        from redis.backoff import NoBackoff

        pool: Any = BlockingConnectionPool.from_url(
            url,
            max_connections=CONNECTIONS,
            timeout=ANSWER_S * 2,
            socket_timeout=ANSWER_S,
            socket_connect_timeout=ANSWER_S,
            retry=Retry(NoBackoff(), 1),  # once: a connection that outlived a restart of Redis is made anew
        )
        self._redis: Any = Redis.from_pool(pool)
        self._find, self._put, self._change, self._release = (
            self._redis.register_script(script) for script in (FIND, PUT, CHANGE, RELEASE)
        )
        self._prefix = prefix
        self._most_entries, self._most_tags = most_entries, most_tags
        self._changes, self._index = f"{prefix}changes", f"{prefix}index"

    async def find(self, place: Place) -> Found:
        async with _outages_told():
            answer = await self._find([self._changes, self._key("value", place)], [_epoch()])
        mark = Mark(int(answer[0]), int(answer[1]))
        entry = _entry(answer[3]) if len(answer) > 3 else None
        return Found(entry, entry is not None and bool(answer[2]), mark)

    async def put(self, place: Place, entry: Entry, mark: Mark) -> bool:
        stays = entry.kept_until - entry.read_at
        arguments: list[str | int] = [
            mark.epoch,
            mark.sequence,
            "" if entry.is_too_large else entry.model_dump_json(),
            json.dumps(entry.tags),
            int(entry.read_at.timestamp() * 1000),
            int(stays.total_seconds() * 1000),
        ]
        async with _outages_told():
            kept = int(await self._put([self._changes, self._key("value", place), self._index], arguments))
            if kept > self._most_entries:
                await self._remove_oldest(kept - self._most_entries)
        return kept >= 0

    async def drop(self, place: Place) -> None:
        async with _outages_told():
            await self._redis.unlink(self._key("value", place))

    async def change(self, tags: Collection[str]) -> None:
        await self._tell(tags, "tags")

    async def change_all(self) -> None:
        await self._tell((), "all")

    async def forget(self, tags: Collection[str]) -> None:
        """Says first that they are forgotten, so that nothing is shown or put any more; then removes every value."""
        await self._tell(tags, "forget")
        gone = set(tags)
        async with _outages_told():
            batch: list[bytes] = []
            async for key in self._redis.scan_iter(match=f"{self._prefix}value:*", count=SCANNED):
                batch.append(key)
                if len(batch) == SCANNED:
                    await self._remove_of(batch, gone)
                    batch = []
            await self._remove_of(batch, gone)

    async def claim(self, place: Place) -> str | None:
        token = secrets.token_hex(8)
        async with _outages_told():
            taken = await self._redis.set(self._key("turn", place), token, nx=True, px=TURN_MS)
        return token if taken else None

    async def release(self, place: Place, token: str) -> None:
        async with _outages_told():
            await self._release([self._key("turn", place)], [token])

    async def close(self) -> None:
        await self._redis.aclose()

    def _key(self, what: str, place: Place) -> str:
        """Names no record or person: who looks at Redis' keys learns nothing from them."""
        return (
            f"{self._prefix}{what}:{place.kind}:{hashlib.sha256(place.key.encode(errors='surrogatepass')).hexdigest()}"
        )

    async def _tell(self, tags: Collection[str], how: str) -> None:
        async with _outages_told():
            await self._change([self._changes], [_epoch(), self._most_tags, how, *tags])

    async def _remove_oldest(self, count: int) -> None:
        oldest = await self._redis.zpopmin(self._index, count)
        await self._redis.unlink(*(key for key, _read_at in oldest))

    async def _remove_of(self, keys: Sequence[bytes], tags: set[str]) -> None:
        if not keys:
            return
        async with self._redis.pipeline(transaction=False) as together:
            for key in keys:
                together.hget(key, "tags")
            found = await together.execute()
        gone = [key for key, theirs in zip(keys, found, strict=True) if not tags.isdisjoint(_tags(theirs, tags))]
        if gone:
            await self._redis.unlink(*gone)


@asynccontextmanager
async def _outages_told() -> AsyncIterator[None]:
    from redis.exceptions import RedisError

    try:
        yield
    except (RedisError, OSError) as error:
        raise Unavailable(SERVICE, f"the cache cannot be reached ({error})") from error


def _epoch() -> int:
    """What a new count is told from the one before by; it begins when Redis has none."""
    return secrets.randbits(48)


def _entry(body: bytes) -> Entry | None:
    """The entry; None when another release of Sophia wrote it in another way."""
    try:
        return Entry.model_validate_json(body)
    except ValidationError:
        return None


def _tags(found: bytes | None, all_tags: set[str]) -> set[str]:
    """The tags of a value; all there are when they cannot be read, so that it goes."""
    try:
        return set(json.loads(found)) if found is not None else set()
    except (ValueError, TypeError):
        return all_tags
