"""Recall, nDCG and their intervals on rankings small enough to be worked out by hand."""

from math import log2

import pytest

from evals.recall.metrics import interval, ndcg_at, recall_at

SECOND, THIRD = 1 / log2(3), 1 / log2(4)


def test_recall_is_the_share_of_golds_that_were_held_in_time() -> None:
    ranking = [set(), {0}, set(), {1}]
    assert recall_at(ranking, 3, 1) == 0
    assert recall_at(ranking, 3, 2) == pytest.approx(1 / 3)
    assert recall_at(ranking, 3, 10) == pytest.approx(2 / 3)


def test_a_gold_that_is_held_twice_counts_once() -> None:
    ranking = [{0}, {0}, {0}]
    assert recall_at(ranking, 2, 5) == 0.5
    assert ndcg_at(ranking, 2, 5) == pytest.approx(1 / (1 + SECOND))


def test_the_best_ranking_has_an_ndcg_of_one() -> None:
    assert ndcg_at([{0}], 1, 10) == 1
    assert ndcg_at([{1}, {0}, {2}], 3, 10) == pytest.approx(1)


def test_ndcg_falls_with_the_rank() -> None:
    assert ndcg_at([set(), {0}], 1, 10) == pytest.approx(SECOND)
    assert ndcg_at([{1}, set(), {0}], 2, 10) == pytest.approx((1 + THIRD) / (1 + SECOND))


def test_what_comes_after_the_depth_does_not_count() -> None:
    assert ndcg_at([set(), set(), {0}], 1, 2) == 0
    assert recall_at([set(), set(), {0}], 1, 2) == 0


def test_a_hit_that_holds_several_golds_is_no_better_than_one_after_the_other() -> None:
    assert ndcg_at([{0, 1}], 2, 10) == pytest.approx(1)
    assert ndcg_at([set(), {0, 1}], 2, 10) == pytest.approx((SECOND + THIRD) / (1 + SECOND))


def test_an_empty_ranking_found_nothing() -> None:
    assert recall_at([], 2, 5) == 0
    assert ndcg_at([], 2, 10) == 0


def test_more_golds_than_the_depth_can_hold_do_not_lower_the_ideal() -> None:
    assert ndcg_at([{0}, {1}], 5, 2) == pytest.approx(1)


def test_an_interval_holds_the_average_and_is_the_same_every_time() -> None:
    values = {"a": [1.0, 0.0, 1.0], "b": [0.0, 0.5], "c": [1.0]}
    low, high = interval(values)
    assert 0 <= low < 3.5 / 6 < high <= 1
    assert interval(values) == (low, high)


def test_what_does_not_vary_has_no_width() -> None:
    assert interval({"a": [0.5, 0.5], "b": [0.5]}) == (0.5, 0.5)


def test_questions_of_one_place_are_drawn_together() -> None:
    together = {"easy": [1.0] * 20, "hard": [0.0] * 20}
    apart = {str(number): [float(number % 2)] for number in range(40)}
    assert interval(together) == (0, 1)
    low, high = interval(apart)
    assert high - low < 0.5
