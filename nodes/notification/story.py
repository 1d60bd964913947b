"""What there is to tell about a call, gathered from the records: the message is made of this and nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.analysis import CallAnalysis
from core.calls import Call
from memory.approvals import Approval, ApprovalStatus
from memory.ledger import Effect, EffectStatus
from nodes.approval.choosing import QUESTION_FIELD
from nodes.context import Context
from nodes.state import Resolution
from nodes.stored import analysed
from tools.hubspot.port import Account

DONE = EffectStatus.CONFIRMED


@dataclass(frozen=True)
class Story:
    """A call, what was found, which records it is about, what was done, what failed, and what waits for a person."""

    call: Call
    analysis: CallAnalysis
    resolution: Resolution
    account: Account
    done: Sequence[Effect]
    failed: Sequence[Effect]
    waiting: Sequence[Approval]
    asked: Approval | None = None
    """The question which deal it is, while it waits for an answer."""


async def story_of(context: Context, call_id: str, resolution: Resolution) -> Story:
    """The story as the records tell it now."""
    call, analysis = await analysed(context, call_id)
    approvals = await context.records.approvals.of_call(call_id)
    effects = [row for row in await context.records.ledger.of_call(call_id) if row.service == "hubspot"]
    own = [row for row in effects if row.undoes is None]
    waiting = [approval for approval in approvals if approval.status is ApprovalStatus.WAITING]
    return Story(
        call=call,
        analysis=analysis,
        resolution=resolution,
        account=await context.crm.account(),
        done=[_in_words(row, approvals) for row in _as_one([row for row in own if row.status is DONE])],
        failed=[row for row in _last_words(own) if row.status is EffectStatus.FAILED],
        waiting=[approval for approval in waiting if approval.field != QUESTION_FIELD],
        asked=next((approval for approval in waiting if approval.field == QUESTION_FIELD), None),
    )


def _as_one(done: Sequence[Effect]) -> list[Effect]:
    """The effects; what was written to one property in several steps is one change, from the first to the last."""
    whole: dict[tuple[str, ...], Effect] = {}
    for row in done:
        first = whole.get(_place(row))
        whole[_place(row)] = first.model_copy(update={"after": row.after}) if first else row
    return list(whole.values())


def _last_words(effects: Sequence[Effect]) -> list[Effect]:
    """The last effect on each property, and each new record."""
    return list({_place(row): row for row in effects}.values())


def _place(effect: Effect) -> tuple[str, ...]:
    if effect.action != "update":
        return (effect.key,)
    return (effect.object_type, effect.object_id or "", effect.field or "")


def _in_words(effect: Effect, approvals: Sequence[Approval]) -> Effect:
    """The effect with the names that people were shown, where somebody allowed it: a stage is an id otherwise."""
    asked = next((one for one in approvals if one.id == effect.approval_id), None)
    if asked is None:
        return effect
    names = {asked.current: asked.current_label, asked.proposed: asked.proposed_label}
    shown = {name: names.get(value) or value for name, value in (("before", effect.before), ("after", effect.after))}
    return effect.model_copy(update=shown)
