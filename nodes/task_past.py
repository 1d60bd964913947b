"""The tasks that a call has made before, and which promises of a new analysis they already stand for."""

from collections.abc import Sequence

from memory.approvals import Approval, ApprovalStatus
from memory.ledger import Effect, EffectStatus, effect_key
from nodes.crm_sync.past import Past
from nodes.heard import Heard, matches

HEARD = "heard"
"""Under which a task's payload holds the promise that it was made of."""

OPEN = frozenset({EffectStatus.PLANNED, EffectStatus.SENT})


def still_to_make(past: Past, wanted: Sequence[Effect]) -> list[tuple[int, Effect]]:
    """Those of the wanted tasks that are not done with, each with its place among them.

    A promise whose task was made, refused or taken back before is done with, and so is one that a person has answered
    about. One that is on its way goes on as it was planned, and one that waits for an answer keeps its key.
    """
    rows, asked = task_rows(past), _asked(past, task_rows(past))
    before = [*map(heard_of, rows), *map(_heard_in_request, asked)]
    known = matches(before, [heard_of(effect) for effect in wanted])
    taken = {row.key for row in rows} | {approval.id for approval in asked}
    found: list[tuple[int, Effect]] = []
    for at, effect in enumerate(wanted):
        if at not in known:
            found.append((at, _with_free_key(effect, taken)))
        elif known[at] < len(rows):
            row = rows[known[at]]
            found += [(at, row)] if row.status in OPEN else []
        else:
            request = asked[known[at] - len(rows)]
            waits = request.status is ApprovalStatus.WAITING
            found += [(at, effect.model_copy(update={"key": request.id}))] if waits else []
    return found


def task_rows(past: Past) -> list[Effect]:
    """The tasks of the call in the ledger, made or not."""
    return [row for row in past.effects if (row.action, row.object_type) == ("create", "tasks")]


def heard_of(effect: Effect) -> Heard:
    """The promise that a task was made of; of a task from before promises were remembered, its title."""
    stored = effect.payload.get(HEARD)
    return Heard.model_validate(stored) if stored else Heard(text=effect.after or "")


def _asked(past: Past, rows: Sequence[Effect]) -> list[Approval]:
    """Requests for a task that has no row in the ledger (yet)."""
    made = {row.key for row in rows} | {row.approval_id for row in rows}
    asked = (one for one in past.asked if (one.action, one.object_type) == ("create", "tasks"))
    return [one for one in asked if one.id not in made]


def _heard_in_request(approval: Approval) -> Heard:
    stored = approval.payload.get(HEARD)
    return Heard.model_validate(stored) if stored else Heard(text=approval.proposed, quote=approval.quote)


def _with_free_key(effect: Effect, taken: set[str]) -> Effect:
    """The task under a key that no other promise has: in another transcript the same place may be another sentence."""
    if effect.key not in taken:
        return effect
    heard = heard_of(effect)
    return effect.model_copy(update={"key": effect_key(effect.call_id, "task", heard.quote, heard.text)})
