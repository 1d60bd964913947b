"""What the chaos tests share: the fork server, the services' slowest habits, and the counts printed at the end."""

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.hubspot import records
from tests.chaos.forks import Forks
from tests.chaos.tally import Tally
from tests.chaos.ways import Embedded, Spread, Way

LONGEST = ("test_many_deliveries.py", "test_kill_points.py")
"""Begun first: where files run side by side, what takes minutes must not be what is left at the end."""

COUNTED = pytest.StashKey[Tally]()
WORKER_COUNTS = "chaos_counts"


@pytest.fixture(scope="session")
def forks() -> Iterator[Forks]:
    """Starts `sophia` within milliseconds."""
    with Forks() as server:
        yield server


@pytest.fixture(scope="module", params=[Embedded.name, Spread.name])
def way(request: pytest.FixtureRequest) -> Way:
    """Each way of running Sophia; the servers it needs are started when it is."""
    if request.param == Embedded.name:
        return Embedded()
    return Spread(request.getfixturevalue("postgres_server"), request.getfixturevalue("redis_process"))


@pytest.fixture(scope="module", autouse=True)
def _search_sees_no_write() -> Iterator[None]:
    """HubSpot's search index lags without a promise: here it never sees a write of the same test.

    Whoever looks for what may have been written before a crash must not rely on the search.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(records, "INDEX_LAG_S", 10.0**9)
        yield


@pytest.fixture
def tally(request: pytest.FixtureRequest) -> Tally:
    """Takes the counts for the summary."""
    return request.config.stash.setdefault(COUNTED, Tally())


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts the longest files first; the others keep their order."""
    items.sort(key=lambda item: LONGEST.index(item.path.name) if item.path.name in LONGEST else len(LONGEST))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A process that is one of several sends its counts to the one that prints."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output[WORKER_COUNTS] = session.config.stash.get(COUNTED, Tally()).as_data()


def pytest_testnodedown(node: Any, error: object) -> None:
    """Adds the counts of another process."""
    tally: Tally = node.config.stash.setdefault(COUNTED, Tally())
    tally.take_in(getattr(node, "workeroutput", {}).get(WORKER_COUNTS, {}))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Prints what was counted."""
    tally = config.stash.get(COUNTED, None)
    if tally is not None and tally.counts:
        terminalreporter.section("chaos: what was counted")
        for line in tally.lines():
            terminalreporter.write_line(line)
