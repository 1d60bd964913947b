"""The agents there are, by name: Sophia's own, and those that other packages add by the entry point `sophia.agents`.

Adding one of our own is a file in nodes/ and a line here; what another package must bring stands in docs/agents.md.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points
from typing import Final

from graphs.plugins import GROUP, LeftOut, added_by
from nodes.call_analysis.agent import SPEC as CALL_ANALYSIS
from nodes.crm_sync.agent import SPEC as CRM_SYNC
from nodes.follow_up.agent import SPEC as FOLLOW_UP
from nodes.lead_qualification.agent import SPEC as LEAD_QUALIFICATION
from nodes.notification.agent import SPEC as NOTIFICATION
from nodes.slack_interface.agent import SPEC as SLACK_INTERFACE
from nodes.spec import AgentSpec

AGENTS: Mapping[str, AgentSpec] = {
    spec.name: spec for spec in (CALL_ANALYSIS, CRM_SYNC, LEAD_QUALIFICATION, FOLLOW_UP, NOTIFICATION, SLACK_INTERFACE)
}
"""Sophia's own."""

WORD: Final = re.compile(r"\w+")

OWN: Final = "Sophia"
"""Where her own agents are from."""


@dataclass(frozen=True)
class Registry:
    """The agents that may be asked, in a fixed order: Sophia's own first.

    `sources` says of those of other packages which package it is; `left_out` are entry points that brought no agent.
    """

    agents: Mapping[str, AgentSpec]
    sources: Mapping[str, str] = field(default_factory=dict)
    left_out: tuple[LeftOut, ...] = ()

    def named(self, name: str) -> AgentSpec | None:
        """The agent of this name."""
        return self.agents.get(name)

    def capable(self, capability: str) -> tuple[AgentSpec, ...]:
        """The agents that can do this, by the words of their capabilities, case aside."""
        wanted = capability.strip().casefold()
        return tuple(
            spec for spec in self.agents.values() if any(wanted == each.casefold() for each in spec.capabilities)
        )

    def found(self, name_or_capability: str) -> tuple[AgentSpec, ...]:
        """The agent of this name, else those that can do this."""
        named = self.named(name_or_capability)
        return (named,) if named else self.capable(name_or_capability)

    def called_for(self, words: str) -> str | None:
        """The agent of another package of which a capability stands in these words; the longest one counts."""
        said = f" {_plain(words)} "
        found = [
            (len(capability), name)
            for name in self.sources
            for capability in map(_plain, self.agents[name].capabilities)
            if self.agents[name].chat is not None and capability and f" {capability} " in said
        ]
        return max(found)[1] if found else None

    def trusted_with(self, kind: str, agents: Iterable[AgentSpec]) -> list[AgentSpec]:
        """Those of the agents that may have a request of this kind: what changes something is for Sophia's own only."""
        return [spec for spec in agents if kind != "action" or spec.name not in self.sources]

    def source(self, name: str) -> str:
        """Where the agent of this name is from."""
        return self.sources.get(name, OWN)

    def conversing(self) -> tuple[AgentSpec, ...]:
        """The agents that have a chat node."""
        return tuple(spec for spec in self.agents.values() if spec.chat is not None)


@lru_cache(maxsize=1)
def installed() -> Registry:
    """Sophia's own agents and those of the packages that are installed beside her."""
    return registry_of(entry_points(group=GROUP))


def registry_of(points: Iterable[EntryPoint]) -> Registry:
    """Sophia's own agents and those that these entry points name."""
    agents, sources, left_out = dict(AGENTS), dict[str, str](), list[LeftOut]()
    for point in sorted(points, key=lambda each: (each.name, each.value)):
        found = added_by(point, taken=agents)
        if isinstance(found, LeftOut):
            left_out.append(found)
            continue
        agents[found.spec.name], sources[found.spec.name] = found.spec, found.source
    return Registry(agents, sources, tuple(left_out))


def _plain(text: str) -> str:
    """The words of a text, case and punctuation aside."""
    return " ".join(WORD.findall(text.casefold()))


def agent_of(step: str) -> AgentSpec | None:
    """The agent whose step this is, None for a step of the workflow's own."""
    return next((spec for spec in AGENTS.values() if step in spec.steps), None)
