"""Makes an order of what a person names: a call, with all that was done for it, or one effect."""

from uuid import uuid4

from core.errors import NotAllowed, NotUsable, RecordConflict
from core.people import Person
from memory.approvals import ApprovalStatus
from memory.inbox import UNFINISHED
from memory.ledger import SHORTEST_PREFIX, Effect, EffectStatus
from memory.records import Records
from nodes.context import Context
from nodes.undo.cases import stands
from nodes.undo.request import UndoRequest

CALL = "call"
"""The kind of the deliveries that have a call worked on."""

SEE = "`sophia ledger` lists what was done, with the keys."


async def order_of(
    context: Context, person: Person, *, call_id: str | None = None, effect_key: str | None = None
) -> UndoRequest:
    """The order to take back a call, or one effect by its key or the beginning of it.

    Raises NotAllowed for who may not order it, NotUsable when there is no such thing, and RecordConflict while the
    call is being worked on.
    """
    if not person.admin:
        raise NotAllowed("only an admin may take back what was done", next_step="Ask an admin to do it.")
    if effect_key is not None:
        keys: tuple[str, ...] = ((await _effect_named(context.records, effect_key)).key,)
    else:
        keys = await _standing(context.records, call_id or "")
    by, asked_at = person.email or person.name, context.clock.now()
    return UndoRequest(id=uuid4().hex, keys=keys, call_id=call_id, by=by, asked_at=asked_at)


async def is_call(records: Records, name: str) -> bool:
    """Whether this is the id of a call for which something was done, or meant to be."""
    return bool(await records.ledger.of_call(name))


async def _standing(records: Records, call_id: str) -> tuple[str, ...]:
    """The keys of what was done for a call and stands, the newest first."""
    effects = await records.ledger.of_call(call_id)
    if not effects:
        raise NotUsable(f"nothing was done for a call {call_id}", next_step=SEE)
    await _refuse_at_work(records, call_id)
    by_key = {effect.key: effect for effect in effects}
    done = [effect for effect in effects if effect.status is EffectStatus.CONFIRMED and stands(effect, by_key)]
    return tuple(effect.key for effect in reversed(done) if not _is_change_of_message(effect))


def _is_change_of_message(effect: Effect) -> bool:
    """Whether it only changed a message in Slack, which stands for itself in the order."""
    return effect.service == "slack" and effect.action == "update"


async def _effect_named(records: Records, name: str) -> Effect:
    """The effect whose key begins so; raises NotUsable when there is none, or more than one."""
    found = await records.ledger.matching(name)
    if len(found) == 1:
        return found[0]
    if found:
        raise NotUsable(f"{len(found)} effects have a key that begins with {name}", next_step="Give more of the key.")
    if len(name) < SHORTEST_PREFIX:
        raise NotUsable(f"“{name}” is too short for a key", next_step=f"Give {SHORTEST_PREFIX} digits of it or more.")
    raise NotUsable(f"{name} is no call for which anything was done, and no effect's key begins so", next_step=SEE)


async def _refuse_at_work(records: Records, call_id: str) -> None:
    """Raises RecordConflict while something may still be done for the call: it would be done after the undo."""
    delivery = await records.inbox.get(CALL, call_id)
    if delivery is not None and delivery.status in UNFINISHED:
        why = f" ({delivery.reason})" if delivery.reason else ""
        raise RecordConflict(
            f"call {call_id} is still being worked on{why}",
            next_step="Take it back once it is done, see `sophia inbox`; or take back single effects now.",
        )
    for approval in await records.approvals.of_call(call_id):
        if approval.status is ApprovalStatus.APPROVED and approval.closed_at is None:
            raise RecordConflict(
                f"approval {approval.number} of call {call_id} was given and is being carried out",
                next_step="Take the call back once that is done, see `sophia inbox`.",
            )
