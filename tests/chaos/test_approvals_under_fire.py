"""Answers that are given twice, late, by the wrong people, from every door at once, to a Sophia that is being killed.

Each has one effect or none: counted in HubSpot, in the requests that were made, and in the ledger.
"""

import random
import signal
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, cast

import httpx
import pytest

from tests.chaos.forks import GIVE_UP_S, Forks, Run
from tests.chaos.houses import (
    BY_WEBHOOK,
    DYING,
    House,
    Start,
    answers,
    backfilled,
    free_port,
    house_of,
    wait_until,
)
from tests.chaos.killing import SIDE_BY_SIDE, KillPoint, failures, killing_at, node_points, nodes_passed, request_points
from tests.chaos.standing import Standing, difference
from tests.chaos.tally import Tally
from tests.chaos.ways import Way
from tests.chaos.worked import Worked, copy_of, worked_on
from tests.chaos.worlds import TODAY, WHOLE_CALL, few_calls, many_calls

APPROVE = ("approvals", "approve", "1")
WHY = ("--reason", "no")
UPDATE_DEALS = "hubspot POST /crm/v3/objects/deals/batch/update"
DEALS = 12
SOME_DEALS = 5
CLICKS = 4
"""Answers of each kind to one request that arrive together."""
PEOPLE = 16

STRANGER = {"X-Sophia-Person": "eve@elsewhere.example"}
LATE = {"SOPHIA_FIXED_CLOCK": (TODAY + timedelta(days=30)).isoformat()}

Json = dict[str, Any]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A call that speaks for the next stage of its deal."""
    return few_calls(tmp_path_factory.mktemp("one-call"))


@pytest.fixture(scope="module")
def worked(forks: Forks, data: Path, way: Way, tmp_path_factory: pytest.TempPathFactory) -> Worked:
    """The call once it was worked on, so that what it asks waits for a person."""
    return worked_on(forks, way, data, tmp_path_factory.mktemp("worked"))


def asking(house: House) -> House:
    """The house once its calls were worked on, so that what they ask waits for people."""
    run = backfilled(house, house.start)
    assert run.wait() == 0, run.said()
    house.asked.clear()
    return house


def requests(house: House) -> list[Json]:
    return [dict(row) for row in house.records.rows("approvals")]


def writes(house: House) -> list[Json]:
    """What the ledger holds of writes that somebody allowed."""
    return [dict(row) for row in house.records.rows("crm_sync_log") if row["approval_id"]]


def stage_of(house: House, deal: str) -> str:
    return str(house.server.frame.store.table("hubspot.deals")[deal]["properties"]["dealstage"])


def has_written_more_than(house: House, count: int) -> bool:
    """Whether HubSpot was asked to change a deal more often than this."""
    return house.asked.count(UPDATE_DEALS) > count


def assert_one_effect_or_none(house: House) -> Counter[str]:
    """Holds every request to what became of it; returns how many were approved, rejected and so on."""
    updates, done = house.asked.count(UPDATE_DEALS), writes(house)
    for asked in requests(house):
        own = [write for write in done if write["approval_id"] == asked["id"]]
        approved = asked["status"] == "approved"
        assert [write["status"] for write in own] == ["confirmed"] * approved, asked["outcome"]
        assert stage_of(house, asked["object_id"]) == asked["proposed" if approved else "current"]
        assert (asked["closed_at"] is None) == (asked["status"] == "waiting")
    assert updates == len(done)
    return Counter(asked["status"] for asked in requests(house))


@dataclass(frozen=True)
class Served:
    """`sophia serve` at work on a house."""

    house: House
    run: Run
    door: httpx.Client

    def answer(self, asked: Json, decision: str, headers: dict[str, str] | None = None) -> int:
        """The status that an answer is given, 0 when nobody gives one."""
        body = {"decision": decision, "reason": "no", "payload_hash": asked["payload_hash"]}
        try:
            return self.door.post(f"/approvals/{asked['id']}/answer", json=body, headers=headers).status_code
        except httpx.TransportError:
            return 0

    def finish(self) -> None:
        """Stops it once nothing is left to be done."""
        wait_until(lambda: not self.house.records.unfinished(), self.run)
        self.run.terminate()
        assert self.run.wait() == 0, self.run.said()


@contextmanager
def serving(house: House, **environment: str) -> Iterator[Served]:
    port, start = free_port(), cast("Start", house.start)
    run = start("serve", SOPHIA_PORT=str(port), **BY_WEBHOOK, **environment)
    wait_until(lambda: answers(port), run)
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=GIVE_UP_S) as door:
        yield Served(house, run, door)


@dataclass(frozen=True)
class Undisturbed:
    """What an answer does to which nobody does anything, and what it passed on its way."""

    standing: Standing
    effects: Standing
    points: dict[str, list[KillPoint]]


@pytest.fixture(scope="module")
def undisturbed(forks: Forks, way: Way, worked: Worked, tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    folder = tmp_path_factory.mktemp("answered") / "undisturbed"
    passed = folder / "passed"
    with copy_of(forks, way, worked, SIDE_BY_SIDE, folder) as house:
        run = house.start(*APPROVE, first=DYING, CHAOS_PASSED=str(passed))
        assert run.wait() == 0, run.said()
        nodes = [node for node, _ in nodes_passed(passed)]
        assert assert_one_effect_or_none(house) == {"approved": 1}
        points = {"request": request_points(house.asked), "node": node_points(nodes)}
        assert {point.name for point in points["node"]} == {"ask", "check", "carry_out", "close"}
        return Undisturbed(house.standing(), house.effects(), points)


@pytest.mark.parametrize("kind", ["node", "request"])
def test_an_answer_whose_process_is_killed_anywhere_is_carried_out_once(
    forks: Forks, tmp_path: Path, way: Way, worked: Worked, undisturbed: Undisturbed, tally: Tally, kind: str
) -> None:
    points = undisturbed.points[kind]

    def attempt(place: int, point: KillPoint) -> str:
        with copy_of(forks, way, worked, place, tmp_path / str(points.index(point))) as house:
            died = killing_at(house, point)(*APPROVE).wait()
            house.watch = None
            if died != -signal.SIGKILL:
                return f"the process was not killed there, it ended with {died}"
            again = house.start(*APPROVE)  # the person gives the same answer again
            if again.wait() != 0 and "answered already: approved" not in again.said():
                return f"the next run ended with {again.wait()}: {again.said()}"
            rest = way.work(house, house.start)
            assert rest.wait() == 0, rest.said()
            tally.add(f"approvals killed on {way.name}", f"{point.when} a {kind}")
            tally.compare(f"approvals killed on {way.name}", undisturbed.effects, house.effects())
            return difference(undisturbed.standing, house.standing())

    wrong = failures(points, attempt)
    assert not wrong, "\n".join(wrong)


def test_answers_from_every_door_at_once_have_one_effect_or_none(
    forks: Forks, tmp_path: Path, way: Way, tmp_path_factory: pytest.TempPathFactory, tally: Tally
) -> None:
    world = many_calls(tmp_path_factory.mktemp("some"), SOME_DEALS, [WHOLE_CALL])
    with house_of(forks, world, way.back(0, tmp_path), tmp_path) as house, serving(asking(house)) as served:
        asked = requests(house)
        numbers = [str(one["number"]) for one in asked]
        commands = [house.start("approvals", "approve", *numbers), house.start("approvals", "reject", *numbers, *WHY)]
        clicks = [partial(served.answer, one, decision) for one in asked for decision in ("approve", "reject") * CLICKS]
        clicks += [partial(served.answer, one, "approve", STRANGER) for one in asked] * CLICKS
        random.Random(4711).shuffle(clicks)
        with ThreadPoolExecutor(PEOPLE) as people:
            told = Counter(click.result() for click in [people.submit(click) for click in clicks])
        assert {command.wait() for command in commands} <= {0, 1}
        served.finish()
        assert set(assert_one_effect_or_none(house)) <= {"approved", "rejected"}
        assert told.keys() <= {202, 403, 409}
        assert told[202] <= SOME_DEALS and told[403] == SOME_DEALS * CLICKS
        tally.add("approvals answered at once", "answers", len(clicks) + 2 * SOME_DEALS)
        tally.add("approvals answered at once", "writes", len(writes(house)))


def test_a_late_answer_changes_nothing_and_the_schedule_lets_it_lapse(
    forks: Forks, data: Path, tmp_path: Path, way: Way, tally: Tally
) -> None:
    with house_of(forks, data, way.back(0, tmp_path), tmp_path) as house:
        (asked,) = requests(asking(house))
        late = cast("Start", house.start)(*APPROVE, **LATE)
        assert (late.wait(), "has expired" in late.said()) == (1, True)
        with serving(house, **LATE) as served:
            assert {served.answer(asked, decision) for decision in ("approve", "reject")} == {410}
            wait_until(lambda: requests(house)[0]["closed_at"] is not None, served.run)
            served.finish()
        assert assert_one_effect_or_none(house) == {"expired": 1}
        tally.add("approvals answered late", "answers", 3)
        tally.add("approvals answered late", "writes", len(writes(house)))


def test_a_server_that_is_killed_again_and_again_carries_every_answer_out_once(
    forks: Forks, tmp_path: Path, way: Way, tmp_path_factory: pytest.TempPathFactory, tally: Tally
) -> None:
    world = many_calls(tmp_path_factory.mktemp("many"), DEALS, [WHOLE_CALL])
    with house_of(forks, world, way.back(0, tmp_path), tmp_path) as house:
        asked = requests(asking(house))
        assert len(asked) == DEALS
        for number in range(0, DEALS, 3):
            with serving(house) as served, ThreadPoolExecutor(6) as people:
                for one in asked[number : number + 3] * 2:
                    people.submit(served.answer, one, "approve")
                wait_until(partial(has_written_more_than, house, number), served.run)
                served.run.kill()
        with serving(house) as served:
            for one in asked:
                served.answer(one, "approve")
            served.finish()
        sent = house.asked.count(UPDATE_DEALS)
        found = Counter(row["status"] for row in requests(house))
        assert found == {"approved": DEALS}
        assert [write["status"] for write in writes(house)] == ["confirmed"] * DEALS
        assert all(stage_of(house, one["object_id"]) == one["proposed"] for one in asked)
        tally.add("approvals of a server that is killed", "answers", 2 * DEALS)
        tally.add("approvals of a server that is killed", "writes", len(writes(house)))
        assert sent <= DEALS + DEALS // 3  # only what was under way when it was killed may be sent again
