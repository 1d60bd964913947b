"""What Sophia stands on goes away in the middle of its work and comes back: nothing is lost, and /readyz tells.

Half of the calls are told of before, the others meanwhile. What is not answered with success then is told of again
afterwards, as Gong does.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from redis import Redis

from tests.chaos.forks import GIVE_UP_S, Forks, Run
from tests.chaos.houses import (
    BY_WEBHOOK,
    Backing,
    House,
    answers,
    backfilled,
    deliver,
    free_port,
    house_of,
    wait_until,
)
from tests.chaos.standing import Standing, difference
from tests.chaos.tally import Tally
from tests.chaos.worlds import many_calls
from tests.servers import PostgresServer, RedisServer

CALLS = 24
ORIGINALS = ("3351298813304244839", "203433132784328175", "6588348058637548258")
TAKEN_IN = {202, 200}
"""How a delivery is answered that is new, and one that is known already."""

DONE_BEFORE = 3
"""So many calls are done when the trouble begins; the others are being worked on, or wait for their turn."""

HINDERING = Path(__file__).parent / "hindering.py"
TELL_WITHIN_S = 15.0
"""How long /readyz may take to say so before the test goes on without."""


@dataclass(frozen=True)
class Trouble:
    """What goes wrong: how it begins and ends, and which part of Sophia says so in /readyz."""

    begin: Callable[[], object]
    end: Callable[[], object]
    part: str


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return many_calls(tmp_path_factory.mktemp("calls"), CALLS, ORIGINALS)


@pytest.fixture(scope="module")
def undisturbed(forks: Forks, data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Standing, Standing]:
    """How things stand after a backfill of the same calls, and what it did."""
    folder = tmp_path_factory.mktemp("undisturbed")
    with house_of(forks, data, Backing.embedded(folder), folder) as house:
        assert backfilled(house, house.start).wait() == 0
        return house.standing(), house.effects()


@pytest.fixture
def spread(
    forks: Forks, data: Path, tmp_path: Path, postgres_server: PostgresServer, redis_process: RedisServer
) -> Iterator[House]:
    with Redis.from_url(redis_process.url) as connection:
        connection.flushall()
    backing = Backing.spread(tmp_path, postgres_server.new_database(), redis_process.url)
    with house_of(forks, data, backing, tmp_path) as house:
        yield house


def test_redis_killed_and_started_again_loses_nothing(
    spread: House, redis_process: RedisServer, undisturbed: tuple[Standing, Standing], tally: Tally
) -> None:
    trouble = Trouble(redis_process.kill, redis_process.start, "redis")
    go_through("Redis killed", spread, trouble, undisturbed, tally)


def test_redis_that_comes_back_empty_loses_nothing(
    spread: House, redis_process: RedisServer, undisturbed: tuple[Standing, Standing], tally: Tally
) -> None:
    def come_back_empty() -> None:
        redis_process.start()
        with Redis.from_url(redis_process.url) as connection:
            connection.flushall()

    trouble = Trouble(redis_process.kill, come_back_empty, "redis")
    go_through("Redis emptied", spread, trouble, undisturbed, tally)


def test_postgres_that_crashes_loses_nothing(
    spread: House, postgres_server: PostgresServer, undisturbed: tuple[Standing, Standing], tally: Tally
) -> None:
    trouble = Trouble(lambda: postgres_server.stop("immediate"), postgres_server.start, "database")
    go_through("PostgreSQL crashed", spread, trouble, undisturbed, tally)


def test_a_full_disk_under_sqlite_loses_nothing(
    forks: Forks, data: Path, tmp_path: Path, undisturbed: tuple[Standing, Standing], tally: Tally
) -> None:
    full = tmp_path / "full"
    trouble = Trouble(full.touch, full.unlink, "database")
    with house_of(forks, data, Backing.embedded(tmp_path), tmp_path) as house:
        go_through("disk full", house, trouble, undisturbed, tally, CHAOS_FULL=str(full))


def go_through(
    name: str,
    house: House,
    trouble: Trouble,
    undisturbed: tuple[Standing, Standing],
    tally: Tally,
    **environment: str,
) -> None:
    """Has a server work through all calls with the trouble in the middle of it, and compares how things end."""
    told = house.webhooks()
    early, late = told[: CALLS // 2], told[CALLS // 2 :]
    port = free_port()
    run = house.start("serve", first=HINDERING, SOPHIA_PORT=str(port), **BY_WEBHOOK, **environment)
    wait_until(lambda: answers(port) and readiness(port)[0] == 200, run)
    assert [deliver(port, made) for made in early] == [202] * len(early)
    wait_until(lambda: done(house) >= DONE_BEFORE, run)
    trouble.begin()
    try:
        parts = parts_not_ready(port, run)
        meanwhile = {made.body: deliver(port, made) for made in late}
    finally:
        trouble.end()
    wait_until(lambda: readiness(port)[0] == 200, run)
    refused = [made for made in late if meanwhile[made.body] not in TAKEN_IN]
    assert {deliver(port, made) for made in refused} <= TAKEN_IN
    wait_until(lambda: house.records.all_done(CALLS), run)
    run.terminate()
    assert run.wait() == 0, run.said()
    tally.compare(name, undisturbed[1], house.effects())
    tally.add(name, "taken in meanwhile", len(late) - len(refused))
    assert difference(undisturbed[0], house.standing()) == ""
    assert trouble.part in parts, f"/readyz called {trouble.part} ready all the while"


def done(house: House) -> int:
    return sum(row["status"] == "done" for row in house.records.rows("inbox"))


def parts_not_ready(port: int, run: Run) -> set[str]:
    """The parts that /readyz does not call ready, once it is no longer 200; none when it stays so."""
    told: dict[str, str] = {}

    def not_ready() -> bool:
        status, parts = readiness(port)
        told.update(parts if status == 503 else {})
        return status == 503

    with suppress(TimeoutError):
        wait_until(not_ready, run, seconds=TELL_WITHIN_S)
    return {part for part, state in told.items() if state != "ok"}


def readiness(port: int) -> tuple[int, dict[str, str]]:
    """What /readyz answers: its status and the state of every part."""
    try:
        answer = httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=GIVE_UP_S)
    except httpx.TransportError:
        return 0, {}
    return answer.status_code, answer.json()
