"""What is said of an action: what was done, before and after, how to take it back, or why it was not done."""

from collections.abc import Sequence
from typing import Any, Final, Literal

from core.errors import SophiaError
from memory.ledger import Effect, EffectStatus
from nodes.acting.order import Order
from nodes.chat.shape import Done
from nodes.policy.deciding import Verdict

State = Literal["done", "asked", "refused", "nothing", "failed"]

SHOWN_KEY: Final = 8
SAY: Final = "say: undo that"
OR_SAY: Final = f"or {SAY}"
WEIGHT: Final[Sequence[State]] = ("failed", "refused", "asked", "done", "nothing")
"""Of several changes in one action, which one's state stands for them all."""


def told(order: Order, state: State, words: str, **about: Any) -> Done:
    """What came of the order; on trial, what would: whether a person would be asked stands in the action."""
    needs = {"done": False, "asked": True}.get(state)
    action = order.action if needs is None else order.action.model_copy(update={"needs_approval": needs})
    return Done(action=action, state=state, words=sentence(words), **about)


def sentence(words: str) -> str:
    """The words with a capital letter and a full stop."""
    text = words.strip()
    closed = text if text.endswith((".", "?", "!", "…", "”")) else f"{text}."
    return closed[:1].upper() + closed[1:]


def refused(order: Order, error: SophiaError, state: State = "refused") -> Done:
    """The refusal that an error means, with what to do next."""
    return told(order, state, " ".join(sentence(part) for part in (str(error), error.next_step) if part))


def denied(order: Order, verdict: Verdict, what: str, in_general: str) -> Done:
    """The refusal by a rule: in its owner's words where it has some, else by what it does not allow `in_general`."""
    rule = f"rule {verdict.rule}" if verdict.rule else "no rule allows it"
    why = verdict.stated or f"Your company's policy does not let me {in_general} ({rule})"
    return told(order, "refused", f"I did not {what}. {sentence(why)}")


def undo_of(key: str) -> str:
    """How an effect is taken back."""
    return f"sophia undo {key[:SHOWN_KEY]}"


def carried_out(order: Order, row: Effect, said: str, **about: Any) -> Done:
    """What the ledger says of an effect: `said` is what was done, without how to take it back."""
    about = {**about, "key": row.key}
    if row.status is EffectStatus.FAILED:
        return told(order, "failed", f"that was not done: {row.reason}", **about)
    if row.status is EffectStatus.UNDONE:
        return told(order, "done", f"{sentence(said)} It was {row.reason or 'taken back'} since", **about)
    if row.status is not EffectStatus.CONFIRMED:
        return told(order, "failed", "it is not known yet whether that was done: I am still finding out", **about)
    if row.service == "slack":
        return told(order, "done", said, **about)
    undo = undo_of(row.key)
    return told(order, "done", f"{sentence(said)} To take it back: `{undo}`, {OR_SAY}.", undo=undo, **about)


def joined(order: Order, parts: Sequence[Done]) -> Done:
    """Several changes of one action as one; each is told, and all are taken back together."""
    if len(parts) == 1:
        return parts[0]
    state = next(state for state in WEIGHT if any(part.state == state for part in parts))
    lead = next(part for part in parts if part.state == state)
    written = [part for part in parts if part.undo]
    return lead.model_copy(
        update={
            "action": order.action.model_copy(update={"needs_approval": _needs_approval(parts)}),
            "words": " ".join(part.words for part in parts),
            "label": ", ".join(part.label for part in parts if part.label) or None,
            "before": ", ".join(part.before for part in parts if part.before) or None,
            "after": ", ".join(part.after for part in parts if part.after) or None,
            "undo": f"sophia undo {order.call_id}" if len(written) > 1 else next((one.undo for one in written), None),
            "approval": next((part.approval for part in parts if part.approval), None),
        }
    )


def _needs_approval(parts: Sequence[Done]) -> bool | None:
    answers = [part.action.needs_approval for part in parts if part.action.needs_approval is not None]
    return any(answers) if answers else None
