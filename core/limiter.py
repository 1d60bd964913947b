"""Waits, so that we stay just below what a service allows instead of being refused.

A limit is a sliding window: so many requests in any so many seconds. Places are kept in this process, or in Redis
when several processes share an account, where one script looks at all windows of a request at once and reads the
server's own clock. Every window is made a little longer than the service's, since the service counts arrivals and we
count departures: two requests can come closer together on their way. A *spaced* limit goes out evenly, not in bursts.

(The library `limits` has such windows too, but in Redis only of whole seconds and by each client's own clock: three
requests a second cannot be held with it without losing a third of them.)
"""

import asyncio
import time
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Protocol, Self

from core.errors import Unavailable
from core.settings import Settings

SLACK = 0.027
"""How much longer a window is made than the service's: 27 ms of jitter in a second, at 97 % of the service's rate."""
LEAST_SLACK_S = 0.004
"""And at least this much, for windows of a sandbox that runs faster than the real service."""
GAP = 0.9
"""The gap between two requests of a spaced limit, as a share of an even one: a late one does not delay all after it."""
PATIENCE_S = 60.0
"""A wait longer than this is not slept through but given back to the caller, whose job can wait instead."""


@dataclass(frozen=True)
class Limit:
    """At most `amount` requests in any `seconds`, as the service publishes it; `spaced` sends them out evenly."""

    name: str
    amount: int
    seconds: float
    spaced: bool = False

    def of(self, whom: str) -> "Limit":
        """The same limit counted for one channel or user alone."""
        return replace(self, name=f"{self.name}:{whom}")


@dataclass(frozen=True)
class Window:
    """A limit as it is kept: under `key`, `amount` places in any `seconds`."""

    key: str
    amount: int
    seconds: float


class Windows(Protocol):
    """Where the places of windows are kept."""

    async def take(self, windows: Sequence[Window]) -> float:
        """Takes a place in every window and returns 0, or takes none and returns the seconds until there is one."""
        ...

    async def close(self) -> None: ...


class ProcessWindows:
    """Windows of this process alone, by its monotonic clock."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._taken: defaultdict[str, deque[float]] = defaultdict(deque)

    async def take(self, windows: Sequence[Window]) -> float:
        now = self._now()
        wait = max((self._wait(window, now) for window in windows), default=0.0)
        if wait > 0:
            return wait
        for window in windows:
            self._taken[window.key].append(now)
        return 0.0

    def _wait(self, window: Window, now: float) -> float:
        taken = self._taken[window.key]
        while len(taken) > window.amount:
            taken.popleft()
        return taken[0] + window.seconds - now if len(taken) == window.amount else 0.0

    async def close(self) -> None:
        self._taken.clear()


class RedisWindows:
    """Windows shared by all processes that use the same Redis, by the clock of its server."""

    TAKE = """
    local clock = redis.call('TIME')
    local now = tonumber(clock[1]) + tonumber(clock[2]) / 1000000
    local wait = 0
    for i, key in ipairs(KEYS) do
        local oldest = redis.call('LINDEX', key, tonumber(ARGV[2 * i - 1]) - 1)
        if oldest then wait = math.max(wait, tonumber(oldest) + tonumber(ARGV[2 * i]) - now) end
    end
    if wait > 0 then return string.format('%.6f', wait) end
    for i, key in ipairs(KEYS) do
        redis.call('LPUSH', key, string.format('%.6f', now))
        redis.call('LTRIM', key, 0, tonumber(ARGV[2 * i - 1]) - 1)
        redis.call('PEXPIRE', key, math.ceil(tonumber(ARGV[2 * i]) * 1000))
    end
    return '0'
    """

    def __init__(self, url: str, prefix: str = "sophia:limits:") -> None:
        from redis.asyncio import Redis

        self._redis: Any = Redis.from_url(url)
        self._take = self._redis.register_script(self.TAKE)
        self._prefix = prefix

    async def take(self, windows: Sequence[Window]) -> float:
        from redis.exceptions import RedisError

        keys = [self._prefix + window.key for window in windows]
        try:
            return float(await self._take(keys, [part for w in windows for part in (w.amount, w.seconds)]))
        except RedisError as error:
            raise Unavailable("Redis", f"the shared rate limits cannot be reached ({error})") from error

    async def close(self) -> None:
        await self._redis.aclose()


@dataclass
class Limiter:
    """Gives every request to one service its turn. `speed` divides all windows: only for a sandbox that runs faster."""

    service: str
    windows: Windows
    speed: float = 1.0
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    now: Callable[[], float] = time.monotonic
    _queues: defaultdict[tuple[Limit, ...], asyncio.Lock] = field(
        default_factory=lambda: defaultdict(asyncio.Lock), init=False
    )
    _held_until: float = field(default=0.0, init=False)

    @classmethod
    def from_settings(cls, service: str, settings: Settings) -> Self:
        """A limiter shared through Redis when one is set, else of this process alone."""
        url = settings.redis_url
        windows: Windows = RedisWindows(url.get_secret_value()) if url else ProcessWindows()
        return cls(service, windows, speed=settings.service_speed)

    async def turn(self, *limits: Limit) -> None:
        """Returns when a request that falls under all of these limits may go out; who asked first goes first.

        Raises Unavailable, with how long to wait, when that is further away than a request should sleep.
        """
        windows = [window for limit in limits for window in self._windows_of(limit)]
        async with self._queues[limits]:
            while (wait := await self._wait(windows)) > 0:
                if wait > PATIENCE_S:
                    until = timedelta(seconds=wait)
                    raise Unavailable(self.service, "what it allows us is used up for now", retry_after=until)
                await self.sleep(wait)

    def hold(self, pause: timedelta) -> None:
        """Sends nothing more for a while: what a service asks for when it refuses a request for its rate."""
        self._held_until = max(self._held_until, self.now() + pause.total_seconds())

    async def close(self) -> None:
        await self.windows.close()

    async def _wait(self, windows: Sequence[Window]) -> float:
        held = self._held_until - self.now()
        return held if held > 0 else await self.windows.take(windows)

    def _windows_of(self, limit: Limit) -> list[Window]:
        seconds = limit.seconds / self.speed
        seconds += max(seconds * SLACK, LEAST_SLACK_S)
        whole = Window(f"{self.service}:{limit.name}", limit.amount, seconds)
        gap = Window(f"{whole.key}:gap", 1, GAP * seconds / limit.amount)
        return [whole, gap] if limit.spaced and limit.amount > 1 else [whole]
