"""Who carries out what a delivery asks for, by the delivery's kind."""

from api.attempt import Attempt, Ended, Handler, Tell
from core.errors import RecordConflict
from graphs.call_workflow import CallWorkflow, run_call
from memory.calls import CallStatus
from memory.inbox import Delivery
from memory.records import Records
from nodes.context import Context
from nodes.state import CallOutcome


def call_handler(graph: CallWorkflow, context: Context) -> Handler:
    """Works on the call whose id is the delivery's key."""

    async def handle(delivery: Delivery, attempt: Attempt) -> Ended:
        return _ended(await run_call(graph, context, delivery.key, control=attempt, progress=attempt.progress))

    return handle


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
