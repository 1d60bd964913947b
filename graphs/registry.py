"""The agents there are, by name. Adding one is a file in nodes/ and a line here."""

from collections.abc import Mapping

from nodes.call_analysis.steps import SPEC as CALL_ANALYSIS
from nodes.crm_sync.apply import SPEC as CRM_SYNC
from nodes.follow_up import SPEC as FOLLOW_UP
from nodes.notification.step import SPEC as NOTIFICATION
from nodes.spec import AgentSpec

AGENTS: Mapping[str, AgentSpec] = {spec.name: spec for spec in (CALL_ANALYSIS, CRM_SYNC, FOLLOW_UP, NOTIFICATION)}


def agent_of(step: str) -> AgentSpec | None:
    """The agent whose step this is, None for a step of the workflow's own."""
    return next((spec for spec in AGENTS.values() if step in spec.steps), None)
