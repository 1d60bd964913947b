"""A call of any length is cut into windows that fit, overlap and go on."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from nodes.call_analysis.judging.windows import best_window, cut, grouped, halves

COSTS = st.lists(st.integers(1, 60), max_size=200)


@given(COSTS, st.integers(1, 300))
def test_windows_cover_every_line_and_none_is_too_long(costs: list[int], room: int) -> None:
    windows = cut(costs, room)

    assert sorted({line for window in windows for line in window}) == list(range(len(costs)))
    assert all(len(window) == 1 or sum(costs[line] for line in window) <= room for window in windows)
    assert all(later.start > earlier.start for earlier, later in pairwise(windows))


@given(COSTS, st.integers(1, 300))
def test_groups_cover_every_line_once(costs: list[int], room: int) -> None:
    assert [line for group in grouped(costs, room) for line in group] == list(range(len(costs)))


def test_neighbours_share_lines() -> None:
    assert cut([1] * 100, 40) == (range(40), range(32, 72), range(64, 100))


@given(st.integers(0, 50), st.integers(2, 90))
def test_halves_are_shorter_and_leave_nothing_out(start: int, length: int) -> None:
    window = range(start, start + length)
    first, second = halves(window)

    assert sorted({*first, *second}) == list(window)
    assert len(first) < length
    assert len(second) < length
    assert first
    assert second


def test_a_candidate_goes_to_the_window_that_sees_it_best() -> None:
    windows = (range(40), range(32, 72))

    assert best_window([30, 33], windows) == 0
    assert best_window([37, 39], windows) == 1
    assert best_window([90], windows) is None
