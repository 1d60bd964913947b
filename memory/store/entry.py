"""One thing that is kept: what is written into the store, and what comes back."""

from datetime import datetime
from typing import Any, Literal

from core.analysis import Frozen

Namespace = tuple[str, ...]

Kind = Literal["conversation", "call_passages", "call_findings", "business_context", "other"]
"""What sort of thing it is; each has a vector collection of its own. `other` is what a library put into the store."""

KINDS: tuple[Kind, ...] = ("conversation", "call_passages", "call_findings", "business_context", "other")


def namespace_of(tenant: str, audience: str, kind: Kind, *rest: str) -> Namespace:
    """Where a thing of ours stands: company, who may be shown it, what it is, and then what it belongs to."""
    return (tenant, audience, kind, *rest)


class Entry(Frozen):
    """Something to be kept under `namespace` and `key`; what was there before is replaced.

    `value` is its JSON. `text` is what is searched by words (a turn with its neighbours), `embedded` by path what is
    searched by meaning, often the same; several vectors count as the best of them. `source` says what it came from
    ("call:7782…", "thread:slack-C1-17…", "contact:501") and `position` where in that it stands, so that neighbours can
    be found. `subjects` are all it is about or was said by ("deal:301", "company:101", "person:ana@acme.com"): recall
    can ask for them, and to forget one of them removes the entry. `at` is when it was said or was true. `ttl_minutes`
    lets it expire that long after it was written, or read where the reader renews it.
    """

    namespace: Namespace
    key: str
    value: dict[str, Any]
    kind: Kind = "other"
    audience: str | None = None
    source: str = ""
    position: int = 0
    subjects: frozenset[str] = frozenset()
    at: datetime | None = None
    text: str | None = None
    embedded: dict[str, str] = {}
    ttl_minutes: float | None = None


class Kept(Entry):
    """An entry as it stands in the database."""

    id: int
    content_hash: str
    created_at: datetime
    updated_at: datetime
    expires_at: datetime | None = None
