"""What an agent is to the rest of the house: its name, its team, what it can do, and its steps in the call workflow."""

from dataclasses import dataclass
from typing import Literal

Team = Literal["sales", "marketing", "operations"]


@dataclass(frozen=True)
class AgentSpec:
    """An agent as graphs/registry.py lists it. `steps` are the names of its nodes in the call workflow, in order."""

    name: str
    team: Team
    description: str
    capabilities: tuple[str, ...]
    steps: tuple[str, ...] = ()
