"""The commands that the README names exist and say what they do."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
TARGETS = {"help", "demo", "test", "check", "serve", "bench", "eval", "chaos"}


def described() -> set[str]:
    return set(re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(), re.M))


def test_every_command_of_the_house_is_there_with_a_description() -> None:
    assert TARGETS - described() == set()


def test_the_readme_names_only_commands_that_exist() -> None:
    named = set(re.findall(r"`?make ([a-z]+)", (ROOT / "README.md").read_text()))
    assert named
    assert named - described() == set()


def test_ci_runs_the_command_that_the_readme_names() -> None:
    assert "make test" in (ROOT / "README.md").read_text()
    assert "make test" in (ROOT / ".ci" / "run").read_text()
