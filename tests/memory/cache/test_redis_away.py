"""While Redis is away everybody reads for themselves, nobody is told, and no change is lost when it is back."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from core.errors import Unavailable
from memory.cache.falling_back import ALONE_LIFE, RETRY_S, FallingBack
from memory.cache.port import Cache
from memory.cache.process import ProcessStore
from memory.cache.shared import SharedStore
from tests.memory.cache.conftest import Source, until
from tests.memory.conftest import MovableClock
from tests.servers import RedisServer

DEAL = "deal:301"


class Here:
    """A cache of one process; `turn` lets it try Redis again, when it would, and `time` is its own."""

    def __init__(self, url: str, clock: MovableClock) -> None:
        self.time = 0.0
        self.trying = asyncio.Event()
        self.store = FallingBack(SharedStore(url), ProcessStore(clock), now=lambda: self.time, sleep=self.sleep)
        self.cache = Cache(self.store, clock)

    async def sleep(self, seconds: float) -> None:
        await self.trying.wait()
        self.trying.clear()

    async def ask(self, source: Source) -> Any:
        answer = await self.cache.get("crm", "one", source.read, tags=[DEAL])
        assert not answer.stale
        return answer.value

    def some_time_passes(self) -> None:
        self.time += RETRY_S


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[RedisServer]:
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("redis-server is not installed")
    server = RedisServer(program, tmp_path)
    server.start()
    yield server
    server.stop()


@pytest.fixture
async def here(own_redis: RedisServer, clock: MovableClock) -> AsyncIterator[Here]:
    process = Here(own_redis.url, clock)
    yield process
    await process.cache.close()


@pytest.fixture
async def there(own_redis: RedisServer, clock: MovableClock) -> AsyncIterator[Here]:
    process = Here(own_redis.url, clock)
    yield process
    await process.cache.close()


async def test_without_redis_a_process_reads_for_itself_and_keeps_it_for_seconds(
    own_redis: RedisServer, here: Here, source: Source, clock: MovableClock
) -> None:
    await here.ask(source)
    own_redis.kill()
    source.value = "new"
    assert [await here.ask(source) for _ in range(3)] == ["new"] * 3
    assert source.times == 2
    clock.pass_by(ALONE_LIFE)
    await here.ask(source)
    assert source.times == 3


async def test_an_outage_is_logged_once_and_so_is_its_end(
    own_redis: RedisServer, here: Here, source: Source, clock: MovableClock
) -> None:
    with capture_logs() as logs:
        own_redis.kill()
        for _ in range(3):
            await here.ask(source)
            here.some_time_passes()
            clock.pass_by(ALONE_LIFE)
        own_redis.start()
        for _ in range(3):
            await here.ask(source)
    assert [(line["event"], line["log_level"]) for line in logs] == [
        ("cache.redis_away", "warning"),
        ("cache.redis_back", "info"),
    ]


async def test_a_redis_that_was_away_is_asked_again_only_after_a_while(
    own_redis: RedisServer, here: Here, source: Source
) -> None:
    own_redis.kill()
    await here.ask(source)
    own_redis.start()
    assert await here.ask(source) == 0
    assert source.times == 1  # from its own
    here.some_time_passes()
    await here.ask(source)
    assert source.times == 2  # Redis is back, and has nothing


async def test_what_changed_here_while_redis_was_away_is_fresh_nowhere_when_it_is_back(
    own_redis: RedisServer, here: Here, there: Here, source: Source
) -> None:
    await there.ask(source)
    own_redis.kill()
    source.value = "new"
    await here.cache.invalidate([DEAL])
    assert await here.ask(source) == "new"
    own_redis.start()  # with what it held
    here.some_time_passes()
    assert await here.ask(source) == "new"
    assert await there.ask(source) == "new"


async def test_redis_is_told_of_what_it_missed_also_when_nobody_asks_here(
    own_redis: RedisServer, here: Here, there: Here, source: Source
) -> None:
    await there.ask(source)
    own_redis.kill()
    source.value = "new"
    await here.cache.invalidate([DEAL])
    here.trying.set()
    await until(lambda: not here.trying.is_set())  # it tries, and Redis is still away
    own_redis.start()
    here.trying.set()
    task = here.store._catching_up
    assert task is not None
    await task
    assert await there.ask(source) == "new"


async def test_what_changes_here_is_read_again_here_while_redis_is_away(
    own_redis: RedisServer, here: Here, source: Source
) -> None:
    own_redis.kill()
    await here.ask(source)
    source.value = "new"
    await here.cache.invalidate([DEAL])
    assert await here.ask(source) == "new"


async def test_a_value_that_was_being_read_when_redis_went_is_given_and_never_out_of_date(
    own_redis: RedisServer, here: Here, source: Source
) -> None:
    source.open.clear()
    asking = asyncio.create_task(here.ask(source))
    await source.asked.wait()
    own_redis.kill()
    source.value = "new"
    await here.cache.invalidate([DEAL])
    source.open.set()
    assert await asking == "new"


async def test_of_many_who_ask_without_redis_one_reads(own_redis: RedisServer, here: Here, source: Source) -> None:
    own_redis.kill()
    await asyncio.gather(*(here.ask(source) for _ in range(50)))
    assert source.times == 1


async def test_to_forget_is_not_done_until_redis_has_done_it(
    own_redis: RedisServer, here: Here, there: Here, source: Source
) -> None:
    await there.ask(source)
    own_redis.kill()
    with pytest.raises(Unavailable):
        await here.cache.forget([DEAL])
    own_redis.start()
    await here.cache.forget([DEAL])
    source.go_away()
    with pytest.raises(Unavailable):
        await there.ask(source)


async def test_both_redis_and_the_source_may_be_away(
    own_redis: RedisServer, here: Here, source: Source, clock: MovableClock
) -> None:
    own_redis.kill()
    await here.ask(source)
    clock.pass_by(timedelta(minutes=10))
    source.go_away()
    answer = await here.cache.get("crm", "one", source.read, tags=[DEAL])
    assert (answer.value, answer.stale) == (0, True)


async def test_a_cache_can_be_closed_while_redis_is_away(own_redis: RedisServer, here: Here, source: Source) -> None:
    own_redis.kill()
    await here.cache.invalidate([DEAL])
    await here.cache.close()
