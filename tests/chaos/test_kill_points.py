"""The process is killed before and after every node and every outside request; the next run ends as if nothing were.

Which points there are is learnt from an undisturbed run. Both ways of running Sophia are held to it: a backfill on
SQLite, and `sophia serve` on PostgreSQL and Redis, which is told of the call by webhook.
"""

import signal
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from tests.chaos.forks import Forks
from tests.chaos.houses import DYING, house_of
from tests.chaos.killing import SIDE_BY_SIDE, KillPoint, failures, killing_at, node_points, nodes_passed, request_points
from tests.chaos.standing import Standing, difference
from tests.chaos.tally import Tally
from tests.chaos.ways import Way
from tests.chaos.worlds import few_calls

WRITES = {
    "hubspot POST /crm/v3/objects/notes/batch/create",
    "hubspot POST /crm/v3/objects/tasks/batch/create",
    "hubspot POST /crm/v3/objects/contacts/batch/update",
    "hubspot POST /crm/v3/objects/deals/batch/update",
    "slack POST /chat.postMessage",
}
"""Some of the requests that change something: the moment after them must be among the points."""


@dataclass(frozen=True)
class Undisturbed:
    """What a run does that nobody kills: how things stand afterwards, and what it passed on its way."""

    standing: Standing
    effects: Standing
    points: dict[str, list[KillPoint]]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return few_calls(tmp_path_factory.mktemp("one-call"))


@pytest.fixture(scope="module")
def undisturbed(forks: Forks, data: Path, way: Way, tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    folder = tmp_path_factory.mktemp("undisturbed")
    passed = folder / "passed"
    with house_of(forks, data, way.back(SIDE_BY_SIDE, folder), folder) as house:
        run = way.work(house, partial(house.start, first=DYING, CHAOS_PASSED=str(passed)))
        assert run.wait() == 0, run.said()
        nodes = [node for node, _ in nodes_passed(passed)]
        points = {"request": request_points(house.asked), "node": node_points(nodes)}
        return Undisturbed(house.standing(), house.effects(), points)


def test_an_undisturbed_call_leaves_everything_a_call_can(undisturbed: Undisturbed) -> None:
    for kind in ("notes", "tasks", "messages", "approvals"):
        assert undisturbed.standing[kind], kind
    assert {line.rpartition("=")[2] for line in undisturbed.standing["ledger"]} == {"confirmed"}
    assert set(undisturbed.standing["inbox"]) == {"kind=call status=done"}
    assert {point.name for point in undisturbed.points["node"]} >= {"fetch", "apply", "follow_up", "notify", "remember"}
    assert {point.name for point in undisturbed.points["request"] if point.when == "after"} >= WRITES


@pytest.mark.parametrize("kind", ["node", "request"])
def test_a_sophia_killed_anywhere_does_everything_once(
    forks: Forks, data: Path, tmp_path: Path, way: Way, undisturbed: Undisturbed, tally: Tally, kind: str
) -> None:
    points = undisturbed.points[kind]

    def attempt(place: int, point: KillPoint) -> str:
        folder = tmp_path / str(points.index(point))
        folder.mkdir()
        with house_of(forks, data, way.back(place, folder), folder) as house:
            died = way.work(house, killing_at(house, point)).wait()
            house.watch = None
            if died != -signal.SIGKILL:
                return f"the process was not killed there, it ended with {died}"
            run = way.work(house, house.start)
            if run.wait() != 0:
                return f"the next run ended with {run.wait()}: {run.said()}"
            tally.add(f"killed on {way.name}", f"{point.when} a {kind}")
            tally.compare(f"killed on {way.name}", undisturbed.effects, house.effects())
            return difference(undisturbed.standing, house.standing())

    wrong = failures(points, attempt)
    assert not wrong, "\n".join(wrong)
