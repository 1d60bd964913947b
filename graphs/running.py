"""A workflow carried out on its thread, step by step: each step is told as it begins, and a drain stops between two."""

from collections.abc import Callable
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import RunControl

from nodes.context import Context

Progress = Callable[[str], None]
"""Told the name of each step as it begins."""


async def run_steps(
    graph: CompiledStateGraph[Any, Context, Any, Any],
    begin: Any,
    config: RunnableConfig,
    context: Context,
    *,
    control: RunControl | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Carries the workflow out from `begin` (None: from its last checkpoint) and returns the state it came to.

    Every step is stored before the next begins. Raises what a step raises, and GraphDrained when `control` was asked to
    drain before the workflow came to its end: the thread goes on from there.
    """
    state: dict[str, Any] = {}
    steps: Any = graph.astream(
        begin, config, context=context, durability="sync", control=control, stream_mode=["tasks", "values"]
    )
    async for mode, event in steps:
        if mode == "values":
            state = event
        elif progress is not None and "triggers" in event:  # a task that begins; one that ended has a result instead
            progress(event["name"])
    return state
