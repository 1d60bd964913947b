"""The process is killed before and after every node and request of an approval and of an undo: one effect all the same.

The call was worked on before; everything starts from a copy of how things stood then. After the kill the person gives
the same command again, and whatever the first one has left is worked off.
"""

import shutil
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.chaos.forks import Forks
from tests.chaos.houses import DYING, Backing, House, house_of
from tests.chaos.killing import SIDE_BY_SIDE, KillPoint, failures, killing_at, node_points, nodes_passed, request_points
from tests.chaos.standing import Standing, difference
from tests.chaos.tally import Tally
from tests.chaos.ways import Way
from tests.chaos.worlds import WHOLE_CALL, few_calls

APPROVE = ("approvals", "approve", "1")
UNDO = ("undo", WHOLE_CALL, "--yes")
SERVICES = "services.db"


@dataclass(frozen=True)
class Worked:
    """A call that was worked on: the data of its world, what the services hold by now, and what Sophia does."""

    data: Path
    services: Path
    backing: Backing


@pytest.fixture(scope="module")
def worked(forks: Forks, way: Way, tmp_path_factory: pytest.TempPathFactory) -> Worked:
    data, folder = few_calls(tmp_path_factory.mktemp("one-call")), tmp_path_factory.mktemp("worked")
    worked = Worked(data, folder / SERVICES, way.back(SIDE_BY_SIDE, folder))
    with house_of(forks, data, worked.backing, folder, worked.services) as house:
        assert way.work(house, house.start).wait() == 0
    return worked


@pytest.mark.parametrize("command", [APPROVE, UNDO], ids=["approve", "undo"])
def test_an_answer_killed_anywhere_has_its_effect_once(
    forks: Forks, way: Way, worked: Worked, tmp_path: Path, tally: Tally, command: tuple[str, ...]
) -> None:
    expected, effects, points = undisturbed(forks, way, worked, tmp_path / "undisturbed", command)

    def attempt(place: int, point: KillPoint) -> str:
        folder = tmp_path / str(points.index(point))
        with copy_of(forks, way, worked, place, folder) as house:
            died = killing_at(house, point)(*command).wait()
            house.watch = None
            if died != -signal.SIGKILL:
                return f"the process was not killed there, it ended with {died}"
            finish(house, way, command)
            tally.add(f"{command[0]} killed on {way.name}", f"{point.when} a {point.kind}")
            tally.compare(f"{command[0]} killed on {way.name}", effects, house.effects())
            return difference(expected, comparable(house))

    wrong = failures(points, attempt)
    assert not wrong, "\n".join(wrong)


def undisturbed(
    forks: Forks, way: Way, worked: Worked, folder: Path, command: tuple[str, ...]
) -> tuple[Standing, Standing, list[KillPoint]]:
    """How things stand after the command, what it did, and what it passed on its way."""
    passed = folder / "passed"
    with copy_of(forks, way, worked, SIDE_BY_SIDE, folder) as house:
        run = house.start(*command, first=DYING, CHAOS_PASSED=str(passed))
        assert run.wait() == 0, run.said()
        nodes = [node for node, _ in nodes_passed(passed)]
        return comparable(house), house.effects(), [*node_points(nodes), *request_points(house.asked)]


@contextmanager
def copy_of(forks: Forks, way: Way, worked: Worked, place: int, folder: Path) -> Iterator[House]:
    """A house in which the call was worked on, for one command."""
    folder.mkdir()
    shutil.copy(worked.services, folder)
    backing = way.back_like(worked.backing, place, folder)
    with house_of(forks, worked.data, backing, folder, folder / SERVICES) as house:
        yield house


def finish(house: House, way: Way, command: tuple[str, ...]) -> None:
    """Gives the command again, which may be refused as done already, and has done what is left."""
    again = house.start(*command)
    assert again.wait() in (0, 1), again.said()
    if house.records.unfinished():
        rest = way.work(house, house.start)
        assert rest.wait() == 0, rest.said()


def comparable(house: House) -> Standing:
    """How things stand, but for how many orders there were: only that none is left."""
    return {**house.standing(), "inbox": Counter(house.records.unfinished())}
