"""The one retry policy: what may be sent to a service again, how soon, and when to give up.

Only `Unavailable` is repeated. A read may always be repeated; a write only when the service certainly did not carry
it out (it was refused with 429, or never reached), unless it carries a key of its own that makes a second one
harmless. Whatever cannot wait within the policy's total goes back to the caller, whose job waits instead.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TypeVar

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt, wait_random_exponential

from core.errors import Unavailable

LONGEST_PAUSE = timedelta(days=1)
"""No limit of a service's lasts longer: what asks for more is a mistake, and would leave work undone for good."""

T = TypeVar("T")
Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True)
class RetryPolicy:
    """How often and how long to try. Times are in seconds.

    Waits grow from `first_wait` to at most `longest_wait`, each drawn between zero and that bound ("full jitter"), so
    that many callers do not come back at once. A service's own `retry_after` is a floor under the wait.
    `total_seconds` bounds one operation with all its waits.
    """

    attempts: int = 6
    total_seconds: float = 60.0
    first_wait: float = 0.5
    longest_wait: float = 15.0
    sleep: Sleep = asyncio.sleep

    async def run(self, operation: Callable[[], Awaitable[T]], *, repeatable: bool) -> T:
        """The operation's result, after as many tries as it takes; raises its last error.

        `repeatable` says that doing it twice does no harm: a read, or a write whose own key makes a second one void.
        """
        doubtful = False

        async def one_try() -> T:
            nonlocal doubtful
            try:
                return await operation()
            except Unavailable as error:
                # Once a try may have been carried out, no later refusal makes that undone.
                error.maybe_done = doubtful = doubtful or error.maybe_done
                raise

        retrying = AsyncRetrying(
            sleep=self.sleep,
            retry=retry_if_exception(lambda error: may_repeat(error, repeatable=repeatable)),
            wait=self._wait,
            stop=self._is_over,
            reraise=True,
        )
        return await retrying(one_try)

    def _wait(self, state: RetryCallState) -> float:
        jitter = float(wait_random_exponential(multiplier=self.first_wait, max=self.longest_wait)(state))
        asked = _error(state).retry_after
        return jitter if asked is None else asked.total_seconds() + min(jitter, self.first_wait)

    def _is_over(self, state: RetryCallState) -> bool:
        spent = max(state.seconds_since_start or 0.0, state.idle_for)
        return stop_after_attempt(self.attempts)(state) or spent + state.upcoming_sleep > self.total_seconds


def may_repeat(error: BaseException, *, repeatable: bool) -> bool:
    """Whether the operation that ended in this error may be sent again as it is."""
    return isinstance(error, Unavailable) and (repeatable or not error.maybe_done)


def asked_pause(header: str | None) -> timedelta | None:
    """What a Retry-After header asks for, in seconds or as a date, but at most a day; None when it makes no sense."""
    if header is None:
        return None
    try:
        return min(timedelta(seconds=max(0.0, float(header))), LONGEST_PAUSE)
    except (ValueError, OverflowError):
        pass
    try:
        until = parsedate_to_datetime(header)
    except ValueError:
        return None
    asked = until.replace(tzinfo=until.tzinfo or UTC) - datetime.now(UTC)
    return min(max(timedelta(), asked), LONGEST_PAUSE)


def _error(state: RetryCallState) -> Unavailable:
    error = state.outcome.exception() if state.outcome else None
    if not isinstance(error, Unavailable):
        raise TypeError("a wait was asked for after something that is not repeated")
    return error
