"""Who may be shown a row: made once for each question, for SQL, for the vector index and for every row that goes out.

What cannot be told apart is not shown: a row without a tenant is nobody's, one without an audience is an admin's.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, or_, true
from sqlmodel import col

from core.scope import RECORDS, UNOWNED, Scope
from memory.store.entry import Kept
from memory.tables import MemoryItemRow

NOBODY = "nobody"
"""No audience is called so (core/scope.py), and Chroma refuses an empty list."""


@dataclass(frozen=True)
class Access:
    """What a reader of `tenant` may be shown by `scope`, said three times over."""

    scope: Scope
    tenant: str

    @property
    def is_nothing(self) -> bool:
        """Whether no row at all may be shown."""
        return self.scope.is_nothing

    def sql(self) -> ColumnElement[bool]:
        """The condition over MemoryItemRow."""
        if self.is_nothing:
            return false()
        return and_(col(MemoryItemRow.tenant) == self.tenant, self._audiences())

    def chroma(self) -> dict[str, Any] | None:
        """The condition over a collection's metadata, None where it leaves out nothing.

        It only narrows what SQL then decides: the index is not told of tenants, and cannot be asked how an audience
        begins, by which a record is told from a conversation. Dear in a large collection.
        """
        if self.scope.everything or self.scope.every_record:
            return None
        return {"audience": {"$in": sorted(self.scope.audiences) or [NOBODY]}}

    def allows(self, kept: Kept) -> bool:
        """Whether this row may go out."""
        return kept.namespace[:1] == (self.tenant,) and self.scope.allows(kept.audience)

    def _audiences(self) -> ColumnElement[bool]:
        """`Scope.allows` in SQL."""
        audience = col(MemoryItemRow.audience)
        if self.scope.everything:
            return true()
        named = audience.in_(sorted(self.scope.audiences))
        if not self.scope.every_record:
            return named
        # By substr, since LIKE takes capitals for small letters on SQLite.
        of_records = [func.substr(audience, 1, len(beginning)) == beginning for beginning in RECORDS]
        return or_(named, audience.is_(None), audience == UNOWNED, *of_records)


def access(scope: Scope, tenant: str) -> Access:
    """What may be shown by this scope of the company `tenant`; never another's, not even to its admin."""
    return Access(scope, tenant)
