"""Rankings made one, and the weight of age."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory.recall.fusion import RECENCY_SHARE, fused, recency

NOW = datetime(2026, 11, 20, tzinfo=UTC)

RANKINGS = st.lists(st.permutations(list(range(12))), min_size=1, max_size=3)


def test_what_leads_every_ranking_scores_one() -> None:
    assert fused([7, 1], [7, 2])[7] == pytest.approx(1)
    assert fused([7, 1])[7] == pytest.approx(1)
    assert fused([7, 1], [2, 7])[7] < 1


def test_what_both_found_is_better_than_what_one_found_at_the_same_rank() -> None:
    scores = fused([1, 2, 3], [4, 2, 5])

    assert max(scores, key=lambda id: scores[id]) == 2
    assert scores[1] == scores[4] > scores[3] == scores[5]


def test_nothing_found_is_nothing_fused() -> None:
    assert fused() == {}
    assert fused([], []) == {}


@given(rankings=RANKINGS)
def test_who_is_ahead_everywhere_is_ahead(rankings: list[list[int]]) -> None:
    scores = fused(*rankings)

    assert all(0 < score <= 1.0000001 for score in scores.values())
    for one in range(12):
        for other in range(12):
            if all(ranking.index(one) < ranking.index(other) for ranking in rankings):
                assert scores[one] > scores[other]


@given(st.lists(st.integers(-100, 100_000), min_size=2, max_size=20))
def test_what_is_newer_never_weighs_less_and_age_costs_little(hours: list[int]) -> None:
    weights = [recency(NOW - timedelta(hours=each), NOW) for each in sorted(hours)]

    assert weights == sorted(weights, reverse=True)
    assert all(1 - RECENCY_SHARE <= weight <= 1 for weight in weights)


def test_half_of_that_is_lost_in_half_a_year() -> None:
    assert recency(NOW, NOW) == 1
    assert recency(NOW + timedelta(days=3), NOW) == 1
    assert recency(NOW - timedelta(days=180), NOW) == pytest.approx(0.985)
