"""Who carries out what a delivery asks for, by the delivery's kind."""

from typing import Final

from api.again import Again
from api.attempt import Attempt, Ended, Handler, Tell
from core.errors import RecordConflict
from graphs.call_workflow import CallWorkflow, run_call
from memory.calls import CallStatus
from memory.inbox import Delivery
from memory.records import Records
from nodes.call_analysis.renewing import renew
from nodes.context import Context
from nodes.state import CallOutcome

NOTHING_NEW: Final = "Gong says nothing new of this call"


def call_handler(graph: CallWorkflow, context: Context) -> Handler:
    """Works on the call whose id is the delivery's key, once more when the delivery asks for that."""

    async def handle(delivery: Delivery, attempt: Attempt) -> Ended:
        asked = Again.model_validate(delivery.payload)
        if asked.fetch and not await _has_news(context, delivery):
            return Ended(reason=NOTHING_NEW)
        again = asked.again or asked.fetch
        run = run_call(graph, context, delivery.key, again=again, control=attempt, progress=attempt.progress)
        return _ended(await run)

    return handle


async def _has_news(context: Context, delivery: Delivery) -> bool:
    """Whether Gong says something else of the call by now; whatever becomes of this try, it is not asked again."""
    news = await renew(context, delivery.key)
    left = Again(again=news).model_dump(mode="json")
    await context.records.repeats.settle_payload(delivery.id, delivery.worker, left)
    return news


def call_teller(records: Records) -> Tell:
    """Says in a call's own row that it waits or failed; one that Gong never gave us has none to say it in."""
    states = {"waiting": CallStatus.WAITING, "parked": CallStatus.FAILED}

    async def tell(delivery: Delivery, result: str, reason: str) -> None:
        try:
            await records.calls.set_status(delivery.key, states[result], reason)
        except RecordConflict:
            return

    return tell


def _ended(outcome: CallOutcome) -> Ended:
    if outcome.retry_at is not None:
        return Ended(reason=outcome.reason, retry_at=outcome.retry_at)
    return Ended(reason=outcome.reason or outcome.status.value, failed=outcome.status is CallStatus.FAILED)
