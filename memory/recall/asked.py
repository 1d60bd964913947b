"""What somebody asks memory for: which rows may be shown, and which of those are wanted."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, and_, func, literal
from sqlmodel import col

from memory.columns import UtcDateTime
from memory.recall.access import Access
from memory.store.entries import about
from memory.store.entry import Kept, Kind
from memory.tables import MemoryItemRow

NEVER = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Asked:
    """What is asked for at the moment `now`; what is empty restricts nothing.

    `since` counts in and `until` does not; with either, what has no moment of its own is left out.
    """

    access: Access
    now: datetime
    kinds: Collection[Kind]
    subjects: Collection[str] = ()
    sources: Collection[str] = ()
    since: datetime | None = None
    until: datetime | None = None

    def wanted(self) -> ColumnElement[bool]:
        """The condition over MemoryItemRow for a row to be found; it may be shown, too."""
        row = MemoryItemRow
        conditions = [self.shown(), col(row.kind).in_(sorted(self.kinds))]
        if self.sources:
            conditions.append(col(row.source).in_(sorted(self.sources)))
        if self.subjects:
            conditions.append(about(self.subjects))
        if self.since is not None:
            conditions.append(col(row.at) >= self.since)
        if self.until is not None:
            conditions.append(col(row.at) < self.until)
        return and_(*conditions)

    def shown(self) -> ColumnElement[bool]:
        """The condition over MemoryItemRow for a row to be shown at all: to this reader, and not expired.

        Coalesce, so that no plan begins at the index of `expires_at`, in which most rows have none.
        """
        expires = func.coalesce(col(MemoryItemRow.expires_at), literal(NEVER, UtcDateTime))
        return and_(self.access.sql(), expires > literal(self.now, UtcDateTime))

    def may_go_out(self, kept: Kept) -> bool:
        """The same as `shown` of a row that was read, by other means."""
        return self.access.allows(kept) and (kept.expires_at is None or kept.expires_at > self.now)
