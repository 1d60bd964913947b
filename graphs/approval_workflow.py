"""The way of a request for a person's word: asked at an interrupt, checked, carried out, closed.

Every step is checkpointed on the thread `approval:{id}`. The truth about a request is its stored row, not the thread:
a thread that is missing is begun anew, and one that lags behind is driven on, so that a run may die anywhere and be
repeated at will. What was sent before a crash the ledger tells.
"""

from collections.abc import Callable, Mapping
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import RunControl
from langgraph.types import Command

from memory.approvals import Answer, Approval, ApprovalStatus
from nodes.approval.asking import ask
from nodes.approval.carrying_out import carry_out
from nodes.approval.checking import check
from nodes.approval.closing import close
from nodes.approval.state import CHECKPOINTED, ApprovalState
from nodes.context import Context

ApprovalWorkflow = CompiledStateGraph[ApprovalState, Context, ApprovalState, ApprovalState]

STEPS: Mapping[str, Callable[..., Any]] = {"ask": ask, "check": check, "carry_out": carry_out, "close": close}
"""The nodes of the workflow in their order."""

GONE = "there is no such request any more"


def build_approval_workflow(checkpointer: BaseCheckpointSaver[Any] | None) -> ApprovalWorkflow:
    """The workflow, ready to run on this checkpointer (None for one that is only looked at).

    `check` and `carry_out` name their own ways on; see the types of what they return.
    """
    builder = StateGraph(ApprovalState, context_schema=Context)
    for name, step in STEPS.items():
        builder.add_node(name, step)
    builder.add_edge(START, "ask")
    builder.add_edge("ask", "check")
    builder.add_edge("close", END)
    return builder.compile(checkpointer=checkpointer and _admitting(checkpointer))


def thread_of(approval_id: str) -> str:
    """The thread that a request waits on."""
    return f"approval:{approval_id}"


async def open_approval(graph: ApprovalWorkflow, context: Context, approval_id: str) -> None:
    """Brings the thread of a waiting request to its interrupt, and stores where that is. Done twice, it does nothing.

    The thread of a request that was withdrawn or has ended is deleted.
    """
    async with context.turns.hold([thread_of(approval_id)]):
        run = _Run(graph, context, approval_id)
        approval = await context.records.approvals.get(approval_id)
        if approval is None or approval.closed_at is not None:
            await run.forget()
        elif approval.status is ApprovalStatus.WAITING and await run.interrupt_id() is None:
            await run.on()
        if approval is not None and approval.status is ApprovalStatus.WAITING:
            await run.remember_interrupt(approval)


async def open_approvals_of(graph: ApprovalWorkflow, context: Context, call_id: str) -> None:
    """Opens the threads of a call's requests that have none yet."""
    for approval in await context.records.approvals.of_call(call_id):
        waits_unopened = approval.status is ApprovalStatus.WAITING and approval.interrupt_id is None
        left_open = approval.status is ApprovalStatus.WITHDRAWN and approval.interrupt_id is not None
        if waits_unopened or left_open:
            await open_approval(graph, context, approval.id)


async def run_approval(graph: ApprovalWorkflow, context: Context, key: str, control: RunControl | None = None) -> str:
    """Carries out the answer that the delivery `{id}:{round}` is about; returns how that ended, in words.

    Errors of the services are raised as they are: the same delivery goes on where it stopped. GraphDrained when
    `control` asked for it.
    """
    approval_id = key.rpartition(":")[0]
    async with context.turns.hold([thread_of(approval_id)]):
        run = _Run(graph, context, approval_id, control)
        while True:
            approval = await context.records.approvals.get(approval_id)
            if approval is None or approval.closed_at is not None:
                await run.forget()
                return approval.outcome or "" if approval else GONE
            if await run.interrupt_id() is None:
                await run.on()
            elif approval.answer is not None:
                await run.answer(approval.answer)
            else:
                await run.remember_interrupt(approval)
                return f"asked again: {approval.reason}"


class _Run:
    """One request's thread, and the ways to drive it on."""

    def __init__(
        self, graph: ApprovalWorkflow, context: Context, approval_id: str, control: RunControl | None = None
    ) -> None:
        self._graph = graph
        self._context = context
        self._approval_id = approval_id
        self._control = control
        self._config: RunnableConfig = {"configurable": {"thread_id": thread_of(approval_id)}}

    async def interrupt_id(self) -> str | None:
        """The interrupt that the thread waits at, None when it is elsewhere or is none."""
        waiting = (await self._graph.aget_state(self._config)).interrupts
        return waiting[0].id if waiting else None

    async def on(self) -> None:
        """Goes on where the thread stopped, or begins it."""
        stopped = bool((await self._graph.aget_state(self._config)).next)
        await self._invoke(None if stopped else ApprovalState(approval_id=self._approval_id))

    async def answer(self, answer: Answer) -> None:
        """Resumes the interrupt with the stored answer."""
        await self._invoke(Command(resume=answer.model_dump(mode="json")))

    async def remember_interrupt(self, approval: Approval) -> None:
        """Stores where the request waits."""
        waits_at = await self.interrupt_id()
        if waits_at is not None and waits_at != approval.interrupt_id:
            await self._context.records.approvals.interrupted(approval.id, thread_of(approval.id), waits_at)

    async def forget(self) -> None:
        """Deletes the thread's checkpoints: all it came to stands in the records."""
        if isinstance(self._graph.checkpointer, BaseCheckpointSaver):
            await self._graph.checkpointer.adelete_thread(thread_of(self._approval_id))

    async def _invoke(self, given: Any) -> None:
        await self._graph.ainvoke(given, self._config, context=self._context, durability="sync", control=self._control)


def _admitting(checkpointer: BaseCheckpointSaver[Any]) -> BaseCheckpointSaver[Any]:
    """The checkpointer that gives back our own few types, and no others, from what it reads."""
    return checkpointer.with_allowlist([(type.__module__, type.__name__) for type in CHECKPOINTED])
