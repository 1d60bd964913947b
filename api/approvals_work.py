"""What the worker does about approvals: carries answers out, and opens the requests of a call that was worked on."""

from api.attempt import Attempt, Ended, Handler
from api.intake import KIND as CALL
from api.intake import Intake
from graphs.approval_workflow import ApprovalWorkflow, open_approvals_of, run_approval
from memory.inbox import Delivery
from nodes.context import Context


def approval_handler(graph: ApprovalWorkflow, context: Context, intake: Intake) -> Handler:
    """Carries out the answer that the delivery is about; a call that is to be worked on again is queued."""

    async def handle(delivery: Delivery, attempt: Attempt) -> Ended:
        outcome = await run_approval(graph, context, delivery.key, control=attempt)
        approval = await context.records.approvals.get(delivery.key.rpartition(":")[0])
        if approval is not None and approval.action == "choose":
            call = await context.records.inbox.get(CALL, approval.call_id)
            if call is not None:
                await intake.queue(call)
        return Ended(reason=outcome)

    return handle


def then_opening_approvals(handler: Handler, graph: ApprovalWorkflow, context: Context) -> Handler:
    """The handler of calls, which then brings what the call asks of people to where it waits for their answer."""

    async def handle(delivery: Delivery, attempt: Attempt) -> Ended:
        ended = await handler(delivery, attempt)
        await open_approvals_of(graph, context, delivery.key)
        return ended

    return handle
