"""`sophia undo`: takes back what was done for a call, or one effect, and says what came of each."""

import asyncio
import json
import sys
from typing import TYPE_CHECKING, Any

import typer
from rich.table import Table
from rich.text import Text

from api.logs import settings_with_logs
from api.terminal import FAILED, BadInput, notices, results
from api.undo_orders import hand_in, progress_of, told
from core.errors import Unavailable
from core.people import TERMINAL
from memory.inbox import Delivery, DeliveryStatus
from nodes.showing import shorten
from nodes.undo.ordering import is_call, order_of
from nodes.undo.request import UndoItem, UndoReport, UndoRequest
from nodes.undo.undoing import preview_undo, report_of

if TYPE_CHECKING:
    from api.wiring import Services

SOURCE = "undo"
WIDTH = 200
"""Letters of a cell; `--json` has all of them."""
OUTCOMES = {"undone": "taken back", "left": "left as it is", "stays": "stays", "waits": "not yet"}
FORESEEN = OUTCOMES | {"undone": "will be taken back"}


async def undo(target: str, *, dry_run: bool, yes: bool, as_json: bool) -> int:
    """The command: shows what would be taken back, asks, and has it done; 1 when something was left or must wait.

    An order that cannot be carried out now is stored: `sophia serve`, or the same command again, goes on with it.
    """
    from api.wiring import open_services

    async with open_services(settings_with_logs()) as services:
        named = {"call_id": target} if await is_call(services.records, target) else {"effect_key": target}
        order = await order_of(services.context, TERMINAL, **named)
        if not dry_run and not order.keys and order.call_id is not None:
            notices().print(f"Nothing stands of what was done for call {order.call_id}.", markup=False)
        if dry_run:
            return _show_preview(await preview_undo(services.context, order), as_json=as_json)
        if not yes and not await _agreed(services, order):
            notices().print("Nothing was changed.")
            return FAILED
        return await _carry_out(services, order, as_json=as_json)


def _show_preview(report: UndoReport, *, as_json: bool) -> int:
    if as_json:
        _write({"dry_run": True, **told(report)})
    else:
        results().print(_table(report.items, FORESEEN))
        results().print(f"Dry run, nothing was changed. It would be: {report.in_words()}.", markup=False)
    return 0


async def _agreed(services: "Services", order: UndoRequest) -> bool:
    """Shows what would come of the order and asks for a yes; raises BadInput where nobody can be asked."""
    if not sys.stdin.isatty():
        raise BadInput("nobody is here to say yes", next_step="Look with --dry-run, then give --yes.")
    try:
        report = await preview_undo(services.context, order)
    except Unavailable as error:
        notices().print(f"What would come of it cannot be seen now: {error}", markup=False)
    else:
        notices().print(_table(report.items, FORESEEN))
    return await asyncio.to_thread(typer.confirm, "Take this back?", err=True)


async def _carry_out(services: "Services", order: UndoRequest, *, as_json: bool) -> int:
    delivery = await hand_in(services.records, order, SOURCE)
    await services.intake.queue(delivery)
    await services.jobs.run_until_idle()
    delivery = await services.records.inbox.get(delivery.kind, delivery.key) or delivery
    report = await report_of(services.context, UndoRequest.model_validate(delivery.payload))
    if as_json:
        _write(await progress_of(services.context, delivery))
    else:
        results().print(_table(report.items, OUTCOMES))
        results().print(f"{report.in_words()}.", markup=False)
    if delivery.status is not DeliveryStatus.DONE:
        notices().print(_what_now(delivery), markup=False, soft_wrap=True)
        return FAILED
    return FAILED if report.of("left") else 0


def _what_now(delivery: Delivery) -> str:
    if delivery.status is DeliveryStatus.RUNNING:
        return "Another process is at it: `sophia inbox` shows how far it is."
    if delivery.status is DeliveryStatus.PARKED:
        return f"Given up: {delivery.reason}. `sophia inbox --retry` tries it again."
    return (
        f"{delivery.reason}. The order is kept: `sophia serve` tries it again, or `sophia inbox --retry` makes it due."
    )


def _table(items: tuple[UndoItem, ...], outcomes: dict[str, str]) -> Table | Text:
    if not items:
        return Text("There is nothing to take back.")
    table = Table("effect", "what", "", "", highlight=False)
    for item in items:
        cells = (item.key[:8], shorten(item.what, WIDTH), outcomes[item.outcome], shorten(item.words, WIDTH))
        table.add_row(*map(Text, cells))
    return table


def _write(value: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False) + "\n")
