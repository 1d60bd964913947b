"""The agents and their steps fit the workflow."""

from graphs.call_workflow import STEPS, build_call_workflow
from graphs.registry import AGENTS, agent_of


def test_every_agent_is_listed_under_its_own_name_with_what_it_can_do() -> None:
    own = ("call_analysis", "crm_sync", "lead_qualification", "follow_up", "notification", "slack_interface")
    assert tuple(AGENTS) == own
    assert all(name == agent.name and agent.description and agent.capabilities for name, agent in AGENTS.items())


def test_every_step_an_agent_names_is_one_of_the_workflow_and_no_other_agents() -> None:
    named = [step for agent in AGENTS.values() for step in agent.steps]
    assert len(named) == len(set(named))
    assert set(STEPS) - set(named) == {"remember"}
    assert agent_of("remember") is None


def test_the_workflow_has_the_steps_and_no_others() -> None:
    assert set(build_call_workflow(None).get_graph().nodes) == {"__start__", *STEPS, "__end__"}
