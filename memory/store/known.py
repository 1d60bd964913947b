"""Vectors that were made before: a text that is kept again, or moved within its source, is not embedded again."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session
from sqlmodel import col

from memory.store.draft import Draft
from memory.store.reading import at_places, in_batches
from memory.tables import MemoryItemRow, MemoryVectorRow

LEAST_TO_LOOK = 8
"""Texts from which on the rest of their sources is looked through: for fewer, embedding them costs less."""


def known_vectors(session: Session, drafts: Sequence[Draft], model: str) -> dict[str, bytes]:
    """By text, the vectors of the items at the drafts' places, and for many drafts of all items of their sources."""
    texts = {text for draft in drafts for text in draft.embedded.values()}
    places = at_places((draft.entry.namespace, draft.entry.key) for draft in drafts)
    known = _vectors(session, places, texts, model)
    sources = {draft.entry.source for draft in drafts} - {""}
    missing = texts - known.keys()
    if len(missing) >= LEAST_TO_LOOK and sources:
        known |= _vectors(session, col(MemoryItemRow.source).in_(sources), missing, model)
    return known


def _vectors(session: Session, items: ColumnElement[bool], texts: set[str], model: str) -> dict[str, bytes]:
    vector, item = MemoryVectorRow, MemoryItemRow
    statement = (
        select(col(vector.text), col(vector.vector))
        .join(item, col(item.id) == col(vector.item_id))
        .where(items, col(vector.model) == model, col(vector.vector).is_not(None))
    )
    found: dict[str, bytes] = {}
    for some in in_batches(sorted(texts)):
        rows = session.execute(statement.where(col(vector.text).in_(some)))
        found |= {text: packed for text, packed in rows if packed is not None}
    return found
