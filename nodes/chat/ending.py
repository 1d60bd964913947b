"""The last node of a turn: it is kept in memory, and what has become too much leaves the thread."""

from typing import Any, cast

from langgraph.runtime import Runtime

from nodes.chat.context import ChatContext
from nodes.chat.state import ChatState
from nodes.thread.context import ThreadContext
from nodes.thread.state import ThreadState
from nodes.thread.steps import keep, trim


async def remember(state: ChatState, runtime: Runtime[ChatContext]) -> dict[str, Any]:
    """Keeps the turn, then trims the thread; an answer that could not be kept stands all the same."""
    thread = cast("Runtime[ThreadContext]", runtime.override(context=cast("Any", runtime.context.thread)))
    kept = await keep(state, thread)
    after = cast("ThreadState", {**state, **kept})
    return {**kept, **await trim(after, thread)}
