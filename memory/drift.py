"""What people changed after Sophia wrote it (table crm_drift): one row per effect, open for as long as it differs."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from core.analysis import Frozen
from core.clock import Clock
from memory.database import Database
from memory.tables import DriftRow

WHOLE_RECORD = "record"
"""The field of a drift where a note or task that Sophia made is not there any more."""


class Drift(Frozen):
    """A property that no longer holds what the effect wrote there: `written` by Sophia, `found` in HubSpot.

    `source` is what HubSpot says changed it (CRM_UI, INTEGRATION, …), None where it did not say. `noticed_at` is when
    this value was first found; `closed_at` is None while it differs.
    """

    effect_key: str
    object_type: str
    object_id: str
    field: str
    written: str | None = None
    found: str | None = None
    source: str | None = None
    noticed_at: datetime
    closed_at: datetime | None = None


class Drifts:
    """Differences between what Sophia wrote and what HubSpot holds."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def notice(self, drifts: Sequence[Drift]) -> list[Drift]:
        """Enters what differs, in one transaction; returns what is news: a new difference, or another value found.

        A source that comes to be known later is entered then.
        """
        if not drifts:
            return []
        fresh = self._database.insert(DriftRow)
        is_news = or_(col(DriftRow.closed_at).is_not(None), col(DriftRow.found).is_distinct_from(fresh.excluded.found))
        changed = ("found", "source", "noticed_at", "closed_at")
        enter = fresh.on_conflict_do_update(
            index_elements=["effect_key"], set_={name: fresh.excluded[name] for name in changed}, where=is_news
        ).returning(col(DriftRow.effect_key))
        ordered = sorted(drifts, key=lambda drift: drift.effect_key)

        def work(session: Session) -> set[str | None]:
            news = {session.scalar(enter, drift.model_dump()) for drift in ordered}
            for drift in ordered:
                if drift.source is not None and drift.effect_key not in news:
                    unknown = and_(col(DriftRow.effect_key) == drift.effect_key, col(DriftRow.source).is_(None))
                    session.execute(update(DriftRow).where(unknown).values(source=drift.source))
            return news

        news = await self._database.write(work)
        return [drift for drift in drifts if drift.effect_key in news]

    async def close(self, effect_keys: Collection[str]) -> int:
        """Says that these agree again or do not matter any more; returns how many were open."""
        if not effect_keys:
            return 0
        closing = (
            update(DriftRow)
            .where(col(DriftRow.effect_key).in_(set(effect_keys)), col(DriftRow.closed_at).is_(None))
            .values(closed_at=self._clock.now())
            .returning(col(DriftRow.id))
        )
        return await self._database.write(lambda session: len(session.scalars(closing).all()))

    async def open(self) -> list[Drift]:
        """Every difference there is, the first noticed first."""
        return await self._where(col(DriftRow.closed_at).is_(None))

    async def of_records(self, object_type: str, object_ids: Collection[str]) -> list[Drift]:
        """The open differences of these records."""
        named = and_(col(DriftRow.object_type) == object_type, col(DriftRow.object_id).in_(set(object_ids)))
        return await self._where(and_(named, col(DriftRow.closed_at).is_(None)))

    async def _where(self, condition: ColumnElement[bool]) -> list[Drift]:
        statement = select(DriftRow).where(condition).order_by(col(DriftRow.noticed_at), col(DriftRow.id))
        return await self._database.read(lambda session: [_drift(row) for row in session.scalars(statement)])


def _drift(row: DriftRow) -> Drift:
    return Drift.model_validate(row.model_dump(exclude={"id"}))
