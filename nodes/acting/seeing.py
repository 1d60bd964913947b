"""The records that an action is about, read afresh, by the rights of who asks.

What somebody may not see reads like what does not exist. What a conversation shows goes to all who are there: so a
record has to be for the asker and for the place.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from core.errors import NotAllowed
from core.rights.rights import refusal
from nodes.acting.order import Order
from nodes.audiences import record_audience
from nodes.crm_sync.deals import record_name
from nodes.crm_sync.fields import PROPERTIES_OF
from nodes.policy.offered import OWNER
from nodes.understanding.shape import Named
from tools.hubspot.port import ObjectType, Record

TASK_PROPERTIES: Final = ("hs_task_subject", "hs_task_status", "hs_timestamp", "hs_task_priority", OWNER)
NOTE_PROPERTIES: Final = ("hs_note_body", "hs_timestamp", OWNER)
READ: Final[Mapping[ObjectType, Sequence[str]]] = {
    **{type: (*names, OWNER) for type, names in PROPERTIES_OF.items()},
    "tasks": TASK_PROPERTIES,
    "notes": NOTE_PROPERTIES,
}
"""What is read of a record beside the property in question."""
BELONGS_TO: Final[tuple[ObjectType, ...]] = ("deals", "companies", "contacts")
"""What notes and tasks are made for; one that nobody owns is for whom the first of these is for."""
SINGULAR: Final[Mapping[str, str]] = {
    "deals": "deal",
    "companies": "company",
    "contacts": "contact",
    "tasks": "task",
    "notes": "note",
}


async def seen(order: Order, named: Named, fields: Iterable[str] = ()) -> Record:
    """The record as it is now, with these properties. Raises NotAllowed where the asker, or the place, has no such."""
    if named.type not in READ:
        raise refusal("such record")
    type: ObjectType = named.type  # type: ignore[assignment]
    names = sorted({*READ[type], *fields})
    linked = BELONGS_TO if type in ("tasks", "notes") else ()
    record = (await order.house.crm.read(type, [named.id], names, linked)).get(named.id)
    if record is None or record.archived or not await is_for(order, record):
        raise refusal(f"such {SINGULAR[type]}")
    return record


def refuse_onlooker(order: Order) -> None:
    """Raises NotAllowed for who changes nothing: a stranger, a guest, a viewer."""
    if order.context.asker.role in (None, "viewer"):
        raise NotAllowed("you may change nothing here", next_step="Ask a colleague, or an admin for the right to.")


def refuse_foreign(order: Order, record: Record) -> None:
    """Raises NotAllowed for a record that is not the asker's to change, though they see it."""
    if not order.context.asker.may_change(record.get(OWNER)):
        raise NotAllowed(
            f"{name_of(record)} is not yours to change", next_step="Ask its owner, their manager or an admin."
        )


def name_of(record: Record) -> str:
    """What people call the record."""
    return (record.get("hs_task_subject") if record.type == "tasks" else None) or record_name(record)


async def is_for(order: Order, record: Record) -> bool:
    """Whether it is for the asker and for the place."""
    asker, scope = order.context.asker, order.context.scope
    owned = await _whose(order, record)
    return asker.may_read_owner(owned.get(OWNER)) and scope.allows(record_audience(owned))


async def _whose(order: Order, record: Record) -> Record:
    """The record by whose owner it is told whom it is for."""
    for type in BELONGS_TO if record.get(OWNER) is None else ():
        ids = record.associations.get(type, ())[:1]
        found = await order.house.crm.read(type, ids, [OWNER]) if ids else {}
        for other in found.values():
            if not other.archived:
                return other
    return record
