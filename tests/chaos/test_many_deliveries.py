"""Ten thousand deliveries of two hundred calls, repeated and out of order, to two servers at once: each call once."""

import asyncio
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import aiohttp
import pytest

from sandbox.gong.webhook import Delivery
from tests.chaos.forks import Forks, Run
from tests.chaos.houses import BY_WEBHOOK, DYING, Backing, House, answers, backfilled, free_port, house_of, wait_until
from tests.chaos.killing import nodes_passed
from tests.chaos.standing import Standing, difference
from tests.chaos.tally import Tally
from tests.chaos.worlds import many_calls
from tests.servers import PostgresServer

CALLS = 200
DELIVERIES = 10_000
SERVERS = 2
AT_ONCE = 64
ORIGINALS = ("3351298813304244839", "586214883701419553", "203433132784328175", "6588348058637548258")
"""Bundled calls that find their deal; two of them speak for another stage."""

PATIENCE_S = 300.0


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return many_calls(tmp_path_factory.mktemp("many-calls"), CALLS, ORIGINALS)


@pytest.fixture(scope="module")
def undisturbed(forks: Forks, data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Standing, Standing]:
    """How things stand after a backfill of the same calls, and what it did."""
    folder = tmp_path_factory.mktemp("undisturbed")
    with house_of(forks, data, Backing.embedded(folder), folder) as house:
        assert backfilled(house, house.start, PATIENCE_S).wait() == 0
        return house.standing(), house.effects()


def test_however_often_calls_are_told_of_each_is_worked_on_once(
    forks: Forks,
    data: Path,
    undisturbed: tuple[Standing, Standing],
    postgres_server: PostgresServer,
    redis_server: str,
    tmp_path: Path,
    tally: Tally,
) -> None:
    expected, effects = undisturbed
    passed = tmp_path / "passed"
    backing = Backing.spread(tmp_path, postgres_server.new_database(), redis_server)
    with house_of(forks, data, backing, tmp_path) as house:
        with servers(house, passed) as ports:
            answered = asyncio.run(post_all(shuffled(house.webhooks()), ports))
            wait_until(lambda: house.records.all_done(CALLS), seconds=PATIENCE_S)
        found = house.standing()
        tally.add("deliveries", "posted", answered.total())
        tally.add("deliveries", "taken in", answered[202])
        tally.add("deliveries", "known already", answered[200])
        tally.add("deliveries", "calls analysed", sum(node == "analyse" for node, _ in nodes_passed(passed)))
        tally.compare("deliveries", effects, house.effects())
    assert difference(expected, found) == ""
    assert answered == {202: CALLS, 200: DELIVERIES - CALLS}
    again = {step: times for step, times in Counter(nodes_passed(passed)).items() if times != 1}
    assert not again


@contextmanager
def servers(house: House, passed: Path) -> Iterator[list[int]]:
    """Several `sophia serve` on the same database and Redis; their ports. They must come to a good end."""
    ports = [free_port() for _ in range(SERVERS)]
    told = {**BY_WEBHOOK, "CHAOS_PASSED": str(passed)}
    runs = [house.start("serve", first=DYING, SOPHIA_PORT=str(port), **told) for port in ports]
    wait_until(lambda: all(answers(port) for port in ports), *runs)
    yield ports
    ended = [stop(run) for run in runs]
    assert ended == [0] * SERVERS, "\n".join(run.said() for run in runs)


def stop(run: Run) -> int:
    run.terminate()
    return run.wait()


def shuffled(calls: Sequence[Delivery]) -> list[Delivery]:
    """Every delivery as often as the others, in an order of no meaning that is the same every time."""
    told = [delivery for delivery in calls for _ in range(DELIVERIES // len(calls))]
    random.Random(7).shuffle(told)
    return told


async def post_all(told: Sequence[Delivery], ports: Sequence[int]) -> Counter[int]:
    """How often each status was the answer; many deliveries are under way at once, to all servers."""
    left = enumerate(told)
    answered: Counter[int] = Counter()

    async def post(session: aiohttp.ClientSession) -> None:
        for number, delivery in left:
            address = f"http://127.0.0.1:{ports[number % len(ports)]}/webhooks/gong"
            async with session.post(address, data=delivery.body, headers=delivery.headers) as answer:
                answered[answer.status] += 1

    async with aiohttp.ClientSession() as session:
        await asyncio.gather(*(post(session) for _ in range(AT_ONCE)))
    return answered
