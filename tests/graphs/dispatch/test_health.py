"""How an agent fares: means, load, score and breaker."""

import pytest

from graphs.dispatch.health import FAILURES, LONGEST_PAUSE_S, PAUSE_S, SLOW_MS, Health


def test_one_that_was_never_asked_is_as_good_as_can_be() -> None:
    health = Health(capacity=4)
    assert (health.performance, health.load, health.score) == (1.0, 0.0, 1.0)


def test_the_score_is_performance_times_what_is_free() -> None:
    health = Health(capacity=4, running=1, success=0.8, latency_ms=SLOW_MS)
    assert health.performance == pytest.approx(0.4)
    assert health.score == pytest.approx(0.4 * 0.75)


def test_what_waits_is_load_too_and_there_is_no_more_than_full() -> None:
    assert Health(capacity=4, running=4, waiting=3).load == 1.0
    assert Health(capacity=4, running=4, waiting=3).score == 0.0


def test_failures_lower_success_and_answers_raise_it_again() -> None:
    health = Health(capacity=1)
    health.has_failed(0, 10)
    assert health.success == pytest.approx(0.8)
    health.succeeded(10)
    assert health.success == pytest.approx(0.84)


def test_the_first_latency_counts_whole_and_later_ones_a_fifth() -> None:
    health = Health(capacity=1)
    health.succeeded(100)
    assert health.latency_ms == 100
    health.succeeded(200)
    assert health.latency_ms == pytest.approx(120)


def test_the_breaker_opens_after_failures_in_a_row_only() -> None:
    health = Health(capacity=1)
    for _ in range(FAILURES - 1):
        health.has_failed(0, 1)
    assert health.breaker(0) == "closed"
    health.succeeded(1)
    for _ in range(FAILURES - 1):
        health.has_failed(0, 1)
    assert health.may_be_asked(0)
    health.has_failed(0, 1)
    assert health.breaker(0) == "open"
    assert not health.may_be_asked(PAUSE_S - 0.1)


def test_after_the_pause_one_task_is_let_through() -> None:
    health = _failing()
    assert health.breaker(PAUSE_S) == "half open"
    assert health.may_be_asked(PAUSE_S)
    health.running = 1
    assert not health.may_be_asked(PAUSE_S)


def test_a_try_that_fails_doubles_the_pause_up_to_the_longest_and_one_that_succeeds_ends_it() -> None:
    health, now = _failing(), 0.0
    pauses = []
    for _ in range(8):
        now += health.pause_s
        health.has_failed(now, 1)
        pauses.append(health.pause_s)
    assert pauses[:3] == [PAUSE_S * 2, PAUSE_S * 4, PAUSE_S * 8]
    assert pauses[-1] == LONGEST_PAUSE_S
    health.succeeded(1)
    assert (health.breaker(now), health.pause_s, health.failures_in_row) == ("closed", PAUSE_S, 0)


def _failing() -> Health:
    health = Health(capacity=1)
    for _ in range(FAILURES):
        health.has_failed(0, 1)
    return health
