"""The retry policy: what is repeated, how long is waited, and when it gives up."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from core.errors import NotFound, Rejected, ServiceError, Unauthorized, Unavailable
from core.retry import RetryPolicy, asked_pause


class Naps:
    """A sleep that takes no time and remembers how long it would have been."""

    def __init__(self) -> None:
        self.lengths: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.lengths.append(seconds)


def failing(*errors: Exception) -> tuple[Callable[[], Awaitable[str]], list[int]]:
    """An operation that raises these errors one after another, then succeeds; with the list of its tries."""
    waiting, tries = list(errors), list[int]()

    async def operation() -> str:
        tries.append(1)
        if waiting:
            raise waiting.pop(0)
        return "done"

    return operation, tries


async def test_what_is_unavailable_is_tried_again_until_it_succeeds() -> None:
    naps = Naps()
    operation, tries = failing(Unavailable("Gong", "down"), Unavailable("Gong", "down"))
    assert await RetryPolicy(sleep=naps).run(operation, repeatable=True) == "done"
    assert len(tries) == 3
    assert len(naps.lengths) == 2


@pytest.mark.parametrize("error", [Unauthorized, NotFound, Rejected])
async def test_what_will_not_change_is_not_tried_again(error: type[ServiceError]) -> None:
    operation, tries = failing(error("HubSpot", "no"))
    with pytest.raises(error):
        await RetryPolicy(sleep=Naps()).run(operation, repeatable=True)
    assert len(tries) == 1


async def test_a_fault_of_our_own_is_not_tried_again() -> None:
    operation, tries = failing(KeyError("ours"))
    with pytest.raises(KeyError):
        await RetryPolicy(sleep=Naps()).run(operation, repeatable=True)
    assert len(tries) == 1


async def test_a_write_that_may_be_done_is_not_sent_again() -> None:
    operation, tries = failing(Unavailable("HubSpot", "no answer", maybe_done=True))
    with pytest.raises(Unavailable):
        await RetryPolicy(sleep=Naps()).run(operation, repeatable=False)
    assert len(tries) == 1


async def test_a_write_that_was_refused_for_its_rate_is_sent_again() -> None:
    operation, tries = failing(Unavailable("HubSpot", "slow down", status=429))
    assert await RetryPolicy(sleep=Naps()).run(operation, repeatable=False) == "done"
    assert len(tries) == 2


async def test_a_read_is_repeated_even_when_the_first_may_have_been_answered() -> None:
    operation, tries = failing(Unavailable("Gong", "no answer", maybe_done=True))
    assert await RetryPolicy(sleep=Naps()).run(operation, repeatable=True) == "done"
    assert len(tries) == 2


async def test_it_waits_as_long_as_the_service_asked_and_a_little_more_at_most() -> None:
    naps = Naps()
    operation, _ = failing(Unavailable("Gong", "slow down", retry_after=timedelta(seconds=7)))
    await RetryPolicy(sleep=naps, first_wait=0.5).run(operation, repeatable=True)
    assert 7 <= naps.lengths[0] <= 7.5


async def test_waits_stay_under_their_cap_and_differ_from_each_other() -> None:
    naps = Naps()
    operation, _ = failing(*[Unavailable("Gong", "down") for _ in range(40)])
    policy = RetryPolicy(sleep=naps, attempts=100, total_seconds=1e9, first_wait=1, longest_wait=8)
    await policy.run(operation, repeatable=True)
    assert all(0 <= length <= 8 for length in naps.lengths)
    assert naps.lengths[0] <= 1
    assert max(naps.lengths) > 2
    assert len(set(naps.lengths)) > 30


async def test_it_gives_up_after_its_attempts() -> None:
    operation, tries = failing(*[Unavailable("Gong", "down") for _ in range(9)])
    with pytest.raises(Unavailable):
        await RetryPolicy(sleep=Naps(), attempts=4).run(operation, repeatable=True)
    assert len(tries) == 4


async def test_a_wait_longer_than_the_total_goes_back_to_the_caller_at_once() -> None:
    naps = Naps()
    operation, tries = failing(Unavailable("Gong", "daily limit", retry_after=timedelta(hours=3)))
    with pytest.raises(Unavailable) as raised:
        await RetryPolicy(sleep=naps, total_seconds=60).run(operation, repeatable=True)
    assert raised.value.retry_after == timedelta(hours=3)
    assert (len(tries), naps.lengths) == (1, [])


async def test_waits_add_up_to_no_more_than_the_total() -> None:
    naps = Naps()
    operation, _ = failing(*[Unavailable("Gong", "down", retry_after=timedelta(seconds=9)) for _ in range(50)])
    with pytest.raises(Unavailable):
        await RetryPolicy(sleep=naps, attempts=50, total_seconds=60).run(operation, repeatable=True)
    assert 40 < sum(naps.lengths) <= 60


async def test_what_may_have_been_done_once_stays_doubtful_although_a_later_try_was_refused() -> None:
    operation, _ = failing(
        Unavailable("HubSpot", "no answer", maybe_done=True),
        Unavailable("HubSpot", "slow down", retry_after=timedelta(hours=1)),
    )
    with pytest.raises(Unavailable, match="slow down") as raised:
        await RetryPolicy(sleep=Naps()).run(operation, repeatable=True)
    assert raised.value.maybe_done


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("3", 3), ("0.5", 0.5), ("-4", 0), (None, None), ("soon", None), ("Thu, 01 Jan 1970 00:00:00 GMT", 0)],
)
def test_a_retry_after_header_is_seconds_or_a_date(header: str | None, seconds: float | None) -> None:
    assert asked_pause(header) == (None if seconds is None else timedelta(seconds=seconds))


def test_a_retry_after_date_ahead_is_the_time_until_then() -> None:
    pause = asked_pause(format_datetime(datetime.now(UTC) + timedelta(hours=2), usegmt=True))
    assert pause is not None
    assert timedelta(hours=1, minutes=59) < pause <= timedelta(hours=2)


@pytest.mark.parametrize("header", ["99999999", "1e12", "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_a_retry_after_header_never_stops_work_for_more_than_a_day(header: str) -> None:
    assert asked_pause(header) == timedelta(days=1)
