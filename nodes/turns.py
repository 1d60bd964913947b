"""One writer at a time per CRM record, within a process.

HubSpot has no conditional write. Two calls with the same customer, worked on at once, would each read "last call"
and then write it, and the older one might come last. So reading for the last time and writing happen in one turn.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from weakref import WeakValueDictionary


class RecordTurns:
    """Turns at records, by any string that names one. A record nobody is at costs nothing."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def hold(self, records: Iterable[str]) -> AsyncIterator[None]:
        """Waits for the turn at all of these records and keeps it; everybody queues in one order, so nobody blocks."""
        locks = [self._locks.setdefault(record, asyncio.Lock()) for record in sorted(set(records))]
        async with AsyncExitStack() as turns:
            for lock in locks:
                await turns.enter_async_context(lock)
            yield
