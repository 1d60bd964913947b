"""One writer at a time per CRM record, among all runs of a process and all processes on one database.

HubSpot has no conditional write. Two calls with the same customer, worked on at once, would each read "last call"
and then write it, and the older one might come last. So reading for the last time and writing happen in one turn.
Within a process a queue of asyncio's is cheap and fair; a lease in the database, taken on top of it, keeps out the
other processes. A process that was asleep for longer than its lease learns it from `keep`, and writes nothing.
"""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Coroutine, Iterable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Any, Final, Never, Protocol, TypeVar
from weakref import WeakValueDictionary

import structlog

from core.errors import Unavailable
from memory.turns import LEASE, Lease, TurnLeases

FIRST_PAUSE_S: Final = 0.01
LONGEST_PAUSE_S: Final = 0.5
"""Pauses between two looks at a record that another process holds; they double from the first to the longest."""

PATIENCE: Final = timedelta(minutes=2)
"""How long to wait for another process: a turn takes seconds, a service that hangs a minute."""

T = TypeVar("T")

log = structlog.get_logger(__name__)


class Turn(Protocol):
    """A turn that is held."""

    async def keep(self) -> None:
        """Makes sure that the turn is still ours, right before a write; raises Unavailable when it is not."""
        ...


class Turns(Protocol):
    """Turns at records, by any string that names one, such as "deals/301"."""

    def hold(self, records: Iterable[str]) -> AbstractAsyncContextManager[Turn]:
        """Waits for the turn at all of these records and keeps it; raises Unavailable when it does not come."""
        ...


class LocalTurn:
    """A turn within this process: nothing takes it away."""

    async def keep(self) -> None:
        """It is ours until it ends."""


class RecordTurns:
    """Turns among the runs of this process. A record nobody is at costs nothing."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def hold(self, records: Iterable[str]) -> AsyncIterator[Turn]:
        """Waits for the turn at all of these records and keeps it; everybody queues in one order, so nobody blocks."""
        locks = [self._locks.setdefault(record, asyncio.Lock()) for record in sorted(set(records))]
        async with AsyncExitStack() as turns:
            for lock in locks:
                await turns.enter_async_context(lock)
            yield LocalTurn()


class SharedTurns:
    """Turns among all processes on the database that the leases are in."""

    def __init__(self, leases: TurnLeases, patience: timedelta = PATIENCE) -> None:
        self._leases = leases
        self._patience_s = patience.total_seconds()
        self._local = RecordTurns()

    @asynccontextmanager
    async def hold(self, records: Iterable[str]) -> AsyncIterator[Turn]:
        """Waits for the turn at all of these records and keeps it; Unavailable after the patience is used up."""
        lease = self._leases.wanted(records)
        async with self._local.hold(lease.records) as local:
            if not lease.records:
                yield local
                return
            turn = LeasedTurn(self._leases, lease)
            try:
                await turn.take(self._patience_s)
                renewing = asyncio.create_task(turn.renew_for_ever())
                try:
                    yield turn
                finally:
                    renewing.cancel()
            finally:
                await _to_its_end(turn.give_back())


class LeasedTurn:
    """A turn under a lease in the database."""

    def __init__(self, leases: TurnLeases, lease: Lease) -> None:
        self._leases = leases
        self._lease = lease

    async def take(self, patience_s: float) -> None:
        """Waits until the records are ours; Unavailable after so many seconds."""
        deadline, pause = time.monotonic() + patience_s, FIRST_PAUSE_S
        while (taken := await _to_its_end(self._leases.take(self._lease))) is None:
            while not await self._leases.is_free(self._lease):
                if time.monotonic() > deadline:
                    raise Unavailable(
                        "database",
                        f"{self._names} is being written by another process",
                        next_step="Try again in a minute.",
                    )
                await asyncio.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 - spreads load, guards nothing
                pause = min(pause * 2, LONGEST_PAUSE_S)
        self._lease = taken

    async def keep(self) -> None:
        """Asks the database where the last renewal is too long ago: then the process has slept, or the database."""
        if self._leases.is_fresh(self._lease):
            return
        renewed = await self._leases.renew(self._lease)
        if renewed is None:
            raise Unavailable("database", f"the turn at {self._names} has passed to another process")
        self._lease = renewed

    async def renew_for_ever(self) -> Never:
        """Renews the lease at every third of it; what goes wrong here `keep` finds out."""
        while True:
            await asyncio.sleep(LEASE.total_seconds() / 3)
            try:
                self._lease = await self._leases.renew(self._lease) or self._lease
            except Unavailable as error:
                log.warning("turn.not_renewed", records=self._lease.records, detail=str(error))

    async def give_back(self) -> None:
        """Leaves the records to others at once; where the database is away, when the lease runs out."""
        try:
            await self._leases.give_back(self._lease)
        except Unavailable as error:
            log.warning("turn.not_given_back", records=self._lease.records, detail=str(error))

    @property
    def _names(self) -> str:
        return ", ".join(self._lease.records)


async def _to_its_end(work: Coroutine[Any, Any, T]) -> T:
    """What this returns; cancelled meanwhile, it is waited for all the same."""
    task = asyncio.create_task(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait((task,))
        raise
