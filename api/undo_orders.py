"""Orders to take something back: how a door hands one in, how the worker carries it out, and what to tell of it."""

from typing import Any

from api.attempt import Attempt, Ended, Handler
from memory.inbox import Delivery
from memory.records import Records
from nodes.context import Context
from nodes.undo.request import KIND, UndoReport, UndoRequest
from nodes.undo.undoing import report_of, run_undo


def undo_handler(context: Context) -> Handler:
    """Carries out the order that the delivery holds."""

    async def handle(delivery: Delivery, attempt: Attempt) -> Ended:
        attempt.progress("undo")
        report = await run_undo(context, UndoRequest.model_validate(delivery.payload))
        return Ended(reason=report.in_words())

    return handle


async def hand_in(records: Records, order: UndoRequest, source: str) -> Delivery:
    """Stores an order, so that it is carried out whatever happens; `source` is the door it came through."""
    delivery, _ = await records.inbox.accept(KIND, order.id, order.model_dump(mode="json"), source)
    return delivery


async def progress_of(context: Context, delivery: Delivery) -> dict[str, Any]:
    """How far an order is, as JSON: its state, why it waits, and what has come of it by now."""
    report = await report_of(context, UndoRequest.model_validate(delivery.payload))
    return {"order": delivery.key, "status": delivery.status.value, "reason": delivery.reason, **told(report)}


def told(report: UndoReport) -> dict[str, Any]:
    """A report as JSON."""
    return {"said": report.in_words(), **report.model_dump(mode="json")}
