"""Who may be shown a row: made once for each question, for SQL, for the vector index and for every row that goes out.

What cannot be told apart is not shown: a row without a tenant is nobody's, one without an audience is an admin's.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, false
from sqlmodel import col

from core.scope import Scope
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
        return not self.scope.everything and not self.scope.audiences

    def sql(self) -> ColumnElement[bool]:
        """The condition over MemoryItemRow."""
        if self.is_nothing:
            return false()
        own = col(MemoryItemRow.tenant) == self.tenant
        if self.scope.everything:
            return own
        return and_(own, col(MemoryItemRow.audience).in_(sorted(self.scope.audiences)))

    def chroma(self) -> dict[str, Any] | None:
        """The condition over a collection's metadata, None where it leaves out nothing.

        It only narrows what SQL then decides: the index is not told of tenants. Dear in a large collection.
        """
        if self.scope.everything:
            return None
        return {"audience": {"$in": sorted(self.scope.audiences) or [NOBODY]}}

    def allows(self, kept: Kept) -> bool:
        """Whether this row may go out."""
        return kept.namespace[:1] == (self.tenant,) and self.scope.allows(kept.audience)


def access(scope: Scope, tenant: str) -> Access:
    """What may be shown by this scope of the company `tenant`; never another's, not even to its admin."""
    return Access(scope, tenant)
