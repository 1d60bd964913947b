"""`sophia analyze --file` has the owner's model read the call too, and does without where there is none."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nodes.call_analysis.reading import NOT_AS_SET_UP, UNANSWERED
from sandbox.model import Asked, ModelServer, Reply
from tests.nodes.judging.talk import found, is_reduce, judgement, outline, shown

CALL = "3351298813304244839"


def coaching(asked: Asked) -> Reply:
    """A model that finds fault with every first sentence, and makes one fault up."""
    if is_reduce(asked):
        return Reply.of(outline())
    true, invented = found("risk", [1], shown(asked)[0]), found("risk", [9999], "They will leave")
    return Reply.of(judgement(true, invented))


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer(coaching) as server:
        yield server


@pytest.fixture
def analyse(alone: Any, world: Path) -> Any:
    """Runs the command over a call, and returns what it printed."""

    def run(*options: str, **environment: str) -> tuple[dict[str, Any], str]:
        file = world / "calls" / f"{CALL}.json"
        told = alone.run("analyze", "--file", str(file), "--json", *options, **environment)
        assert told.returncode == 0, told.stderr
        return json.loads(told.stdout), told.stderr

    return run


def test_the_model_takes_part_and_what_it_invents_is_dropped(analyse: Any, server: ModelServer, tmp_path: Path) -> None:
    analysis, _ = analyse(**server.environment())
    assert (analysis["analyst"], analysis["awaits_model"], analysis["dropped"]) == ("model", False, 1)
    assert analysis["provenance"]["model"] == server.models[0]
    assert [item["candidate"] for item in analysis["items"] if item["analyst"] == "model"] == [True]
    assert "They will leave" not in json.dumps(analysis)
    assert list(tmp_path.iterdir()) == []


def test_a_model_that_is_down_leaves_what_was_found_without_it(analyse: Any, server: ModelServer) -> None:
    server.stop()
    analysis, told = analyse(**server.environment())
    assert (analysis["analyst"], analysis["awaits_model"], analysis["notes"]) == ("extractive", True, [UNANSWERED])
    assert "analysis.without_model" in told
    assert "sophia model check" in told


def test_a_model_that_can_read_no_call_as_it_is_set_up_is_told(analyse: Any, server: ModelServer) -> None:
    analysis, told = analyse(**server.environment() | {"SOPHIA_MODEL_CONTEXT": "1024"})
    assert (analysis["analyst"], analysis["awaits_model"], analysis["notes"]) == ("extractive", False, [NOT_AS_SET_UP])
    assert "SOPHIA_MODEL_CONTEXT" in told
    assert server.asked == []


def test_it_can_be_left_out(analyse: Any, server: ModelServer) -> None:
    alone, _ = analyse()
    without, told = analyse("--no-model", **server.environment())
    assert (without, told) == (alone, "")
    assert server.asked == []


def test_it_cannot_be_left_out_of_the_whole_work(alone: Any) -> None:
    told = alone.run("analyze", "77", "--no-model")
    assert told.returncode == 2
    assert "--no-model is for a file" in told.stderr


def test_without_a_model_nothing_of_one_is_loaded(alone: Any, world: Path) -> None:
    file = world / "calls" / f"{CALL}.json"
    program = (
        f"import sys; sys.argv[1:] = ['analyze', '--file', {str(file)!r}, '--json']; from api.cli import main\n"
        "try: main()\n"
        "except SystemExit: print('\\n'.join(sys.modules))"
    )
    loaded = set(alone.run_python(program).stdout.splitlines())
    assert "nodes.call_analysis.extractive.analyst" in loaded
    assert {"openai", "langchain_core", "sqlalchemy", "httpx", "nodes.call_analysis.judging"} & loaded == set()
