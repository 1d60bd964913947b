"""Caches over both stores, a source that can be away, and a clock that the test moves."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import uuid4

import pytest

from core.errors import Unavailable
from memory.cache.port import Cache
from memory.cache.process import ProcessStore
from memory.cache.shared import SharedStore
from memory.cache.store import Store
from tests.memory.conftest import MovableClock


class Source:
    """What is read: a number that counts how often it was changed; `times` says how often it was read."""

    def __init__(self) -> None:
        self.value: Any = 0
        self.times = 0
        self.error: Exception | None = None
        self.open = asyncio.Event()
        self.open.set()
        self.asked = asyncio.Event()

    async def read(self) -> Any:
        """The value as it was when the reading began; it ends when the source is open."""
        self.times += 1
        value, error = self.value, self.error
        self.asked.set()
        await self.open.wait()
        if error is not None:
            raise error
        return value

    def go_away(self) -> None:
        self.error = Unavailable("HubSpot", "it is down")

    def come_back(self) -> None:
        self.error = None


class Counted:
    """How often each answer was given."""

    def __init__(self) -> None:
        self.answers: list[str] = []

    def __call__(self, kind: str, result: str) -> None:
        self.answers.append(f"{kind} {result}")


async def until(so: Callable[[], bool]) -> None:
    """Lets the others go on until it is so."""
    while not so():  # noqa: ASYNC110 - what is waited for is inside, and tells nobody
        await asyncio.sleep(0)


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def counted() -> Counted:
    return Counted()


@pytest.fixture(params=["process", "redis"])
async def store(request: pytest.FixtureRequest, clock: MovableClock) -> Store:
    """Both stores; the cache closes it."""
    if request.param == "process":
        return ProcessStore(clock)
    return SharedStore(request.getfixturevalue("redis_server"), prefix=f"test:{uuid4().hex}:")


@pytest.fixture
async def cache(store: Store, clock: MovableClock, counted: Counted) -> AsyncIterator[Cache]:
    opened = Cache(store, clock, observe=counted)
    yield opened
    await opened.close()


Shared = Callable[..., SharedStore]


@pytest.fixture
async def shared(redis_server: str) -> AsyncIterator[Shared]:
    """Makes stores on one Redis under one prefix: each is as good as a process of its own."""
    prefix, made = f"test:{uuid4().hex}:", []

    def make(**options: int) -> SharedStore:
        made.append(SharedStore(redis_server, prefix=prefix, **options))
        return made[-1]

    yield make
    for store in made:
        await store.close()
