"""How entries are written: the rows of an item, its subjects, its vectors, and what the vector index is to be told.

All of it is done in the caller's transaction, so that no vector changes without the index hearing of it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CursorResult, and_, bindparam, delete, func, insert, select, update
from sqlalchemy.dialects import sqlite
from sqlalchemy.orm import Session
from sqlmodel import col

from memory.store.draft import Draft, drafts_of
from memory.store.entry import Kept
from memory.store.reading import at_places, subjects_of
from memory.store.removing import remove_items, tell_removed
from memory.tables import MemoryItemRow, MemoryOutboxRow, MemorySubjectRow, MemoryVectorRow, Table

Place = tuple[str, str]
"""The text of a namespace, and a key."""

Placed = tuple[int, Draft]
"""A draft, and the id of its item."""


@dataclass(frozen=True)
class Write:
    """A write of drafts at a moment: `vectors` holds, as bytes, what `model` made of their texts, as far as it did.

    `insert` makes an INSERT that can say ON CONFLICT.
    """

    insert: Callable[[type[Table]], sqlite.Insert]
    model: str
    now: datetime
    drafts: Sequence[Draft]
    vectors: Mapping[str, bytes]

    def put(self, session: Session) -> None:
        """Puts the drafts in, over what is there; `created_at` stays, and what is unchanged is only renewed."""
        there = self._there(session)
        same = [draft for draft in self.drafts if there.get(draft.place) == _content(draft)]
        changed = [draft for draft in self.drafts if there.get(draft.place) != _content(draft)]
        if same:
            session.execute(*self._renewal(same))
        if changed:
            ids = self._put_items(session, changed)
            placed = [(ids[draft.place], draft) for draft in changed]
            known = [ids[draft.place] for draft in changed if draft.place in there]
            _put_subjects(session, placed, known)
            self._put_vectors(session, placed, known)

    def _there(self, session: Session) -> dict[Place, dict[str, Any]]:
        """What stands at the places of the drafts; what has expired there is removed first."""
        row = MemoryItemRow
        places = at_places((draft.entry.namespace, draft.entry.key) for draft in self.drafts)
        rows = session.scalars(select(row).where(places)).all()
        if any(each.expires_at is not None and each.expires_at <= self.now for each in rows):
            remove_items(session, and_(places, col(row.expires_at) <= self.now), self.now)
            rows = [each for each in rows if each.expires_at is None or each.expires_at > self.now]
        subjects = subjects_of(session, [each.id for each in rows if each.id is not None])
        names = self.drafts[0].standing
        return {
            (each.namespace, each.key): {
                **{name: getattr(each, name) for name in names},
                "content_hash": each.content_hash,
                "subjects": subjects.get(each.id or 0, set()),
            }
            for each in rows
        }

    def _renewal(self, drafts: Sequence[Draft]) -> tuple[Any, list[dict[str, Any]]]:
        table = MemoryItemRow.__table__  # type: ignore[attr-defined]
        at_place = and_(table.c.namespace == bindparam("in_namespace"), table.c.key == bindparam("under_key"))
        rows = [
            {"in_namespace": draft.namespace, "under_key": draft.entry.key, **self._life(draft)} for draft in drafts
        ]
        names = self._life(drafts[0])
        return update(table).where(at_place).values({name: bindparam(name) for name in names}), rows

    def _life(self, draft: Draft) -> dict[str, Any]:
        return {
            "ttl_minutes": draft.entry.ttl_minutes,
            "expires_at": expiry(self.now, draft.entry.ttl_minutes),
            "updated_at": self.now,
        }

    def _put_items(self, session: Session, drafts: Sequence[Draft]) -> dict[Place, int]:
        table = MemoryItemRow.__table__  # type: ignore[attr-defined]
        rows = [
            {
                "namespace": draft.namespace,
                "key": draft.entry.key,
                "value": draft.value,
                "text": draft.text,
                "content_hash": draft.content_hash,
                "created_at": self.now,
                **draft.standing,
                **self._life(draft),
            }
            for draft in drafts
        ]
        fresh = self.insert(MemoryItemRow)
        kept = ("namespace", "key", "created_at")
        upsert = fresh.on_conflict_do_update(
            index_elements=["namespace", "key"],
            set_={name: fresh.excluded[name] for name in rows[0] if name not in kept},
        )
        found = session.execute(upsert.returning(table.c.namespace, table.c.key, table.c.id), rows)
        return {(namespace, key): item_id for namespace, key, item_id in found}

    def _put_vectors(self, session: Session, placed: Sequence[Placed], known: Sequence[int]) -> None:
        """Each text's vector, empty where none was made, over an older one; those of former texts go."""
        rows = [row for item_id, draft in placed for row in self._vector_rows(item_id, draft)]
        if known:
            row = MemoryVectorRow
            former = and_(col(row.item_id).in_(known), col(row.id).not_in([each["id"] for each in rows]))
            tell_removed(session, former, self.now)
            session.execute(delete(row).where(former), execution_options={"synchronize_session": False})
        if not rows:
            return
        fresh = self.insert(MemoryVectorRow)
        vector = func.coalesce(fresh.excluded.vector, col(MemoryVectorRow.vector))
        renewed = {"path": fresh.excluded.path, "vector": vector}
        session.execute(fresh.on_conflict_do_update(index_elements=["id", "model"], set_=renewed), rows)
        told = [
            {"vector_id": row["id"], "model": self.model, "kind": row["kind"], "removed": False, "created_at": self.now}
            for row in rows
        ]
        session.execute(insert(MemoryOutboxRow.__table__), told)  # type: ignore[attr-defined]

    def _vector_rows(self, item_id: int, draft: Draft) -> list[dict[str, Any]]:
        return [
            {
                "id": vector_id,
                "model": self.model,
                "item_id": item_id,
                "kind": draft.entry.kind,
                "path": path,
                "text": draft.embedded[path],
                "vector": self.vectors.get(draft.embedded[path]),
            }
            for path, vector_id in draft.vector_ids(item_id).items()
        ]


def renew_text(session: Session, kept: Kept, text: str | None) -> bool:
    """Gives an entry another text to be searched by words, if it stands as it was read; tells whether it does.

    What has been removed or changed meanwhile stays so. Nothing else of it changes, what is embedded least of all.
    """
    [draft] = drafts_of([kept.model_copy(update={"text": text})])
    row = MemoryItemRow
    as_read = and_(col(row.id) == kept.id, col(row.content_hash) == kept.content_hash)
    anew = update(row).where(as_read).values(text=draft.text, content_hash=draft.content_hash)
    done = session.execute(anew, execution_options={"synchronize_session": False})
    return isinstance(done, CursorResult) and done.rowcount > 0


def expiry(now: datetime, ttl_minutes: float | None) -> datetime | None:
    """When what was written or renewed now expires; never without a time to live, or with one beyond all dates."""
    try:
        return None if ttl_minutes is None else now + timedelta(minutes=ttl_minutes)
    except OverflowError:
        return None


def _content(draft: Draft) -> dict[str, Any]:
    return {**draft.standing, "content_hash": draft.content_hash, "subjects": set(draft.entry.subjects)}


def _put_subjects(session: Session, placed: Sequence[Placed], known: Sequence[int]) -> None:
    row = MemorySubjectRow
    if known:
        session.execute(delete(row).where(col(row.item_id).in_(known)))
    subjects = [
        {"item_id": item_id, "subject": subject} for item_id, draft in placed for subject in draft.entry.subjects
    ]
    if subjects:
        session.execute(insert(row.__table__), subjects)  # type: ignore[attr-defined]
