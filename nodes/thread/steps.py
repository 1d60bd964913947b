"""The steps of a chat thread beside its agents: keep what was said, trim the state, recall what has left it.

In this order after every answer: `keep`, then `trim`. A turn that could not be kept stays in the state until it is.
"""

from collections.abc import Sequence
from typing import Any, Final

import structlog
from langgraph.runtime import Runtime

from core.errors import ServiceError
from memory.checkpoints import Checkpoints
from memory.retention import CHAT_THREAD
from nodes.thread.context import ThreadContext
from nodes.thread.prompting import RecalledTurn
from nodes.thread.state import ThreadState
from nodes.thread.trimming import ended, trimmed, turns_in

RECALLED: Final = 4
"""Older turns that are shown to a model beside a question."""

PRUNED_EVERY: Final = 8
"""Turns between two prunings of a thread's checkpoints: they cost a transaction of their own."""

log = structlog.get_logger(__name__)


async def keep(state: ThreadState, runtime: Runtime[ThreadContext]) -> dict[str, Any]:
    """Puts every turn that has ended into the memory, so that it may leave the state.

    When the memory is away the answer stands all the same: the turns are kept after a later one.
    """
    kept_to = known = state.get("turns", 0)
    for turn in ended(turns_in(state)):
        if turn.number <= known:
            continue
        try:
            await runtime.context.memory.keep(runtime.context.place, turn)
        except ServiceError as error:
            log.warning("thread.not_kept", turn=turn.number, detail=str(error), next_step=error.next_step)
            break
        kept_to = turn.number
    return {"turns": kept_to} if kept_to != known else {}


async def trim(state: ThreadState, runtime: Runtime[ThreadContext]) -> dict[str, Any]:
    """Removes the older turns from the state when there is too much of them, and folds them into the summary."""
    return await trimmed(state, runtime.context.summariser, runtime.context.room)


async def recall_older(
    state: ThreadState, context: ThreadContext, question: str, count: int = RECALLED
) -> Sequence[RecalledTurn]:
    """The older turns that help with a question, those that help most first; none that is still in the state.

    Empty when nothing has left the state yet, or the memory is away: an answer without it is better than none.
    """
    before = state.get("summary_to", 0) + 1
    if before == 1:
        return ()
    try:
        return await context.memory.older(context.place, question, before, count)
    except ServiceError as error:
        log.warning("thread.not_recalled", detail=str(error), next_step=error.next_step)
        return ()


async def prune(checkpoints: Checkpoints, thread_id: str, state: ThreadState) -> bool:
    """After a run: removes the thread's checkpoints but the last, every few turns; returns whether it did.

    So a thread has `PRUNED_EVERY` times the checkpoints of one run at most, however long it is.
    """
    if state.get("turns", 0) % PRUNED_EVERY:
        return False
    await checkpoints.aprune([thread_id])
    return True


def checkpoint_thread(thread: str) -> str:
    """The id under which a thread's state is checkpointed, by which retention and forgetting find it."""
    return f"{CHAT_THREAD}{thread}"
