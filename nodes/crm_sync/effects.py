"""Changes as the ledger knows them, and back."""

from memory.ledger import Effect
from nodes.state import Change
from tools.hubspot.port import NewRecord, ObjectType


def change_effect(call_id: str, change: Change, before: str | None = None) -> Effect:
    """The ledger's row for a change; `before` is the value it stands on where that is not the change's own."""
    creates = change.object_id is None
    return Effect(
        key=change.key,
        call_id=call_id,
        agent="crm_sync",
        service="hubspot",
        action="create" if creates else "update",
        object_type=change.object_type,
        object_id=change.object_id,
        field=change.field,
        before=change.before if before is None else before,
        after=change.after,
        payload=new_record_payload(change.properties, change.associations) if creates else {},
    )


def new_record_payload(
    properties: dict[str, str], associations: tuple[tuple[ObjectType, str], ...]
) -> dict[str, object]:
    """What a record is made of, as the ledger keeps it for sending it again just as it was."""
    return {"properties": properties, "associations": [list(association) for association in associations]}


def new_record(effect: Effect) -> NewRecord:
    """The record that an effect of `new_record_payload` makes; what else the payload remembers is not sent."""
    payload = effect.payload
    about = {name: payload[name] for name in ("properties", "associations") if name in payload}
    return NewRecord.model_validate({"key": effect.key, **about})
