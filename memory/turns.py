"""Whose turn it is at a CRM record, among all processes on one database (table record_turn).

A turn is a lease: whoever holds it renews it, and it runs out by itself when its process dies or sleeps. A holder of
this machine whose process is gone is passed over at once. Leases run on the machine's own time; the clocks of several
machines may differ by a third of LEASE.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, and_, delete, or_, select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from core.clock import Clock
from core.identity import is_gone, worker_name
from memory.database import Database
from memory.tables import TurnRow

LEASE: Final = timedelta(seconds=30)
"""How soon the turn of a machine that died passes to another; renewed at a third of it."""


@dataclass(frozen=True)
class Lease:
    """The turn at these records, ours until this moment; `holder` is a name that no other hold has."""

    records: tuple[str, ...]
    holder: str
    until: datetime


class TurnLeases:
    """Leases on records, by any string that names one. `clock` must be the machine's, for leases must run out."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def wanted(self, records: Iterable[str]) -> Lease:
        """A lease on these records that is not taken yet."""
        return Lease(tuple(sorted(set(records))), worker_name(), self._clock.now())

    async def take(self, lease: Lease) -> Lease | None:
        """Takes all of the records or none; returns the lease that is held now, None when another is at one of them."""
        taken = await self._take(lease, ())
        if taken is not None:
            return taken
        gone = [name for name in await self._holders(lease.records) if is_gone(name)]
        return await self._take(lease, gone) if gone else None

    async def is_free(self, lease: Lease) -> bool:
        """Whether nobody is at any of the records at this moment; asking costs no write."""
        return all(is_gone(name) for name in await self._holders(lease.records))

    def is_fresh(self, lease: Lease) -> bool:
        """Whether the lease is far from its end, so that nobody can have taken a record, whatever their clock says."""
        return lease.until - self._clock.now() >= LEASE / 2

    async def renew(self, lease: Lease) -> Lease | None:
        """The lease with its whole time before it; None when a record has passed to another meanwhile."""

        def work(session: Session) -> Lease | None:
            until = self._clock.now() + LEASE
            changes = update(TurnRow).where(_ours(lease)).values(lease_until=until)
            kept = session.scalars(changes.returning(col(TurnRow.record))).all()
            return replace(lease, until=until) if len(kept) == len(lease.records) else None

        return await self._database.write(work)

    async def give_back(self, lease: Lease) -> None:
        """Leaves the records to others; what was lost meanwhile stays with whoever has it."""

        def work(session: Session) -> None:
            session.execute(delete(TurnRow).where(_ours(lease)))

        await self._database.write(work)

    async def _holders(self, records: Sequence[str]) -> list[str]:
        held = and_(col(TurnRow.record).in_(records), col(TurnRow.lease_until) > self._clock.now())
        statement = select(col(TurnRow.holder)).where(held).distinct()
        return await self._database.read(lambda session: list(session.scalars(statement)))

    async def _take(self, lease: Lease, gone: Sequence[str]) -> Lease | None:
        def work(session: Session) -> Lease | None:
            now = self._clock.now()
            taken = replace(lease, until=now + LEASE)
            rows = [{"record": name, "holder": lease.holder, "lease_until": taken.until} for name in lease.records]
            entry = self._database.insert(TurnRow).values(rows)
            free = or_(col(TurnRow.lease_until) <= now, col(TurnRow.holder).in_([lease.holder, *gone]))
            upsert = entry.on_conflict_do_update(
                index_elements=["record"],
                set_={"holder": entry.excluded.holder, "lease_until": entry.excluded.lease_until},
                where=free,
            )
            if len(session.scalars(upsert.returning(col(TurnRow.record))).all()) == len(rows):
                return taken
            session.execute(delete(TurnRow).where(_ours(lease)))
            return None

        return await self._database.write(work)


def _ours(lease: Lease) -> ColumnElement[bool]:
    return and_(col(TurnRow.record).in_(lease.records), col(TurnRow.holder) == lease.holder)
