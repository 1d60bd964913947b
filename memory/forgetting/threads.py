"""Checkpoints that hold what is to be forgotten: whole threads are deleted, and a run that goes on begins anew."""

from collections.abc import Iterable
from typing import Any

from memory.checkpoints import Checkpoints
from memory.forgetting.order import Order
from memory.forgetting.traces import Traces
from memory.retention import APPROVAL_THREAD, CALL_THREAD, CHAT_THREAD


async def forget_threads(checkpoints: Checkpoints, order: Order) -> int:
    """Deletes the threads of an order, and every other one whose state names the person; returns how many."""
    there = await threads_of(checkpoints, order)
    for thread in sorted(there):
        await checkpoints.adelete_thread(thread)
    return len(there)


async def threads_of(checkpoints: Checkpoints, order: Order) -> set[str]:
    """Those threads of an order that there are, and the others that name the person."""
    own = {
        *(f"{CALL_THREAD}{id}" for id in order.calls),
        *(f"{APPROVAL_THREAD}{id}" for id in order.approvals),
        *(f"{prefix}{id}" for id in order.threads for prefix in (CHAT_THREAD, "")),
    }
    found: set[str] = set()
    if order.traces == Traces() and not own:
        return found
    async for kept in checkpoints.alist(None):
        thread = str(kept.config["configurable"]["thread_id"])
        if thread in found:
            continue
        state = (kept.checkpoint["channel_values"], kept.pending_writes)
        if thread in own or order.traces.are_in(repr(state)):
            found.add(thread)
    return found


async def states_of(checkpoints: Checkpoints, threads: Iterable[str]) -> dict[str, Any]:
    """The last state of each of these threads that there is, as it reads."""
    found: dict[str, Any] = {}
    for thread in threads:
        last = await checkpoints.aget_tuple({"configurable": {"thread_id": thread, "checkpoint_ns": ""}})
        if last is not None:
            values = last.checkpoint["channel_values"]
            found[thread] = {name: repr(value) for name, value in values.items() if not name.startswith("__")}
    return found
