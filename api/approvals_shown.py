"""`sophia approvals`: what waits for a person's word, and what became of it."""

import json
import sys
from collections.abc import Iterator, Sequence

from rich.table import Table
from rich.text import Text

from api.approvals import ApprovalView, views
from api.logs import settings_with_logs
from api.storage import open_records
from api.terminal import results
from memory.approvals import Approval, ApprovalStatus
from memory.ledger import is_of_chat
from memory.records import Records
from nodes.approval.finding import find
from nodes.showing import day, shorten

CELL = 110
"""Characters of one cell; `show` has the rest."""
ADMIN = "an admin"


async def list_approvals(*, everything: bool, call_id: str | None, as_json: bool) -> None:
    """The command: prints what waits, or with `everything` every request there ever was; of one call where given."""
    async with open_records(settings_with_logs()) as records:
        shown = await views(records, await _wanted(records, everything, call_id))
    if as_json:
        sys.stdout.write(json.dumps([one.model_dump(mode="json") for one in shown], indent=2) + "\n")
    elif shown:
        results().print(_table(shown, everything))
    else:
        results().print("Nothing waits for a person's word." if not everything else "Nobody was ever asked.")


async def show_approval(reference: str, *, as_json: bool) -> None:
    """The command: prints one request with all there is to know of it."""
    async with open_records(settings_with_logs()) as records:
        (shown,) = await views(records, [await find(records, reference)])
    if as_json:
        sys.stdout.write(shown.model_dump_json(indent=2) + "\n")
        return
    table = Table.grid(padding=(0, 2))
    for name, value in _lines(shown):
        table.add_row(Text(name, style="bold"), Text(value))
    results().print(table)


async def _wanted(records: Records, everything: bool, call_id: str | None) -> Sequence[Approval]:
    approvals = records.approvals
    if call_id is None:
        return await (approvals.all() if everything else approvals.waiting())
    found = await approvals.of_call(call_id)
    return found if everything else [one for one in found if one.status is ApprovalStatus.WAITING]


def _table(shown: Sequence[ApprovalView], everything: bool) -> Table:
    columns = ("no.", "record", "what", "now → proposed", "because", "who may answer", "expires")
    table = Table(*columns, *(["state"] if everything else []), highlight=False)
    for one in shown:
        because = "\n".join(part for part in (_quoted(one), shorten(one.reason, CELL)) if part)
        cells = [one.reference, one.record_name or one.record, one.label, change_of(one), because, who(one), until(one)]
        table.add_row(*map(Text, [*cells, *([state_of(one)] if everything else [])]))
    return table


def _lines(one: ApprovalView) -> Iterator[tuple[str, str]]:
    yield "number", one.reference
    yield "state", state_of(one)
    yield "record", " ".join(part for part in (one.record_name, f"({one.record})") if part)
    yield "what", one.label
    yield "now → proposed", change_of(one, limit=None)
    for choice in one.candidates:
        detail = f", {choice['detail']}" if choice.get("detail") else ""
        yield "choice", f"{choice['type']}/{choice['id']} {choice['name']}{detail}"
    if quoted := _quoted(one, limit=None):
        yield "quote", quoted
    if is_of_chat(one.call_id):
        yield "asked for by", f"{one.requester}, in a conversation"
    else:
        yield "call", " ".join(part for part in (one.call, f"({one.call_id})") if part)
    yield "why", one.reason
    if one.confidence is not None:
        yield "confidence", f"{one.confidence:.0%}"
    yield "who may answer", who(one)
    yield "expires", until(one)


def change_of(one: ApprovalView, limit: int | None = CELL) -> str:
    """What would be changed into what, in words."""
    if one.action == "choose":
        return one.proposed_label or "any deal"
    proposed = one.proposed_label or one.proposed
    change = proposed if one.action == "create" else f"{one.current_label or one.current or 'nothing'} → {proposed}"
    return change if limit is None else shorten(change, limit)


def who(one: ApprovalView) -> str:
    """Who may answer, in words."""
    return ", ".join([*one.approvers, ADMIN])


def until(one: ApprovalView) -> str:
    """Until when there is time."""
    return day(one.expires_at) if one.expires_at else "never"


def state_of(one: ApprovalView) -> str:
    """What became of it, in words."""
    said = one.outcome or ("" if one.status == ApprovalStatus.WAITING else "not carried out yet")
    return f"{one.status}: {said}" if said else one.status


def _quoted(one: ApprovalView, limit: int | None = CELL) -> str:
    if not one.quote:
        return ""
    quote = one.quote if limit is None else shorten(one.quote, limit)
    return f"“{quote}”" + (f" ({one.minute})" if one.minute else "")
