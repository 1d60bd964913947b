"""Draws the workflows from the graphs themselves, for the README and the pages in docs/ that show one.

`python -m graphs.picture` writes them; a test holds them current.
"""

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from inspect import getdoc
from itertools import permutations
from pathlib import Path
from typing import Any

from langgraph.graph import END, START
from langgraph.graph.state import CompiledStateGraph

from graphs.approval_workflow import STEPS as APPROVAL_STEPS
from graphs.approval_workflow import build_approval_workflow
from graphs.call_workflow import STEPS, build_call_workflow
from graphs.dispatch.dispatch import Dispatch
from graphs.drawing import HANDING_ON, handing_on, ways
from graphs.flat import build_flat
from graphs.registry import AGENTS, Registry, agent_of

ROOT = Path(__file__).parent.parent
README, PAGE = ROOT / "README.md", ROOT / "docs" / "call_workflow.md"
APPROVALS = ROOT / "docs" / "approvals.md"
AGENTS_PAGE = ROOT / "docs" / "agents.md"
BETWEEN = re.compile(r"(<!-- picture: .*? -->\n).*?(<!-- end of picture -->)", re.DOTALL)

WHEN: Mapping[tuple[str, str], str] = {
    ("fetch", END): "transcript late, call private or unknown",
    ("fetch", "analyse"): "internal or empty",
    ("verify", "remember"): "internal or empty",
}
"""What an edge that is not always taken is for."""

APPROVAL_WHEN: Mapping[tuple[str, str], str] = {
    ("check", "ask"): "changed since it was shown",
    ("check", "close"): "rejected, expired, or nothing to write",
    ("carry_out", "check"): "changed at the last moment",
}
"""The same for a request's workflow."""


QUESTION_WHEN: Mapping[tuple[str, str], str] = {("arrive", END): "answered before"}
"""The same for a question's way."""


def mermaid() -> str:
    """The call workflow as Mermaid: every step with its agent, every way on with its reason."""
    boxes = [_box(step) for step in STEPS]
    return _drawn(build_call_workflow(None), list(STEPS), boxes, "a call", WHEN)


def approval_mermaid() -> str:
    """The way of a request for a person's word as Mermaid."""
    boxes = [_box_of(step) for step in APPROVAL_STEPS]
    return _drawn(build_approval_workflow(None), list(APPROVAL_STEPS), boxes, "a request", APPROVAL_WHEN)


def flat_mermaid(network: CompiledStateGraph[Any, Any, Any, Any]) -> str:
    """The network of agents as Mermaid: who may be asked side by side, and who may hand on to whom."""
    nodes, edges = ways(network)
    steps = [name for name in nodes if name not in (START, END)]
    together = handing_on(nodes, edges)
    boxes = [_box_of(step) for step in steps if step not in together]
    framed = [f"    {_box_of(step)}" for step in together]
    among = [f'subgraph Agents["{HANDING_ON}"]', *framed, "end"] if together else []
    return _drawn(network, steps, [*boxes, *among], "a question", QUESTION_WHEN, left_out={*permutations(together, 2)})


def _drawn(
    workflow: CompiledStateGraph[Any, Any, Any, Any],
    steps: Sequence[str],
    boxes: Sequence[str],
    beginning: str,
    when: Mapping[tuple[str, str], str],
    left_out: Container[tuple[str, str]] = (),
) -> str:
    """The graph in Mermaid, without the ways that are told otherwise."""
    nodes = [START, *steps, END]
    drawn = {(edge.source, edge.target) for edge in workflow.get_graph().edges}
    shown = sorted(drawn, key=lambda way: (nodes.index(way[0]), nodes.index(way[1])))
    lines = ["flowchart TD", f"    {_name(START)}([{beginning}])"]
    lines += [f"    {box}" for box in boxes]
    lines += [f"    {_name(END)}([done])", *(_arrow(way, when.get(way)) for way in shown if way not in left_out)]
    return "\n".join(lines) + "\n"


def page() -> str:
    """docs/call_workflow.md: the picture, and what each step does and whose it is."""
    return "\n".join(_page())


def in_readme(readme: str) -> str:
    """The README's text with the picture between its marks."""
    return _between_marks(readme, mermaid())


def in_approvals(text: str) -> str:
    """The text of docs/approvals.md with the picture between its marks."""
    return _between_marks(text, approval_mermaid())


def in_agents(text: str) -> str:
    """The text of docs/agents.md with the network of Sophia's own agents, whatever else is on this machine."""
    own = Registry(AGENTS)
    return _between_marks(text, flat_mermaid(build_flat(own, Dispatch(own), None)))


def _between_marks(text: str, picture: str) -> str:
    return BETWEEN.sub(lambda marks: f"{marks[1]}{_fenced(picture)}{marks[2]}", text)


def main() -> None:
    """Writes the files."""
    README.write_text(in_readme(README.read_text(encoding="utf-8")), encoding="utf-8")
    APPROVALS.write_text(in_approvals(APPROVALS.read_text(encoding="utf-8")), encoding="utf-8")
    AGENTS_PAGE.write_text(in_agents(AGENTS_PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")


def _page() -> Iterator[str]:
    yield "# The way of a call"
    yield "Made by `python -m graphs.picture` from the graph: do not edit.\n"
    yield _fenced(mermaid())
    yield "| step | agent | what it does |\n|---|---|---|"
    for name, step in STEPS.items():
        agent = agent_of(name)
        yield f"| {name} | {agent.name if agent else ''} | {(getdoc(step) or '').splitlines()[0]} |"
    yield "\n| agent | team | what it is for |\n|---|---|---|"
    for agent in AGENTS.values():
        yield f"| {agent.name} | {agent.team} | {agent.description} |"
    yield ""


def _fenced(picture: str) -> str:
    return f"```mermaid\n{picture}```\n"


def _box(step: str) -> str:
    agent = agent_of(step)
    return f'{step}["{step}<br><i>{agent.name if agent else "Sophia"}</i>"]'


def _box_of(step: str) -> str:
    return f'{step}["{step}"]'


def _arrow(way: tuple[str, str], reason: str | None) -> str:
    source, target = way
    return f"    {_name(source)} {f'-. {reason} .->' if reason else '-->'} {_name(target)}"


def _name(node: str) -> str:
    """A node's name in Mermaid, where `end` is a word of the language."""
    return {START: "start_", END: "end_"}.get(node, node)


if __name__ == "__main__":
    main()
