"""The way of a call through Sophia: which step follows which, and how a run is begun or taken up again.

Every step is checkpointed on the thread `call:{id}` before the next begins. After a crash or an outage the same thread
goes on at the step that did not end; the ledger sees to it that what that step had already done is not done twice.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import RunControl

from core.errors import NotFound, Rejected, ServiceError
from graphs.running import Progress, run_steps
from memory.calls import THROUGH, CallStatus
from memory.ledger import EffectStatus
from nodes.call_analysis.steps import analyse, fetch, verify
from nodes.context import Context
from nodes.crm_sync.apply import apply
from nodes.crm_sync.policy import policy
from nodes.crm_sync.propose import propose
from nodes.crm_sync.resolve import resolve
from nodes.follow_up.step import follow_up
from nodes.lead_qualification.step import qualify
from nodes.notification.step import notify
from nodes.remember import remember
from nodes.state import CHECKPOINTED, CallOutcome, CallState

CallWorkflow = CompiledStateGraph[CallState, Context, CallState, CallState]

STEPS: Mapping[str, Callable[..., Any]] = {
    "fetch": fetch,
    "resolve": resolve,
    "analyse": analyse,
    "verify": verify,
    "propose": propose,
    "qualify": qualify,
    "policy": policy,
    "apply": apply,
    "follow_up": follow_up,
    "notify": notify,
    "remember": remember,
}
"""The nodes of the workflow, in the order of a call that has nothing out of the common."""


def build_call_workflow(checkpointer: BaseCheckpointSaver[Any] | None) -> CallWorkflow:
    """The workflow, ready to run on this checkpointer (None for one that is only looked at).

    `fetch` and `verify` name their own ways on; see the types of what they return.
    """
    builder = StateGraph(CallState, context_schema=Context)
    for name, step in STEPS.items():
        builder.add_node(name, step)
    builder.add_edge(START, "fetch")
    builder.add_edge("resolve", "analyse")
    builder.add_edge("analyse", "verify")
    builder.add_edge("propose", "qualify")
    builder.add_edge("qualify", "policy")
    builder.add_edge("policy", "apply")
    builder.add_edge("apply", "follow_up")
    builder.add_edge("follow_up", "notify")
    builder.add_edge("notify", "remember")
    builder.add_edge("remember", END)
    return builder.compile(checkpointer=checkpointer and _admitting(checkpointer))


def thread_of(call_id: str) -> str:
    """The thread that a call's run is checkpointed on."""
    return f"call:{call_id}"


async def run_call(
    graph: CallWorkflow,
    context: Context,
    call_id: str,
    *,
    again: bool = False,
    control: RunControl | None = None,
    progress: Progress | None = None,
) -> CallOutcome:
    """Begins a call, or goes on with it where it stopped; one that was analysed already is left as it is.

    With `again` a call that was analysed is run once more from the beginning, since its analysis was or will be made
    anew: what was written is improved where it differs, and nothing is done twice. A run that was under way is carried
    to its end first. A call that a person took back is left alone. Opening the requests for a person's word that a run
    makes is the caller's, as ever.

    Unavailable and Unauthorized are raised once the call is marked as waiting: the same call goes on from its last
    checkpoint. What a service will refuse again and again (Rejected, NotFound) ends the run as failed. The thread of a
    run that came to its end is deleted, save for a call that waits for its transcript. `control` may ask the run to
    drain, which raises GraphDrained after the step it is at; `progress` is told each step as it begins.
    """
    run = _Run(graph, context, call_id, control, progress)
    if await run.is_unfinished():
        outcome = await run.carry_out(None)
        if not again or outcome.status not in THROUGH:
            return outcome
    done = await _already_done(context, call_id)
    if done is not None and (not again or await _taken_back(context, call_id)):
        return done
    return await run.carry_out(_fresh(call_id))


@dataclass(frozen=True)
class _Run:
    """One call on its thread."""

    graph: CallWorkflow
    context: Context
    call_id: str
    control: RunControl | None
    progress: Progress | None

    @property
    def config(self) -> RunnableConfig:
        return {"configurable": {"thread_id": thread_of(self.call_id)}}

    async def is_unfinished(self) -> bool:
        """Whether a run of the call has stopped between two steps.

        The snapshot's `next` leaves out a step that did its work and was not yet written down as done; `tasks` has it.
        """
        return bool((await self.graph.aget_state(self.config)).tasks)

    async def carry_out(self, begin: CallState | None) -> CallOutcome:
        """Runs the steps from here, None from the last checkpoint, to the end."""
        context, call_id = self.context, self.call_id
        try:
            state = await run_steps(
                self.graph, begin, self.config, context, control=self.control, progress=self.progress
            )
        except (Rejected, NotFound) as error:
            await _mark(context, call_id, CallStatus.FAILED, error)
            return CallOutcome(status=CallStatus.FAILED, reason=str(error))
        except ServiceError as error:
            await _mark(context, call_id, CallStatus.WAITING, error)
            raise
        outcome = CallOutcome.model_validate(state["outcome"])
        await _unmark(context, call_id, outcome)
        if outcome.retry_at is None:
            await _forget(self.graph, call_id)
        return outcome


def _admitting(checkpointer: BaseCheckpointSaver[Any]) -> BaseCheckpointSaver[Any]:
    """The checkpointer that gives back our own few types, and no others, from what it reads."""
    return checkpointer.with_allowlist([(type.__module__, type.__name__) for type in CHECKPOINTED])


async def _forget(graph: CallWorkflow, call_id: str) -> None:
    """Deletes the checkpoints of a run that has ended: all it came to stands in the records by now."""
    if isinstance(graph.checkpointer, BaseCheckpointSaver):
        await graph.checkpointer.adelete_thread(thread_of(call_id))


def _fresh(call_id: str) -> CallState:
    """The state that a run begins with: nothing of an earlier run but when the call was first seen."""
    return {"call_id": call_id, "silence": None, "resolution": None, "changes": (), "outcome": None}


async def _already_done(context: Context, call_id: str) -> CallOutcome | None:
    stored = await context.records.calls.get(call_id)
    if stored is None or stored.status is not CallStatus.ANALYSED:
        return None
    return CallOutcome(status=stored.status, reason=stored.reason)


async def _taken_back(context: Context, call_id: str) -> bool:
    """Whether a person has taken back all that was done for the call in HubSpot."""
    effects = await context.records.ledger.of_call(call_id)
    done = {row.status for row in effects if row.service == "hubspot" and row.undoes is None}
    return EffectStatus.UNDONE in done and EffectStatus.CONFIRMED not in done


async def _unmark(context: Context, call_id: str, outcome: CallOutcome) -> None:
    """Takes back that the call waits where the run went on from behind its last step.

    When that step has done its work and its checkpoint cannot be written, the call is marked; it is not run again then.
    """
    stored = await context.records.calls.get(call_id)
    if stored is not None and stored.status is CallStatus.WAITING and outcome.status is not CallStatus.WAITING:
        await context.records.calls.set_status(call_id, outcome.status, outcome.reason)


async def _mark(context: Context, call_id: str, status: CallStatus, error: ServiceError) -> None:
    """Tells in the call's own row what holds it up; a call that never arrived has no row to tell it in."""
    if await context.records.calls.get(call_id) is not None:
        await context.records.calls.set_status(call_id, status, str(error))
