"""Puts back what stood in a property before Sophia wrote there, if it still holds what Sophia wrote.

The look at the record, the ledger's rows and the write happen in one turn at the record.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from core.errors import NotFound, Rejected
from memory.ledger import Effect, Ledger, is_of_chat
from nodes.approval.naming import named
from nodes.context import Context
from nodes.crm_sync.deals import NAMES, record_name
from nodes.crm_sync.moments import same_value
from nodes.turns import Turn
from nodes.undo.cases import Case, Judged, cases_of, newer_on
from nodes.undo.entering import enter
from nodes.undo.request import UndoItem, UndoRequest
from nodes.undo.sameness import BODIES, same_property
from tools.hubspot.port import CrmGateway, ObjectType, Record

GONE = "its record is not in HubSpot any more"


@dataclass
class Assumed:
    """What a dry run takes as put back already: keys of effects, and the values that properties hold then."""

    keys: set[str] = field(default_factory=set)
    values: dict[str, str | None] = field(default_factory=dict)

    def add(self, judged: Sequence[Judged]) -> None:
        for one in judged:
            if one.verdict != "left":
                self.keys.add(one.case.effect.key)
                self.values[one.case.effect.field or ""] = one.case.effect.before


async def put_back(
    context: Context, request: UndoRequest, type: ObjectType, id: str, keys: Sequence[str]
) -> list[UndoItem]:
    """Puts back what these effects wrote to one record, newest first, each property once in a request."""
    items: list[UndoItem] = []
    async with context.turns.hold([f"{type}/{id}"]) as turn:
        cases, settled = await cases_of(context.records.ledger, request, keys)
        items += settled
        for layer in _layers(cases):
            judged = await _judge(context, type, id, layer, Assumed())
            await turn.keep()
            await enter(context.records.ledger, judged)
            to_send = [one for one in judged if one.verdict == "send"]
            refused = await _send(context, type, id, to_send, turn) if to_send else None
            items += [_item(one, refused) for one in judged]
    return items


async def preview(
    context: Context, request: UndoRequest, type: ObjectType, id: str, keys: Sequence[str]
) -> list[UndoItem]:
    """What `put_back` would do now; writes nothing."""
    cases, items = await cases_of(context.records.ledger, request, keys)
    found, assumed = list(items), Assumed()
    for layer in _layers(cases):
        judged = await _judge(context, type, id, layer, assumed)
        assumed.add(judged)
        found += [one.item() for one in judged]
    return found


def _layers(cases: Sequence[Case]) -> list[list[Case]]:
    """The cases in the order given, so that no property comes twice in one layer."""
    layers: list[list[Case]] = []
    depth: dict[str | None, int] = {}
    for case in cases:
        at = depth[case.effect.field] = depth.get(case.effect.field, -1) + 1
        if at == len(layers):
            layers.append([])
        layers[at].append(case)
    return layers


async def _judge(context: Context, type: ObjectType, id: str, cases: Sequence[Case], assumed: Assumed) -> list[Judged]:
    fields = [case.effect.field or "" for case in cases]
    record = (await context.crm.read(type, [id], [*NAMES.get(type, ()), *fields])).get(id)
    on_record = await context.records.ledger.of_records(type, [id])
    return [await _judged(context.crm, case, record, on_record, assumed) for case in cases]


async def _judged(
    crm: CrmGateway, case: Case, record: Record | None, on_record: Sequence[Effect], assumed: Assumed
) -> Judged:
    effect = case.effect
    if record is None or record.archived or record.id != effect.object_id:
        return Judged(case, "left", f"{effect.field} of {effect.object_type} {effect.object_id}", GONE)
    type, name = record.type, effect.field or ""
    what = f"{await _label(crm, type, name)} of {record_name(record)}"
    value = assumed.values.get(name, record.get(name))
    wrote, stood = await _in_words(crm, effect, effect.after), await _in_words(crm, effect, effect.before)
    if same_value(effect.before, effect.after):
        return Judged(case, "done", what, f"it held {stood} before, too")
    if case.was_sent and same_property(name, effect.before or "", value):
        return Judged(case, "done", what, f"{wrote} → {stood}")
    if (newer := newer_on(effect, on_record, assumed.keys)) is not None:
        words = f"Sophia has written it again since, {_whence(newer)}: take back {newer.key[:8]} first"
        return Judged(case, "left", what, words)
    if same_property(name, effect.after or "", value):
        return Judged(case, "send", what, f"{wrote} → {stood}")
    if same_property(name, effect.before or "", value):
        return Judged(case, "done", what, f"somebody has put back {stood} already")
    now = await _in_words(crm, effect, value)
    return Judged(case, "left", what, f"it holds {now} now; Sophia wrote {wrote}, and before that it held {stood}")


def _whence(effect: Effect) -> str:
    return f"for {effect.asked_by or 'a person'}" if is_of_chat(effect.call_id) else f"for call {effect.call_id}"


async def _in_words(crm: CrmGateway, effect: Effect, value: str | None) -> str:
    """A value as people know it; the whole text of a note would hide what is said about it."""
    if effect.field not in BODIES:
        type: ObjectType = effect.object_type  # type: ignore[assignment]
        return await named(crm, type, effect.field or "", value)
    if same_property(effect.field or "", value or "", effect.after):
        return "the new text"
    return "the text before" if same_property(effect.field or "", value or "", effect.before) else "another text"


async def _label(crm: CrmGateway, type: ObjectType, name: str) -> str:
    spec = (await crm.fields(type)).get(name)
    return spec.label if spec else name


async def _send(context: Context, type: ObjectType, id: str, judged: Sequence[Judged], turn: Turn) -> str | None:
    """Writes the former values; returns why HubSpot refused them, None when it took them."""
    ledger: Ledger = context.records.ledger
    await ledger.mark_sent([one.case.undo.key for one in judged])
    await turn.keep()
    values = {one.case.effect.field or "": one.case.effect.before or "" for one in judged}
    refused = await _write(context.crm, type, id, values)
    if refused is None:
        await ledger.take_back({one.case.undo.key: one.words for one in judged})
        return None
    for one in judged:
        await ledger.fail(one.case.undo.key, refused)
    return refused


async def _write(crm: CrmGateway, type: ObjectType, id: str, values: Mapping[str, str]) -> str | None:
    try:
        return (await crm.update(type, {id: values})).get(id, "HubSpot did not say that it was done")
    except (Rejected, NotFound) as error:
        return str(error)


def _item(judged: Judged, refused: str | None) -> UndoItem:
    if judged.verdict != "send" or refused is None:
        return judged.item()
    return judged.item().model_copy(update={"outcome": "left", "words": refused})
