"""How far a walk over a service's pages has come (table sync_cursor), so that it goes on where it stopped."""

from sqlalchemy import select
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

    async def set(self, name: str, value: str) -> None:
        """Sets the value, replacing the former one."""
        fresh = self._database.insert(CursorRow).values(name=name, value=value, updated_at=self._clock.now())
        renew = fresh.on_conflict_do_update(
            index_elements=["name"],
            set_={"value": fresh.excluded.value, "updated_at": fresh.excluded.updated_at},
        )
        await self._database.write(lambda session: session.execute(renew))
