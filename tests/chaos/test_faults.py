"""Every fault of the services, alone and all together, during a backfill: once it ends, things stand as without it.

And nobody storms a service that is in trouble: what a fault costs in requests is counted.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import pytest

from sandbox.faults import Fault, Kind, Service
from tests.chaos.forks import Forks
from tests.chaos.houses import Backing, House, backfilled, house_of
from tests.chaos.standing import Standing, difference
from tests.chaos.tally import Tally
from tests.chaos.worlds import few_calls

CALLS = (
    "3351298813304244839",
    "4774058834931208838",
    "5635261482809588483",
    "8985511615544123761",
    "945901450174836796",
    "586214883701419553",
)
"""Calls about different records: with everything, that nobody can place, of somebody unknown to Slack."""

KINDS: tuple[Kind, ...] = get_args(Kind)
SERVICES: tuple[Service, ...] = get_args(Service)
WRITES = "batch/create|batch/update|chat.postMessage"
TIMES = 3
SECONDS = 300.0
"""What a slow answer takes, or a service asks to be left alone for, of the services' seconds."""

RUNS = 6
"""How often somebody starts the backfill again, at the most, when Gong itself does not let it begin."""

COST = 3
"""Requests that one fault may cost: the same again, a look whether it was done, and what was read just before."""

ASKED_TWICE = 3
"""Requests more, or fewer, as it comes: calls that are worked on at one moment may each look the same person up."""

SIDE_BY_SIDE = 4
"""Backfills under faults mostly wait."""


@dataclass(frozen=True)
class Outcome:
    """What a backfill came to: how things stand, what was done, the requests to each service, the faults met there.

    `runs` is how often it was started, `parked` how many calls wanted a person's word that they be tried again.
    """

    standing: Standing
    effects: Standing
    asked: Counter[str]
    met: Counter[str]
    runs: int
    parked: int


def name_of(kinds: Sequence[Kind]) -> str:
    return kinds[0] if len(kinds) == 1 else "all together"


TOGETHER: tuple[Kind, ...] = KINDS
CASES: tuple[tuple[Kind, ...], ...] = (TOGETHER, *((kind,) for kind in KINDS))
"""All together takes longest, so it begins first."""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return few_calls(tmp_path_factory.mktemp("six-calls"), CALLS)


@pytest.fixture(scope="module")
def undisturbed(forks: Forks, data: Path, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    return outcome(forks, data, tmp_path_factory.mktemp("undisturbed"), ())


@pytest.fixture(scope="module")
def outcomes(
    forks: Forks, data: Path, undisturbed: Outcome, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Future[Outcome]]]:
    """Every case, worked on beside the others."""
    with ThreadPoolExecutor(SIDE_BY_SIDE) as threads:
        yield {
            name_of(kinds): threads.submit(outcome, forks, data, tmp_path_factory.mktemp("faults"), kinds)
            for kinds in CASES
        }


@pytest.mark.parametrize("name", [name_of(kinds) for kinds in reversed(CASES)])
def test_a_fault_costs_a_few_requests_and_nothing_else(
    outcomes: dict[str, Future[Outcome]], undisturbed: Outcome, tally: Tally, name: str
) -> None:
    found = outcomes[name].result()
    about = f"fault {name}"
    tally.add(about, "met", found.met.total())
    tally.add(about, "requests without", undisturbed.asked.total())
    tally.add(about, "with", found.asked.total())
    tally.add(about, "parked", found.parked)
    tally.compare(about, undisturbed.effects, found.effects)
    assert found.met, "no request met the fault"
    assert difference(undisturbed.standing, found.standing) == ""
    for service in SERVICES:
        assert found.asked[service] <= most_requests(undisturbed, found, service), service


def most_requests(undisturbed: Outcome, found: Outcome, service: Service) -> int:
    """What a service may be asked: what each run asks that has nothing to look up, and for each fault its cost."""
    return found.runs * (undisturbed.asked[service] + ASKED_TWICE) + COST * found.met[service]


def outcome(forks: Forks, data: Path, folder: Path, kinds: Sequence[Kind]) -> Outcome:
    """A backfill under these faults, started again until it ends well, and once more when they are over."""
    with house_of(forks, data, Backing.embedded(folder), folder) as house:
        for kind in kinds:
            switch_on(house, kind)
        switched_on = left(house)
        runs = backfill_until_done(house)
        met = switched_on - left(house)
        house.server.frame.faults.clear()
        asked = Counter(request.partition(" ")[0] for request in house.asked)
        parked = house.records.counted("inbox", "status")["status=parked"]
        assert house.start("inbox", "--retry").wait() == 0
        assert backfilled(house, house.start).wait() == 0
        return Outcome(house.standing(), house.effects(), asked, met, runs, parked)


def switch_on(house: House, kind: Kind) -> None:
    """Switches a fault on everywhere, for whatever comes first and for writes."""
    for service in SERVICES:
        for path in (None, WRITES):
            fault = Fault(service=service, kind=kind, path=path, times=TIMES, seconds=SECONDS)
            house.server.frame.faults.add(fault)


def left(house: House) -> Counter[str]:
    """How many more requests the faults are for, by service."""
    counts: Counter[str] = Counter()
    for fault in house.server.frame.faults.active():
        counts[fault.service] += fault.times or 0
    return counts


def backfill_until_done(house: House) -> int:
    """Starts the backfill again for as long as it says that it could not do it; how often that was."""
    for run in range(1, RUNS + 1):
        if backfilled(house, house.start).wait() == 0:
            return run
    raise AssertionError(f"{RUNS} backfills failed, one after the other")
