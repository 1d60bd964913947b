"""Draws the call workflow from the graph itself, for the README and docs/call_workflow.md.

`python -m graphs.picture` writes both; a test holds them current.
"""

import re
from collections.abc import Iterator, Mapping
from inspect import getdoc
from pathlib import Path

from langgraph.graph import END, START

from graphs.call_workflow import STEPS, build_call_workflow
from graphs.registry import AGENTS, agent_of

ROOT = Path(__file__).parent.parent
README, PAGE = ROOT / "README.md", ROOT / "docs" / "call_workflow.md"
BETWEEN = re.compile(r"(<!-- picture: .*? -->\n).*?(<!-- end of picture -->)", re.DOTALL)

WHEN: Mapping[tuple[str, str], str] = {
    ("fetch", END): "transcript late, call private or unknown",
    ("fetch", "analyse"): "internal or empty",
    ("verify", "remember"): "internal or empty",
}
"""What an edge that is not always taken is for."""


def mermaid() -> str:
    """The workflow as Mermaid: every step with its agent, every way on with its reason."""
    nodes = [START, *STEPS, END]
    drawn = {(edge.source, edge.target) for edge in build_call_workflow(None).get_graph().edges}
    ways = sorted(drawn, key=lambda way: (nodes.index(way[0]), nodes.index(way[1])))
    lines = ["flowchart TD", f"    {_name(START)}([a call])"]
    lines += [f"    {_box(step)}" for step in STEPS]
    lines += [f"    {_name(END)}([done])", *(_arrow(source, target) for source, target in ways)]
    return "\n".join(lines) + "\n"


def page() -> str:
    """docs/call_workflow.md: the picture, and what each step does and whose it is."""
    return "\n".join(_page())


def in_readme(readme: str) -> str:
    """The README's text with the picture between its marks."""
    return BETWEEN.sub(lambda marks: f"{marks[1]}{_fenced()}{marks[2]}", readme)


def main() -> None:
    """Writes both files."""
    README.write_text(in_readme(README.read_text(encoding="utf-8")), encoding="utf-8")
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")


def _page() -> Iterator[str]:
    yield "# The way of a call"
    yield "Made by `python -m graphs.picture` from the graph: do not edit.\n"
    yield _fenced()
    yield "| step | agent | what it does |\n|---|---|---|"
    for name, step in STEPS.items():
        agent = agent_of(name)
        yield f"| {name} | {agent.name if agent else ''} | {(getdoc(step) or '').splitlines()[0]} |"
    yield "\n| agent | team | what it is for |\n|---|---|---|"
    for agent in AGENTS.values():
        yield f"| {agent.name} | {agent.team} | {agent.description} |"
    yield ""


def _fenced() -> str:
    return f"```mermaid\n{mermaid()}```\n"


def _box(step: str) -> str:
    agent = agent_of(step)
    return f'{step}["{step}<br><i>{agent.name if agent else "Sophia"}</i>"]'


def _arrow(source: str, target: str) -> str:
    reason = WHEN.get((source, target))
    return f"    {_name(source)} {f'-. {reason} .->' if reason else '-->'} {_name(target)}"


def _name(node: str) -> str:
    """A node's name in Mermaid, where `end` is a word of the language."""
    return {START: "start_", END: "end_"}.get(node, node)


if __name__ == "__main__":
    main()
