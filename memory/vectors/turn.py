"""Whose turn it is to write to the index: one task of one process at a time, though several share a server.

Otherwise a process that was held up could take out of the index what another one has put back meanwhile.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from core.clock import SystemClock
from core.errors import Unavailable
from memory.database import Database
from memory.turns import Lease, TurnLeases
from memory.vectors.damage import SERVICE

RECORD: Final = "memory:index"


class Held:
    """The turn at the index, as long as it is renewed."""

    def __init__(self, leases: TurnLeases, lease: Lease) -> None:
        self._leases = leases
        self.lease = lease

    async def keep(self) -> None:
        """To be called before each write to the index. Raises Unavailable when the turn has passed to another."""
        if self._leases.is_fresh(self.lease):
            return
        renewed = await self._leases.renew(self.lease)
        if renewed is None:
            raise Unavailable(SERVICE, "another process has taken over writing to the index")
        self.lease = renewed


class IndexTurn:
    """The right to write to the index."""

    def __init__(self, database: Database) -> None:
        self._leases = TurnLeases(database, SystemClock())
        self._within = asyncio.Lock()

    @asynccontextmanager
    async def hold(self) -> AsyncIterator[Held | None]:
        """The turn, after whoever in this process has it; None when another process does."""
        async with self._within:
            lease = await self._leases.take(self._leases.wanted([RECORD]))
            if lease is None:
                yield None
                return
            held = Held(self._leases, lease)
            try:
                yield held
            finally:
                await self._leases.give_back(held.lease)
