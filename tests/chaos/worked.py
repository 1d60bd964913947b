"""A world in which a call was worked on once, and as many houses over copies of it as commands are tried there."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.forks import Forks
from tests.chaos.houses import Backing, House, house_of
from tests.chaos.killing import SIDE_BY_SIDE
from tests.chaos.ways import Way

SERVICES = "services.db"


@dataclass(frozen=True)
class Worked:
    """A call that was worked on: the data of its world, what the services hold by now, and what Sophia does."""

    data: Path
    services: Path
    backing: Backing


def worked_on(forks: Forks, way: Way, data: Path, folder: Path) -> Worked:
    """The world of these data once its calls were worked on, kept in this folder."""
    worked = Worked(data, folder / SERVICES, way.back(SIDE_BY_SIDE, folder))
    with house_of(forks, data, worked.backing, folder, worked.services) as house:
        run = way.work(house, house.start)
        assert run.wait() == 0, run.said()
    return worked


@contextmanager
def copy_of(forks: Forks, way: Way, worked: Worked, place: int, folder: Path) -> Iterator[House]:
    """A house in which the call was worked on, for one command."""
    folder.mkdir()
    shutil.copy(worked.services, folder)
    backing = way.back_like(worked.backing, place, folder)
    with house_of(forks, worked.data, backing, folder, folder / SERVICES) as house:
        yield house
