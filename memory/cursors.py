"""How far a walk over a service's pages has come (table sync_cursor), so that it goes on where it stopped."""

from datetime import datetime

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session
from sqlmodel import col

from core.clock import Clock
from memory.database import Database
from memory.tables import CursorRow


class Cursors:
    """Named places; a value is whatever its walk wrote, usually a moment in ISO form or a page token."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def get(self, name: str) -> str | None:
        """The value last set, None when there is none."""
        statement = select(col(CursorRow.value)).where(col(CursorRow.name) == name)
        return await self._database.read(lambda session: session.scalar(statement))

    async def set_at(self, name: str) -> datetime | None:
        """When the value was last set, None when there is none."""
        statement = select(col(CursorRow.updated_at)).where(col(CursorRow.name) == name)
        return await self._database.read(lambda session: session.scalar(statement))

    async def first(self, name: str, value: str) -> str:
        """Sets the value unless there is one; returns the one there is."""
        return await self._claimed(name, value, None)

    async def claim(self, name: str, value: str, lapsed: datetime) -> str:
        """Sets the value unless there is another one that was set after `lapsed`; returns the one there is."""
        return await self._claimed(name, value, lapsed)

    async def remove(self, name: str, value: str) -> None:
        """Removes this value; another one stays."""
        gone = delete(CursorRow).where(col(CursorRow.name) == name, col(CursorRow.value) == value)
        await self._database.write(lambda session: session.execute(gone))

    async def _claimed(self, name: str, value: str, lapsed: datetime | None) -> str:
        fresh = self._database.insert(CursorRow).values(name=name, value=value, updated_at=self._clock.now())
        mine = col(CursorRow.value) == value
        claimed = fresh.on_conflict_do_update(
            index_elements=["name"],
            set_={"value": fresh.excluded.value, "updated_at": fresh.excluded.updated_at},
            where=mine if lapsed is None else or_(mine, col(CursorRow.updated_at) < lapsed),
        )

        def work(session: Session) -> str:
            session.execute(claimed)
            return session.scalars(select(col(CursorRow.value)).where(col(CursorRow.name) == name)).one()

        return await self._database.write(work)

    async def set(self, name: str, value: str) -> None:
        """Sets the value, replacing the former one."""
        fresh = self._database.insert(CursorRow).values(name=name, value=value, updated_at=self._clock.now())
        renew = fresh.on_conflict_do_update(
            index_elements=["name"],
            set_={"value": fresh.excluded.value, "updated_at": fresh.excluded.updated_at},
        )
        await self._database.write(lambda session: session.execute(renew))
