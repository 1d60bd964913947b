"""A view as it is kept to be recalled: what everybody may be shown of it who may be shown the record.

Facts are left out: each is kept by itself, so that one that is withdrawn is nowhere recalled.
"""

from collections.abc import Collection
from typing import Final

from sqlalchemy import and_
from sqlmodel import col

from core.scope import Scope
from memory.call_memory import person_subject, subject_of
from memory.remembering import Memory
from memory.store.entries import about
from memory.store.entry import Entry, Kind, namespace_of
from memory.store.reading import in_batches
from memory.tables import MemoryItemRow
from nodes.audiences import record_subject
from nodes.business_view.shape import BusinessView
from nodes.business_view.telling import told

TEXT_LIMIT = 6000
EMBEDDED_LIMIT = 900
"""Letters of a view that are searched by meaning: what the embedder reads, its first lines of every part."""

VIEW = "view:"

KIND: Final[Kind] = "business_context"


async def keep_view(memory: Memory, view: BusinessView) -> None:
    """Keeps a view under its record's audience, in the place of the one before; the same again changes nothing."""
    entry = _entry(memory.tenant, view)
    if entry is None:
        return
    before = await memory.entries.of_source(entry.source)
    gone = [(kept.namespace, kept.key) for kept in before if kept.namespace != entry.namespace]
    await memory.entries.put([entry], remove=gone)


async def forget_views(memory: Memory, subjects: Collection[str]) -> None:
    """Removes every kept view that tells of any of these; each is made again when it is asked for."""
    row = MemoryItemRow
    views = and_(col(row.kind) == KIND, col(row.source).startswith(VIEW), col(row.tenant) == memory.tenant)
    for some in in_batches(sorted(subjects)):
        await memory.entries.remove_where(and_(views, about(some)))


def _entry(tenant: str, view: BusinessView) -> Entry | None:
    audience = view.audience
    seen = view.seen_by(Scope(audiences=frozenset({audience}))) if audience else None
    if audience is None or seen is None:
        return None
    shared = seen.model_copy(update={"facts": (), "source": seen.source.model_copy(update={"at": None})})
    subject = record_subject(view.type, view.id)
    text = told(shared, TEXT_LIMIT, rule=False)
    return Entry(
        namespace=namespace_of(tenant, audience, KIND),
        key=f"{VIEW}{subject}",
        value={
            "what": "view",
            "text": text,
            "type": view.type,
            "id": view.id,
            "name": view.name,
            "link": view.source.link,
        },
        kind=KIND,
        audience=audience,
        source=f"{VIEW}{subject}",
        subjects=_subjects(shared),
        at=view.source.at,
        text=text,
        embedded={"text": told(shared, EMBEDDED_LIMIT, rule=False)},
    )


def _subjects(view: BusinessView) -> frozenset[str]:
    """Everything that the text tells of, so that what is forgotten is not told here either."""
    contacts = [record_subject("contacts", one.id) for one in view.people if one.role == "contact"]
    addresses = [one.email for one in view.people] + [value.value for value in view.values if value.name == "email"]
    return frozenset(
        {
            record_subject(view.type, view.id),
            *contacts,
            *(record_subject(one.type, one.id) for one in view.related),
            *(subject_of(call.call_id) for call in view.calls),
            *(person_subject(address) for address in addresses if address),
        }
    )
