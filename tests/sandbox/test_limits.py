"""Rate limits of the services, on a clock that stands until it is moved."""

from sandbox.clock import Pace
from sandbox.limits import DAY_S, Limits


def limits_at(ticks: list[float], speed: float = 1.0) -> Limits:
    return Limits(Pace(speed, lambda: ticks[0]))


def test_a_window_lets_no_more_through_than_its_limit(ticks: list[float]) -> None:
    window = limits_at(ticks).window(3, 10)
    assert [window.take() for _ in range(4)] == [None, None, None, 10]
    assert window.remaining == 0


def test_a_window_slides_with_its_oldest_request(ticks: list[float]) -> None:
    window = limits_at(ticks).window(2, 10)
    window.take()
    ticks[0] += 4
    window.take()
    assert window.take() == 6
    ticks[0] += 6
    assert window.take() is None
    assert window.take() == 4


def test_speed_divides_the_window(ticks: list[float]) -> None:
    window = limits_at(ticks, speed=100).window(1, 10)
    window.take()
    ticks[0] += 0.1
    assert window.take() is None


def test_a_daily_count_begins_anew_each_day(ticks: list[float]) -> None:
    daily = limits_at(ticks).daily(2)
    ticks[0] += 100
    assert [daily.take() for _ in range(3)] == [None, None, DAY_S - 100]
    ticks[0] += DAY_S - 100
    assert daily.remaining == 2
    assert daily.take() is None


def test_retry_after_is_whole_seconds_of_ours(ticks: list[float]) -> None:
    assert Pace(1, lambda: ticks[0]).retry_after(2.1) == "3"
    assert Pace(10, lambda: ticks[0]).retry_after(2.1) == "1"
