"""Kill points: where a process dies in the middle of its work, found out from a run that nothing disturbs."""

import re
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from tests.chaos.forks import GIVE_UP_S, Run
from tests.chaos.houses import DYING, House, Start, When

SIDE_BY_SIDE = 2
"""Worlds that are worked on at once."""

ENOUGH = 5
"""Points that may fail before the rest is left out: what hangs costs a minute and a half each time."""


READING = re.compile(
    r"(hubspot|gong) GET |hubspot POST .*/(batch/read|search)$|gong POST /v2/calls/(extensive|transcript)$"
)
"""Requests that leave the services as they were."""


@dataclass(frozen=True)
class KillPoint:
    """The moment around the `nth` request of this name ("hubspot POST /crm/…"), or around a node of a graph."""

    kind: Literal["request", "node"]
    when: When
    name: str
    nth: int = 1

    def __str__(self) -> str:
        return f"{self.when} {self.kind} {self.name}" + (f" ({self.nth})" if self.kind == "request" else "")


class Assassin:
    """Kills a run at a request: once it is told of the run, and before anything more happens in the services."""

    def __init__(self, point: KillPoint) -> None:
        self.run: Future[Run] = Future()
        self._point = point
        self._seen: Counter[tuple[When, str]] = Counter()

    def __call__(self, when: When, request: str) -> None:
        self._seen[when, request] += 1
        if (when, request, self._seen[when, request]) == (self._point.when, self._point.name, self._point.nth):
            self.run.result(GIVE_UP_S).kill()


def request_points(asked: Sequence[str]) -> list[KillPoint]:
    """Before and after every request that an undisturbed run made.

    After one that only reads is the moment before it over again: the services are the same, and nobody has its answer.
    """
    seen: Counter[str] = Counter()
    points: list[KillPoint] = []
    for request in asked:
        seen[request] += 1
        moments: tuple[When, ...] = ("before",) if READING.match(request) else ("before", "after")
        points += [KillPoint("request", when, request, seen[request]) for when in moments]
    return points


def node_points(passed: Iterable[str]) -> list[KillPoint]:
    """Before and after every node that an undisturbed run went through."""
    return [KillPoint("node", when, node) for node in dict.fromkeys(passed) for when in ("before", "after")]


def killing_at(house: House, point: KillPoint) -> Start:
    """Starts a command that will be killed at this point."""

    def start(*arguments: str, **environment: Any) -> Run:
        if point.kind == "node":
            return house.start(*arguments, first=DYING, CHAOS_DIE=f"{point.when}:{point.name}", **environment)
        assassin = Assassin(point)
        house.watch = assassin
        run = house.start(*arguments, **environment)
        assassin.run.set_result(run)
        return run

    return start


def nodes_passed(file: Path) -> list[tuple[str, str]]:
    """The nodes in the order in which they were entered, each with what it was about."""
    if not file.exists():
        return []
    entered = (line.partition(" ") for line in file.read_text().splitlines())
    return [(node, about) for node, _, about in entered]


def failures(points: Sequence[KillPoint], attempt: Callable[[int, KillPoint], str]) -> list[str]:
    """What went wrong at which points. `attempt` is given a free place (from 0) and a point; it says what went wrong.

    Several points are tried side by side, each place at one of them at a time.
    """
    places = list(range(SIDE_BY_SIDE))
    lock, wrong = threading.Lock(), list[str]()

    def one(point: KillPoint) -> None:
        with lock:
            if len(wrong) >= ENOUGH:
                return
            place = places.pop()
        try:
            said = attempt(place, point)
        except (TimeoutError, AssertionError) as error:
            said = str(error)
        with lock:
            places.append(place)
            if said:
                wrong.append(f"{point}: {said}")

    with ThreadPoolExecutor(SIDE_BY_SIDE) as threads:
        list(threads.map(one, points))
    return wrong
