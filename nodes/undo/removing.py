"""Archives notes and tasks that Sophia made, if they are still as Sophia made them, or last wrote them.

HubSpot keeps what was archived in the recycling bin for 90 days.
"""

from collections.abc import Mapping, Sequence

from core.errors import NotFound, Rejected
from memory.ledger import Ledger
from nodes.context import Context
from nodes.turns import Turn
from nodes.undo.cases import DONE, Case, Judged, cases_of, subject
from nodes.undo.entering import enter
from nodes.undo.request import UndoItem, UndoRequest
from nodes.undo.sameness import differences
from tools.hubspot.port import ObjectType, Record

SHOWN = 60
"""Characters of a task's title in a report."""


async def remove(context: Context, request: UndoRequest, type: ObjectType, keys: Sequence[str]) -> list[UndoItem]:
    """Archives the notes or tasks that these effects made, in one request."""
    ledger = context.records.ledger
    ids = [effect.remote_id for effect in await ledger.of_keys(keys)]
    async with context.turns.hold(f"{type}/{id}" for id in ids) as turn:
        cases, settled = await cases_of(ledger, request, keys)
        judged = await _judge(context, type, cases)
        await turn.keep()
        await enter(ledger, judged)
        to_send = [one for one in judged if one.verdict == "send"]
        refused = await _send(context, type, to_send, turn) if to_send else None
    items = [one.item() for one in judged]
    if refused is not None:
        sent = {one.case.effect.key for one in to_send}
        left = {"outcome": "left", "words": refused}
        items = [item.model_copy(update=left) if item.key in sent else item for item in items]
    return [*settled, *items]


async def preview(context: Context, request: UndoRequest, type: ObjectType, keys: Sequence[str]) -> list[UndoItem]:
    """What `remove` would do now; writes nothing."""
    cases, settled = await cases_of(context.records.ledger, request, keys)
    return [*settled, *(one.item() for one in await _judge(context, type, cases))]


async def _judge(context: Context, type: ObjectType, cases: Sequence[Case]) -> list[Judged]:
    if not cases:
        return []
    ids = [case.effect.remote_id or "" for case in cases]
    written = await _written_since(context.records.ledger, type, ids)
    made = {id: {**_made(case), **written.get(id, {})} for id, case in zip(ids, cases, strict=True)}
    names = dict.fromkeys(name for properties in made.values() for name in properties)
    found = await context.crm.read(type, ids, list(names))
    return [_judged(case, found.get(id), made[id]) for id, case in zip(ids, cases, strict=True)]


async def _written_since(ledger: Ledger, type: ObjectType, ids: Sequence[str]) -> Mapping[str, Mapping[str, str]]:
    """What Sophia has written into these records after they were made, and has not taken back."""
    written: dict[str, dict[str, str]] = {}
    for row in await ledger.of_records(type, ids):
        if row.action == "update" and row.undoes is None and row.status in DONE:
            written.setdefault(row.object_id or "", {})[row.field or ""] = row.after or ""
    return written


def _judged(case: Case, record: Record | None, made: Mapping[str, str]) -> Judged:
    what = _what(case)
    if record is None or record.archived:
        return Judged(case, "done", what, "archived" if case.was_sent else "it was gone already")
    if changed := differences(made, record.properties):
        return Judged(case, "left", what, f"a person has worked on it since: {', '.join(changed)}")
    return Judged(case, "send", what, "archived")


def _made(case: Case) -> Mapping[str, str]:
    """The properties as Sophia set them when it was made."""
    made: Mapping[str, str] = case.effect.payload.get("properties", {})
    return made


def _what(case: Case) -> str:
    title = _made(case).get("hs_task_subject")
    if title is None:
        return subject(case.effect)
    return f"task “{title[:SHOWN]}{'…' if len(title) > SHOWN else ''}”"


async def _send(context: Context, type: ObjectType, judged: Sequence[Judged], turn: Turn) -> str | None:
    """Archives them; returns why HubSpot refused it, None when it did it."""
    ledger, undos = context.records.ledger, [one.case.undo.key for one in judged]
    await ledger.mark_sent(undos)
    await turn.keep()
    try:
        await context.crm.archive(type, [one.case.effect.remote_id or "" for one in judged])
    except (Rejected, NotFound) as error:
        for key in undos:
            await ledger.fail(key, str(error))
        return str(error)
    await ledger.take_back({one.case.undo.key: one.words for one in judged})
    return None
