"""docs/agents.md: its example is the package that the tests install, and its figures are those of the code."""

import pytest

from core.settings import Settings
from graphs.dispatch.dispatch import CAPACITY, LONGEST_QUEUE
from graphs.dispatch.health import FAILURES, LONGEST_PAUSE_S, PAUSE_S, SLOW_MS, WEIGHT
from graphs.dispatch.opening import FIRST_S, HEARTBEAT_S
from graphs.picture import AGENTS_PAGE
from memory.agents import ALIVE_FOR
from nodes.chat.limits import TurnLimits
from tests.plugins.packages import COMMISSION

PAGE = AGENTS_PAGE.read_text(encoding="utf-8")
SAID = " ".join(PAGE.split())


@pytest.mark.parametrize("file", ["pyproject.toml", "sophia_commission/__init__.py"])
def test_the_example_is_the_one_that_is_tested(file: str) -> None:
    assert f"\n{(COMMISSION / file).read_text(encoding='utf-8')}```" in PAGE


@pytest.mark.parametrize(
    "words",
    [
        f"up to {CAPACITY} tasks of each at once",
        f"of the {CAPACITY} places",
        f"{FIRST_S:g} seconds after the start and then every {HEARTBEAT_S:g}",
        f"not heard of for {ALIVE_FOR.total_seconds():g} seconds is dead",
        f"latency / {SLOW_MS / 1000:g} s",
        f"After {FAILURES} failures in a row an agent is left alone for {PAUSE_S:g} seconds",
        f"up to {LONGEST_PAUSE_S / 60:g} minutes",
        f"When {LONGEST_QUEUE} wait for one agent",
        f"after {TurnLimits().hops} agents one after the other",
        f"`SOPHIA_KEEP_TASKS_DAYS` ({Settings().keep_tasks_days:g})",
    ],
)
def test_the_figures_are_those_of_the_code(words: str) -> None:
    assert words in SAID


def test_a_running_mean_is_said_as_it_is_reckoned() -> None:
    assert WEIGHT == 1 / 5 and "the newest answer counts a fifth" in SAID
