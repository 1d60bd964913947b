"""`sophia agents`: who can be asked, how they fare where they run, and how the last day's tasks ended, in tables."""

import sys
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final, get_args

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from api.agents import AgentShown, AgentsShown, ProcessShown, agents_shown
from api.logs import settings_with_logs
from api.terminal import notices, results
from graphs.registry import installed
from memory.agents import TaskStatus

NONE: Final = "—"
NOBODY: Final = "No process answers questions now; `sophia chat` starts one."
NO_TASKS: Final = "Nobody was asked anything in the last day."


async def show_agents(*, can: str | None, as_json: bool) -> None:
    """The command: prints the agents, or those that can do something."""
    registry = installed()
    shown = await agents_shown(settings_with_logs(), registry, can)
    if as_json:
        sys.stdout.write(shown.model_dump_json(indent=2) + "\n")
        return
    if not shown.agents:
        results().print(Text(f"No agent can “{can}”; `sophia agents` shows what each can do."), soft_wrap=True)
        return
    results().print(Group(*_told(shown)))
    for left_out in shown.left_out:
        said = f"Warning: {left_out.entry_point} of {left_out.source} is left out: {left_out.why}."
        notices().print(Text(said, style="yellow"), soft_wrap=True)


def _told(shown: AgentsShown) -> Iterator[RenderableType]:
    yield _agents(shown.agents)
    yield _processes(shown.processes, shown.at) if shown.processes else Text(NOBODY)
    yield _tasks(shown) if shown.tasks else Text(NO_TASKS)


def _agents(agents: Sequence[AgentShown]) -> Table:
    table = Table("agent", "team", "can", "tools", "from", highlight=False, show_lines=True)
    for agent in agents:
        can = "\n".join(agent.capabilities) + ("" if agent.converses else "\n(takes no part in conversations)")
        table.add_row(*map(Text, (agent.name, agent.team, can, "\n".join(agent.tools) or NONE, agent.source)))
    return table


def _processes(processes: Sequence[ProcessShown], now: datetime) -> Table:
    table = Table(
        *("agent", "process", "load", "waiting", "answered", "success", "latency", "breaker", "heard of"),
        highlight=False,
        title="Where they run",
        title_justify="left",
    )
    for one in processes:
        table.add_row(*map(Text, _process(one, now)), style=None if one.alive else "dim")
    return table


def _process(one: ProcessShown, now: datetime) -> tuple[str, ...]:
    ago = _ago((now - one.heartbeat_at).total_seconds())
    return (
        one.agent,
        _place(one.instance),
        f"{one.load:.0%} of {one.capacity}",
        str(one.waiting),
        f"{one.answered} (and {one.failed} failed)" if one.failed else str(one.answered),
        f"{one.success:.0%}",
        f"{one.latency_ms:.0f} ms",
        one.breaker,
        ago if one.alive else f"dead: last {ago}",
    )


def _place(instance: str) -> str:
    """Machine and process id of the name that a process gave itself (core/identity.py)."""
    parts = instance.split("|")
    return f"{parts[0]} {parts[-2]}" if len(parts) > 2 else instance


def _ago(seconds: float) -> str:
    for unit, length in (("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{seconds / length:.0f} {unit} ago"
    return f"{max(0.0, seconds):.0f} s ago"


def _tasks(shown: AgentsShown) -> Table:
    statuses: tuple[TaskStatus, ...] = get_args(TaskStatus)
    table = Table("agent", *statuses, highlight=False, title="Tasks of the last day", title_justify="left")
    for agent, counts in shown.tasks.items():
        table.add_row(*map(Text, (agent, *(str(counts.get(status, 0)) for status in statuses))))
    return table
