"""Answers kept for a while, so that what seldom changes (owners, pipelines, people) is asked for once, not per call."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


@dataclass
class _Entry(Generic[V]):
    """One answer, good until `until`; before the first there is none and it is due at once."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    until: float = float("-inf")
    answer: list[V] = field(default_factory=list)


class Kept(Generic[K, V]):
    """Loads an answer per key at most once in `seconds`; who asks while it loads waits for the same one.

    An error is not kept. At most `most` keys are held, the least recently asked for goes first.
    """

    def __init__(
        self,
        load: Callable[[K], Awaitable[V]],
        seconds: float,
        *,
        most: int = 5000,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._load = load
        self._seconds = seconds
        self._most = most
        self._now = now
        self._entries: OrderedDict[K, _Entry[V]] = OrderedDict()

    async def get(self, key: K) -> V:
        """The answer for this key; raises what loading it raises."""
        entry = self._entries.setdefault(key, _Entry())
        self._entries.move_to_end(key)
        while len(self._entries) > self._most:
            self._entries.popitem(last=False)
        async with entry.lock:
            if self._now() >= entry.until:
                entry.answer = [await self._load(key)]
                entry.until = self._now() + self._seconds
            return entry.answer[0]

    def forget(self, key: K) -> None:
        """Asks again the next time."""
        self._entries.pop(key, None)
