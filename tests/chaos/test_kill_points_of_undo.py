"""The process is killed before and after every request of an undo: one effect all the same.

The call was worked on before; everything starts from a copy of how things stood then. After the kill the person gives
the same command again, and whatever the first one has left is worked off.
"""

import signal
from collections import Counter
from pathlib import Path

import pytest

from tests.chaos.forks import Forks
from tests.chaos.houses import House
from tests.chaos.killing import SIDE_BY_SIDE, KillPoint, failures, killing_at, request_points
from tests.chaos.standing import Standing, difference
from tests.chaos.tally import Tally
from tests.chaos.ways import Way
from tests.chaos.worked import Worked, copy_of, worked_on
from tests.chaos.worlds import WHOLE_CALL, few_calls

UNDO = ("undo", WHOLE_CALL, "--yes")


@pytest.fixture(scope="module")
def worked(forks: Forks, way: Way, tmp_path_factory: pytest.TempPathFactory) -> Worked:
    data, folder = few_calls(tmp_path_factory.mktemp("one-call")), tmp_path_factory.mktemp("worked")
    return worked_on(forks, way, data, folder)


def test_an_undo_killed_anywhere_has_its_effect_once(
    forks: Forks, way: Way, worked: Worked, tmp_path: Path, tally: Tally
) -> None:
    expected, effects, points = undisturbed(forks, way, worked, tmp_path / "undisturbed")

    def attempt(place: int, point: KillPoint) -> str:
        folder = tmp_path / str(points.index(point))
        with copy_of(forks, way, worked, place, folder) as house:
            died = killing_at(house, point)(*UNDO).wait()
            house.watch = None
            if died != -signal.SIGKILL:
                return f"the process was not killed there, it ended with {died}"
            finish(house, way)
            tally.add(f"undo killed on {way.name}", f"{point.when} a {point.kind}")
            tally.compare(f"undo killed on {way.name}", effects, house.effects())
            return difference(expected, comparable(house))

    wrong = failures(points, attempt)
    assert not wrong, "\n".join(wrong)


def undisturbed(forks: Forks, way: Way, worked: Worked, folder: Path) -> tuple[Standing, Standing, list[KillPoint]]:
    """How things stand after the command, what it did, and the requests it made."""
    with copy_of(forks, way, worked, SIDE_BY_SIDE, folder) as house:
        run = house.start(*UNDO)
        assert run.wait() == 0, run.said()
        return comparable(house), house.effects(), request_points(house.asked)


def finish(house: House, way: Way) -> None:
    """Gives the command again, which may be refused as done already, and has done what is left."""
    again = house.start(*UNDO)
    assert again.wait() in (0, 1), again.said()
    if house.records.unfinished():
        rest = way.work(house, house.start)
        assert rest.wait() == 0, rest.said()


def comparable(house: House) -> Standing:
    """How things stand, but for how many orders there were: only that none is left."""
    return {**house.standing(), "inbox": Counter(house.records.unfinished())}
