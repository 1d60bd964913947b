"""How entries go to another audience: in place, so that nothing of them is written, embedded or lost on the way."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from memory.store.namespaces import decode, encode
from memory.store.reading import at_places, in_batches
from memory.store.removing import remove_items, tell_changed
from memory.tables import MemoryItemRow, MemoryVectorRow

Target = tuple[str, str]
"""The text of the namespace in which an entry is to stand, and its key."""


def move_items(session: Session, ids: Sequence[int], audience: str, now: datetime) -> int:
    """Moves the items of ours among these, as they stand now, into the audience's namespaces; tells how many moved.

    What stands where one is to go is removed, and of two that would go to one place the earlier written. In the
    caller's transaction, as is the word to the index, which holds the audience of each vector.
    """
    targets, doubles = _targets(session, ids, audience)
    places = [(decode(namespace), key) for namespace, key in targets]
    for some in in_batches(places):
        remove_items(session, at_places(some), now)
    for twice in in_batches(doubles):
        remove_items(session, col(MemoryItemRow.id).in_(twice), now)
    anew = [
        {"id": id, "namespace": namespace, "audience": audience, "updated_at": now}
        for (namespace, _), id in targets.items()
    ]
    if anew:
        session.execute(update(MemoryItemRow), anew)
    for moved in in_batches(list(targets.values())):
        tell_changed(session, col(MemoryVectorRow.item_id).in_(moved), now)
    return len(targets)


def _targets(session: Session, ids: Sequence[int], audience: str) -> tuple[dict[Target, int], list[int]]:
    """Which item is to stand where, and those that another one takes the place of."""
    row = MemoryItemRow
    columns = select(col(row.id), col(row.namespace), col(row.key), col(row.updated_at))
    found = [
        each
        for some in in_batches(ids)
        for each in session.execute(
            columns.where(col(row.id).in_(some), col(row.tenant).is_not(None), col(row.audience) != audience)
        )
    ]
    targets: dict[Target, int] = {}
    for id, namespace, key, _ in sorted(found, key=lambda each: (each[3], each[0] or 0)):
        tenant, _, *rest = decode(namespace)
        targets[encode((tenant, audience, *rest)), key] = id or 0
    moving = set(targets.values())
    return targets, [each[0] for each in found if each[0] is not None and each[0] not in moving]
