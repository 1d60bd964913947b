"""The records that an action is about, read afresh, by the rights of who asks.

What somebody may not see reads like what does not exist. What a conversation shows goes to all who are there: so a
record has to be for the asker and for the place.
"""

from collections.abc import Awaitable, Iterable, Mapping, Sequence
from typing import Final

from core.errors import NotAllowed, ServiceError
from core.rights.rights import refusal
from memory.ledger import Effect
from nodes.acting.order import Order
from nodes.approval.seeing import made_audiences
from nodes.attached import Audiences, allows_all, audiences_of, audiences_of_id
from nodes.crm_sync.deals import record_name
from nodes.crm_sync.fields import PROPERTIES_OF
from nodes.policy.offered import OWNER
from nodes.querying.fields import CURRENCY
from nodes.understanding.shape import Named
from tools.hubspot.port import KEY_PROPERTY, ObjectType, Record

TASK_PROPERTIES: Final = (
    "hs_task_subject",
    "hs_task_status",
    "hs_timestamp",
    "hs_task_priority",
    OWNER,
    KEY_PROPERTY,
)
NOTE_PROPERTIES: Final = ("hs_note_body", "hs_timestamp", OWNER, KEY_PROPERTY)
READ: Final[Mapping[ObjectType, Sequence[str]]] = {
    **{type: (*names, OWNER) for type, names in PROPERTIES_OF.items()},
    "deals": (*PROPERTIES_OF["deals"], OWNER, CURRENCY),
    "tasks": TASK_PROPERTIES,
    "notes": NOTE_PROPERTIES,
}
"""What is read of a record beside the property in question."""
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
    record = (await order.house.crm.read(type, [named.id], names)).get(named.id)
    if record is None or record.archived or not await is_for(order, record):
        raise refusal(f"such {SINGULAR[type]}")
    return record


async def may_be_told(order: Order, audiences: Awaitable[Audiences]) -> bool:
    """Whether what carries these may be told to all who are there; not where that cannot be found out now."""
    try:
        return allows_all(order.context.scope, await audiences)
    except ServiceError:
        return False


async def effect_audiences(order: Order, effects: Iterable[Effect]) -> Audiences:
    """All audiences of what these effects changed or made in HubSpot."""
    house, found = order.house, Audiences()
    for effect in (one for one in effects if one.service == "hubspot"):
        if effect.action == "create":
            found |= await made_audiences(house.crm, effect.payload)
        else:
            type: ObjectType = effect.object_type  # type: ignore[assignment]
            found |= await audiences_of_id(house, house.crm, type, effect.object_id or "")
    return found


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
    audiences = (await audiences_of(order.house, order.house.crm, record.type, [record]))[record.id]
    return allows_all(order.context.asker.scope, audiences) and allows_all(order.context.scope, audiences)
