"""Runs in a process before its command: has it write down the nodes it goes through, and kill itself at one of them.

`CHAOS_PASSED` names the file that takes a line for every node entered; `CHAOS_DIE` is `before:NODE` or `after:NODE`.
After a node means once it is left, before its result is checkpointed. The product knows nothing of this: the
functions are wrapped on their way into whatever graph is built.
"""

import functools
import os
import signal
from collections.abc import Callable
from typing import Any

from langgraph.graph import StateGraph

_add_node: Callable[..., Any] = StateGraph.add_node


def add_node(graph: Any, name: Any, step: Any = None, **options: Any) -> Any:
    """StateGraph.add_node with the step wrapped."""
    return _add_node(graph, name, watched(name, step) if callable(step) else step, **options)


def watched(name: str, step: Callable[..., Any]) -> Callable[..., Any]:
    """The step, told of and died around."""

    @functools.wraps(step)
    async def stepping(state: Any, *given: Any, **named: Any) -> Any:
        passed(name, state)
        die_at("before", name)
        try:
            return await step(state, *given, **named)
        finally:  # a node that waits for a person is left by an exception
            die_at("after", name)

    return stepping


def passed(name: str, state: Any) -> None:
    """One whole line, appended at once: several processes write the same file."""
    if path := os.environ.get("CHAOS_PASSED"):
        about = state.get("call_id") or state.get("approval_id") or ""
        with open(path, "a") as file:  # noqa: PTH123 - as plain as it gets
            file.write(f"{name} {about}\n")


def die_at(when: str, name: str) -> None:
    if os.environ.get("CHAOS_DIE") == f"{when}:{name}":
        os.kill(os.getpid(), signal.SIGKILL)


StateGraph.add_node = add_node  # type: ignore[method-assign, assignment]
