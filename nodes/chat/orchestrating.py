"""Who is asked: for each request the best agent that can answer it now, or several side by side."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from nodes.chat.shape import AgentReply, AgentTask
from nodes.understanding.shape import Request, Understood

HOME: Final = "slack_interface"
"""The agent that answers what is nobody else's: greetings, help, and what Sophia does not do."""

BRIEFING: Final = re.compile(
    r"\b(brief(ing)?|prep(are)?|get me ready|what'?s (new|going on|happening|the story|the status)|catch me up|"
    r"bring me up to (speed|date)|where (do|are) we (stand|at)|status of|everything (about|on|you know)|rundown|"
    r"overview)\b",
    re.IGNORECASE,
)
BRIEFED_BY: Final = ("crm_sync", "call_analysis", "follow_up")
"""Who tells of a record together: what HubSpot holds, what was said, and what is to be done."""

Names = Mapping[str, object]
"""The agents there are, by name."""

CalledFor = Callable[[str], str | None]
"""The agent of another package whose capability stands in these words: what is understood knows only Sophia's own."""


def tasks_of(understood: Understood, agents: Names, called_for: CalledFor) -> Iterator[tuple[str, AgentTask]]:
    """The agents to ask, each with its task; a request that no agent is left for goes to the home agent."""
    for number, request in enumerate(understood.requests):
        for name in asked(request, agents, called_for):
            yield name, AgentTask(request, number)


def asked(request: Request, agents: Names, called_for: CalledFor = lambda words: None) -> Sequence[str]:
    """The names of the agents for one request: usually one. What changes something goes to Sophia's own only."""
    if request.kind != "action" and (called := called_for(request.text)):
        return (called,)
    if request.kind in ("chat", "out_of_scope", "unclear"):
        return (HOME,)
    if is_briefing(request):
        together = [name for name in BRIEFED_BY if name in agents]
        if together:
            return together
    there = [name for name in request.agents if name in agents]
    return (there[0] if there else HOME,)


def is_briefing(request: Request) -> bool:
    """Whether somebody wants to know all about one record, which no single agent knows."""
    of_record = any(named.type in ("deals", "companies", "contacts") for named in request.named)
    return request.kind == "agent" and of_record and BRIEFING.search(request.text) is not None


def handed_on(reply: AgentReply, task: AgentTask) -> AgentTask:
    """The task as the next agent gets it."""
    return replace(task, passed_by=(*task.passed_by, reply.agent))
