"""Which effects of an order are still to be taken back, and the row of the ledger that each is taken back under.

An effect may be tried to be taken back more than once: each try is a row of its own, numbered from 0. A try that was
begun and not ended is gone on with, whoever ordered it; so two orders at once make one effect.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from memory.ledger import Effect, EffectStatus, Ledger, effect_key
from nodes.undo.request import UndoItem, UndoRequest

OPEN = (EffectStatus.PLANNED, EffectStatus.SENT)
DONE = (EffectStatus.SENT, EffectStatus.CONFIRMED)
AGENT = "undo"

NEVER: Mapping[EffectStatus, str] = {
    EffectStatus.PLANNED: "it has not been carried out yet",
    EffectStatus.SENT: "it is not known yet whether it was carried out: its delivery finds out, see `sophia inbox`",
    EffectStatus.FAILED: "it was never carried out",
}


@dataclass(frozen=True)
class Case:
    """An effect to be taken back, and the row under which that is done: planned, perhaps sent, perhaps not stored."""

    effect: Effect
    undo: Effect

    @property
    def was_sent(self) -> bool:
        return self.undo.status is EffectStatus.SENT


Verdict = Literal["send", "done", "left"]


@dataclass(frozen=True)
class Judged:
    """What is to be done about a case, as HubSpot is now: `done` needs no write, `left` stays as it is."""

    case: Case
    verdict: Verdict
    what: str
    words: str

    def item(self) -> UndoItem:
        outcome: Literal["left", "undone"] = "left" if self.verdict == "left" else "undone"
        return UndoItem(key=self.case.effect.key, what=self.what, outcome=outcome, words=self.words)


async def cases_of(
    ledger: Ledger, request: UndoRequest, keys: Sequence[str]
) -> tuple[Sequence[Case], Sequence[UndoItem]]:
    """The cases that are open now, and what there is to say of the other keys."""
    tries: dict[str, list[Effect]] = {}
    for row in await ledger.undoing(keys):
        tries.setdefault(row.undoes or "", []).append(row)
    cases, settled = list[Case](), list[UndoItem]()
    for effect in await ledger.of_keys(keys):
        item = _settled(effect, tries.get(effect.key, []), request)
        if item is None:
            cases.append(Case(effect, _try(effect, tries.get(effect.key, []), request)))
        else:
            settled.append(item)
    return cases, settled


def stands(effect: Effect, by_key: Mapping[str, Effect]) -> bool:
    """Whether an effect is Sophia's own doing, or an undo that was itself taken back: not the taking back of one."""
    undone = by_key.get(effect.undoes or "")
    return effect.undoes is None or (undone is not None and not stands(undone, by_key))


def newer_on(effect: Effect, on_record: Sequence[Effect], settled: Iterable[str]) -> Effect | None:
    """The last effect that was put on top of this one, on the same property; `on_record` in the order of planning."""
    by_key, passed = {row.key: row for row in on_record}, set(settled)
    keys = [row.key for row in on_record]
    later = on_record[keys.index(effect.key) + 1 :] if effect.key in by_key else ()
    on_top = [
        row
        for row in later
        if row.field == effect.field and row.status in DONE and row.key not in passed and stands(row, by_key)
    ]
    return on_top[-1] if on_top else None


def subject(effect: Effect) -> str:
    """What an effect is about, as far as the ledger knows."""
    if effect.service == "slack":
        return f"Slack message to the {effect.field}"
    if effect.action in ("create", "archive"):
        return f"{effect.object_type.removesuffix('s')} {effect.remote_id or effect.object_id or ''}".strip()
    return f"{effect.field} of {effect.object_type.removesuffix('s')} {effect.object_id}"


def _settled(effect: Effect, tries: Sequence[Effect], request: UndoRequest) -> UndoItem | None:
    own = next((row for row in tries if row.payload.get("request") == request.id), None)
    what = own.payload.get("what") if own else None
    item = UndoItem(key=effect.key, what=what or subject(effect), outcome="left", words="")
    if effect.service == "slack":
        return item.model_copy(update={"outcome": "stays", "words": "a message that was read is not taken back"})
    if effect.status is EffectStatus.UNDONE:
        words = own.reason if own and own.reason else f"it was {effect.reason or 'taken back'} already"
        return item.model_copy(update={"outcome": "undone", "words": words})
    if effect.status is not EffectStatus.CONFIRMED:
        return item.model_copy(update={"words": NEVER[effect.status]})
    if effect.action == "archive":
        words = "what was archived is restored in HubSpot itself, from the recycling bin of its record"
        return item.model_copy(update={"words": words})
    if own is not None and own.status is EffectStatus.FAILED:
        return item.model_copy(update={"words": own.reason or ""})
    return None


def _try(effect: Effect, tries: Sequence[Effect], request: UndoRequest) -> Effect:
    begun = next((row for row in tries if row.status in OPEN), None)
    return begun or Effect(
        key=effect_key(effect.key, "undo", str(len(tries))),
        call_id=effect.call_id,
        agent=AGENT,
        service=effect.service,
        action="archive" if effect.action == "create" else "update",
        object_type=effect.object_type,
        object_id=effect.remote_id if effect.action == "create" else effect.object_id,
        field=effect.field,
        before=effect.after,
        after=effect.before,
        payload={"request": request.id},
        undoes=effect.key,
        asked_by=request.by,
    )
