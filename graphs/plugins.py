"""Agents that other packages bring: what their entry points name, and what is left out, with the reason.

An entry point of the group `sophia.agents` names an AgentSpec. One that cannot be used is left out with a warning: no
package keeps Sophia from starting, and none takes the place of one of her own agents.
"""

import re
from collections.abc import Container
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any, Final

import structlog

import nodes
from nodes.chat.state import ChatState
from nodes.spec import AgentSpec

GROUP: Final = "sophia.agents"
"""The entry point group by which another package adds an agent."""

NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
"""What an agent may be called: its name is a node of the graph, a label of metrics, and what a person reads."""

STEPS: Final = ("arrive", "understand", "recall", "orchestrate", "compose", "remember")
RESERVED: Final = frozenset({*STEPS, *ChatState.__annotations__})
"""Steps and channels of the graph, which no node of an agent may be called like."""

PROMPTS: Final = Path(nodes.__file__).parent / "prompts"

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Added:
    """An agent of another package. `source` is the package with its version."""

    spec: AgentSpec
    source: str


@dataclass(frozen=True)
class LeftOut:
    """An entry point that brought no agent, and why."""

    entry_point: str
    source: str
    why: str


def added_by(point: EntryPoint, taken: Container[str]) -> Added | LeftOut:
    """The agent that an entry point names, unless it cannot be used; `taken` are the names that others have."""
    source = _source(point)
    why: str | None
    try:
        spec = point.load()
    except (Exception, SystemExit) as error:  # whatever a package of others may raise while it is imported
        why = f"it cannot be loaded: {type(error).__name__}: {error}".splitlines()[0]
    else:
        why = _fault(spec, taken)
        if why is None:
            return Added(spec, source)
    log.warning("agent.left_out", entry_point=point.value, source=source, why=why)
    return LeftOut(point.value, source, why)


def _source(point: EntryPoint) -> str:
    """The package that brings the entry point, by what pip wrote down of it."""
    module = point.value.partition(":")[0]
    try:
        return f"{point.dist.name} {point.dist.version}" if point.dist and point.dist.name else module
    except Exception:  # a package whose own description is damaged
        return module


def _fault(spec: Any, taken: Container[str]) -> str | None:
    """What is wrong with what an entry point names, None when nothing is."""
    if not isinstance(spec, AgentSpec):
        return f"it names a {type(spec).__name__}, no AgentSpec"
    if not isinstance(spec.name, str) or not NAME.fullmatch(spec.name):
        return "its name is not made of small letters, digits and underscores"
    if spec.name in RESERVED:
        return f"the name {spec.name} is one of Sophia's own graph"
    if spec.name in taken:
        return f"the name {spec.name} is taken"
    return _fault_within(spec)


def _fault_within(spec: AgentSpec) -> str | None:
    if not (_are_words(spec.capabilities) and _are_words(spec.tools)):
        return "its capabilities and tools are not tuples of words"
    if spec.chat is not None and not callable(spec.chat):
        return "its chat node cannot be called"
    if spec.prompt is not None and not (PROMPTS / spec.prompt).is_file():
        return "there is no file of its prompt"
    return None


def _are_words(value: Any) -> bool:
    return isinstance(value, tuple) and all(isinstance(word, str) and word.strip() for word in value)
