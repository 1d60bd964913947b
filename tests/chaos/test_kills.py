"""A backfill of the whole bundled world, killed again and again while services fail, does what an undisturbed one does.

Many calls are under way at each kill, several of them about the same records.
"""

import signal
from pathlib import Path

import pytest

from sandbox.faults import Fault
from tests.chaos.forks import Forks
from tests.chaos.houses import BACKFILL, Backing, House, When, backfilled, house_of
from tests.chaos.standing import Standing, difference
from tests.chaos.tally import Tally
from tests.chaos.worlds import BUNDLED

KILLS_AT = (0.1, 0.3, 0.3, 0.2)
"""After which share of an undisturbed run's requests each run is killed; the last of them dies near the end."""

FAULTS = (
    Fault(service="hubspot", kind="timeout_after_commit", path="POST .*notes", times=2),
    Fault(service="hubspot", kind="timeout_after_commit", path="POST .*tasks", times=2),
    Fault(service="hubspot", kind="server_error", times=6),
    Fault(service="hubspot", kind="rate_limited_without_retry_after", times=4),
    Fault(service="slack", kind="timeout_after_commit", path="chat.postMessage", times=2),
    Fault(service="slack", kind="rate_limited", times=3, seconds=1),
    Fault(service="gong", kind="server_error", times=2),
)


@pytest.fixture(scope="module")
def undisturbed(forks: Forks, tmp_path_factory: pytest.TempPathFactory) -> tuple[Standing, Standing, int]:
    """How things stand after a backfill that nothing disturbs, what it did, and how many requests that took."""
    folder = tmp_path_factory.mktemp("undisturbed")
    with house_of(forks, BUNDLED, Backing.embedded(folder), folder) as house:
        assert backfilled(house, house.start).wait() == 0
        return house.standing(), house.effects(), len(house.asked)


@pytest.mark.parametrize("faults", [(), FAULTS], ids=["services fine", "services failing"])
def test_a_backfill_killed_again_and_again_does_the_same_once(
    forks: Forks,
    tmp_path: Path,
    undisturbed: tuple[Standing, Standing, int],
    tally: Tally,
    faults: tuple[Fault, ...],
) -> None:
    expected, effects, requests = undisturbed
    with house_of(forks, BUNDLED, Backing.embedded(tmp_path), tmp_path) as house:
        for fault in faults:
            house.server.frame.faults.add(fault)
        for share in KILLS_AT:
            kill_after(house, round(share * requests))
        house.watch = None
        assert backfilled(house, house.start).wait() == 0
        house.server.frame.faults.clear()
        assert backfilled(house, house.start).wait() == 0
        tally.add("killed again and again", "kills", len(KILLS_AT))
        tally.compare("killed again and again", effects, house.effects())
        assert difference(expected, house.standing()) == ""


def kill_after(house: House, requests: int) -> None:
    """Starts a backfill and kills it at its next request after so many."""
    last = len(house.asked) + requests
    run = house.start(*BACKFILL)

    def watch(when: When, _request: str) -> None:
        if when == "after" and len(house.asked) > last:
            run.kill()

    house.watch = watch
    assert run.wait() == -signal.SIGKILL, run.said()
