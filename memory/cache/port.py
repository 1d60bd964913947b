"""The cache: what was read is given again while it is fresh, and marked as old while its source is away.

A value is fresh for as long as LIVES says, unless something that it depends on (a tag) was said to have changed since
its reading began: the order of the two is kept by one count, never by clocks. A value that is no longer fresh is kept
for a day more, and shown only while the source raises Unavailable, always with `stale` and the reason. What was
forgotten is gone at once.

Of many who miss at once one reads, in this process always, and among several processes mostly: a process waits a
short while for another's reading, and then reads for itself.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from core.clock import Clock
from core.errors import NotFound, Unavailable
from memory.cache.entry import Entry, Json, Kind, Place, Tagged, entry_of
from memory.cache.flights import Flight, Flights
from memory.cache.store import Found, Mark, Store

ATTEMPTS: Final = 3
"""How often a value is read that changes while it is read, before it is given as it is, marked."""

LOOKS: Final = 40
LOOK_S: Final = 0.05
"""How often, and how many seconds apart, one looks whether another process has read the value: two seconds in all."""

PATIENCE_S: Final = 3.0
"""How long one waits for a reading when there is something old to show: HubSpot's client may try for a minute."""

AWAY_FOR: Final = timedelta(seconds=10)
"""How long after a source was away what is old is shown without asking it; another value of its kind ends it."""

CHANGING: Final = "it was changed again and again while it was read"

Read = Callable[[], Awaitable[Json | Tagged]]
Observe = Callable[[Kind, str], None]


def not_observed(kind: Kind, result: str) -> None:
    """Counts nothing."""


@dataclass(frozen=True)
class Cached:
    """A value, the moment when its reading began, and whether it is known or feared to be out of date, and why.

    `body` is the value as it is kept: who makes something of it, need do so once only for each body.
    """

    value: Json
    read_at: datetime
    stale: bool = False
    reason: str | None = None
    body: str = field(default="", compare=False, repr=False)


@dataclass(frozen=True)
class Outcome:
    """What a reading came to: an entry, with a reason when it is stale, or an error for all who asked.

    With `as_of` it was found, not read: it is no answer for who looked later than that.
    """

    entry: Entry | None = None
    reason: str | None = None
    error: Exception | None = None
    as_of: Mark | None = None


class Cache:
    """Values by kind and key. `observe` is told of each answer: hit, read, joined, stale or failed.

    `clock` must be one that moves: by one that stands still nothing ever gets old. `patience_s` is in seconds.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        observe: Observe = not_observed,
        patience_s: float = PATIENCE_S,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._store, self._clock = store, clock
        self._observe, self._patience_s, self._sleep = observe, patience_s, sleep
        self._flights: Flights[Outcome] = Flights()
        self._away: dict[Kind, tuple[datetime, str]] = {}
        self._listening: list[Callable[[Sequence[str]], None]] = []

    async def get(self, kind: Kind, key: str, read: Read, *, tags: Sequence[str] = ()) -> Cached:
        """The value of this key, read when none is fresh.

        The key must say all that the value depends on: where that is who asks, the key carries their scope. `tags`
        name what the value was made of ("deal:301", "person:ana@acme.com"); `read` may add some by returning Tagged.
        It gives JSON, and everybody gets a copy of their own. While it raises Unavailable an older value is given,
        stale and with the reason; without one, and with any other error, all who asked get that error. TypeError or
        ValueError when what it gives is not JSON.
        """
        place = Place(kind, key)
        while True:
            found = await self._store.find(place)
            if found.entry is not None and self._is_fresh(found):
                return self._told(kind, "hit", Outcome(found.entry))
            answer = await self._missed(place, found, read, tags)
            if answer is not None:
                return answer

    def listen(self, told: Callable[[Sequence[str]], None]) -> None:
        """Has `told` called with the tags of everything that this process says has changed or is to be forgotten."""
        self._listening.append(told)

    async def invalidate(self, tags: Iterable[str]) -> None:
        """Says that what these tags name has changed: what was read before is not fresh any more, for all processes.

        When Redis is away other processes learn of it once it is back; a value of theirs is then at most as old as
        its life.
        """
        if named := self._said(tags):
            await self._store.change(named)

    async def forget(self, tags: Iterable[str]) -> None:
        """Removes every value with one of these tags, for all processes, also as a copy for outages.

        Raises Unavailable when Redis cannot be reached: then it is not done, and must be tried again.
        """
        if named := self._said(tags):
            await self._store.forget(named)

    def _said(self, tags: Iterable[str]) -> tuple[str, ...]:
        """The tags, each once, of which whoever listens is told."""
        named = _named(tags)
        for told in self._listening if named else ():
            told(named)
        return named

    async def close(self) -> None:
        """Ends what is being read."""
        await self._flights.close()
        await self._store.close()

    async def _missed(self, place: Place, found: Found, read: Read, tags: Sequence[str]) -> Cached | None:
        """The answer where nothing fresh was found; None when one must look again.

        That is so when what others found is older than this look, or what was kept has been forgotten meanwhile.
        """
        kept = found.entry if found.entry is not None and found.entry.is_kept(self._clock.now()) else None
        if kept is not None and (why := self._known_away(place.kind)):
            return self._told(place.kind, "stale", Outcome(kept, _reason(found.changed, why)))
        how = "joined"

        def begin(flight: Flight[Outcome]) -> Coroutine[Any, Any, Outcome]:
            nonlocal how
            how = "read"
            return self._obtain(place, read, tags, flight)

        outcome = await self._flights.share(place, begin, self._patience_s if kept else None)
        if outcome is None:
            outcome = await self._instead(place, f"there was no answer within {self._patience_s:g} s")
        outdated = outcome.as_of is not None and not _reaches(outcome.as_of, found.mark)
        if outdated or outcome == Outcome():
            return None
        return self._told(place.kind, "hit" if outcome.as_of else how, outcome)

    async def _obtain(self, place: Place, read: Read, tags: Sequence[str], flight: Flight[Outcome]) -> Outcome:
        """The value, kept for others where nothing changed while it was read."""
        for _ in range(ATTEMPTS - 1):
            outcome = await self._attempt(place, read, tags, flight)
            if outcome.reason != CHANGING:
                return outcome
            flight.closed = False
        return await self._attempt(place, read, tags, flight)

    async def _attempt(self, place: Place, read: Read, tags: Sequence[str], flight: Flight[Outcome]) -> Outcome:
        found, token = await self._turn(place)
        try:
            if found.entry is not None and self._is_fresh(found):
                return Outcome(found.entry, as_of=found.mark)
            return await self._read(place, found, read, tags, flight)
        finally:
            if token is not None:
                await self._store.release(place, token)

    async def _turn(self, place: Place) -> tuple[Found, str | None]:
        """What is kept, and a token to read it with; none when another process has had one for too long."""
        for _ in range(LOOKS):
            token = await self._store.claim(place)
            found = await self._store.find(place)  # after the claim: whoever read before has put it by now
            if token is not None or self._is_fresh(found):
                return found, token
            await self._sleep(LOOK_S)
        return await self._store.find(place), None

    async def _read(
        self, place: Place, found: Found, read: Read, tags: Sequence[str], flight: Flight[Outcome]
    ) -> Outcome:
        began_at = self._clock.now()
        try:
            entry = entry_of(place.kind, await read(), tags, began_at)
        except Exception as error:
            flight.closed = True
            return await self._failed(place, error)
        flight.closed = True  # from here on a change may come that this value does not know of
        self._away.pop(place.kind, None)
        kept = await self._store.put(place, entry, found.mark)
        return Outcome(entry, None if kept else CHANGING)

    async def _failed(self, place: Place, error: Exception) -> Outcome:
        if isinstance(error, Unavailable):
            return await self._instead(place, str(error), error)
        if isinstance(error, NotFound):
            await self._store.drop(place)
        return Outcome(error=error)

    async def _instead(self, place: Place, why: str, error: Unavailable | None = None) -> Outcome:
        """What is still kept, looked for anew: it may have been forgotten, or read by another, meanwhile."""
        found = await self._store.find(place)
        if found.entry is None or not found.entry.is_kept(self._clock.now()):
            return Outcome(error=error)
        if self._is_fresh(found):
            return Outcome(found.entry)
        self._away[place.kind] = (self._clock.now() + AWAY_FOR, why)
        return Outcome(found.entry, _reason(found.changed, why))

    def _is_fresh(self, found: Found) -> bool:
        return found.entry is not None and not found.changed and found.entry.is_young(self._clock.now())

    def _known_away(self, kind: Kind) -> str | None:
        until, why = self._away.get(kind, (None, None))
        return why if until is not None and self._clock.now() < until else None

    def _told(self, kind: Kind, how: str, outcome: Outcome) -> Cached:
        if outcome.entry is None:
            self._observe(kind, "failed")
            raise outcome.error or AssertionError("neither a value nor an error")
        self._observe(kind, "stale" if outcome.reason else how)
        entry = outcome.entry
        return Cached(entry.value, entry.read_at, outcome.reason is not None, outcome.reason, entry.body)


def _named(tags: Iterable[str]) -> tuple[str, ...]:
    return (tags,) if isinstance(tags, str) else tuple(dict.fromkeys(tags))


def _reaches(mark: Mark, other: Mark) -> bool:
    """Whether the mark is of the same count as the other and not before it."""
    return mark.epoch == other.epoch and mark.sequence >= other.sequence


def _reason(changed: bool, why: str) -> str:
    return f"it has changed since it was read, and {why}" if changed else why
