"""All services are down in the middle of a backfill, for longer than a request is repeated: nobody storms them."""

from pathlib import Path
from typing import get_args

import pytest

from core.retry import RetryPolicy
from sandbox.faults import Fault, Service
from tests.chaos.forks import Forks
from tests.chaos.houses import BACKFILL, Backing, House, When, backfilled, house_of, wait_until
from tests.chaos.standing import Standing, difference
from tests.chaos.tally import Tally
from tests.chaos.worlds import many_calls

CALLS = 8
ORIGINALS = ("3351298813304244839", "203433132784328175")
FIRST_WRITE = "hubspot POST /crm/v3/objects/notes/batch/create"
TRIES = 2
"""The services stay away until every call that is not done was begun so often."""

ABREAST = 2
"""Requests that a call has under way at once, on average at most."""

SERVICES: tuple[Service, ...] = get_args(Service)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return many_calls(tmp_path_factory.mktemp("eight-calls"), CALLS, ORIGINALS)


@pytest.fixture(scope="module")
def undisturbed(forks: Forks, data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Standing, Standing]:
    folder = tmp_path_factory.mktemp("undisturbed")
    with house_of(forks, data, Backing.embedded(folder), folder) as house:
        assert backfilled(house, house.start).wait() == 0
        return house.standing(), house.effects()


def test_services_that_are_down_for_long_are_asked_now_and_then(
    forks: Forks, data: Path, tmp_path: Path, undisturbed: tuple[Standing, Standing], tally: Tally
) -> None:
    with house_of(forks, data, Backing.embedded(tmp_path), tmp_path) as house:
        outage = Outage(house)
        run = house.start(*BACKFILL)
        wait_until(lambda: outage.begun and least_tries(house) >= TRIES, run)
        asked, tries = outage.end(), all_tries(house)
        assert run.wait() == 0, run.said()
        tally.add("services down", "tries", tries)
        tally.add("services down", "requests meanwhile", asked)
        tally.compare("services down", undisturbed[1], house.effects())
        assert difference(undisturbed[0], house.standing()) == ""
    assert asked <= tries * RetryPolicy().attempts * ABREAST


class Outage:
    """Every service answers 500 from the first write on, until the end."""

    def __init__(self, house: House) -> None:
        self.begun = False
        self._house = house
        self._before = 0
        house.watch = self

    def __call__(self, when: When, request: str) -> None:
        if not self.begun and request == FIRST_WRITE and when == "before":
            self.begun, self._before = True, len(self._house.asked)
            for service in SERVICES:
                self._house.server.frame.faults.add(Fault(service=service, kind="server_error", times=None))

    def end(self) -> int:
        """Brings the services back; returns how often they were asked meanwhile."""
        self._house.server.frame.faults.clear()
        return len(self._house.asked) - self._before


def least_tries(house: House) -> int:
    """How often every delivery that is not done was begun at least."""
    return min((row["attempts"] for row in house.records.rows("inbox") if row["status"] != "done"), default=0)


def all_tries(house: House) -> int:
    return sum(row["attempts"] for row in house.records.rows("inbox"))
