"""Bars hold what they promise on the scores they are made from."""

import math

from evals.bars import PRECISION, judged, lower_bound, sure_from
from evals.counting import Told


def told(right: int, wrong: int, score: float) -> list[tuple[float, bool]]:
    return [(score, True)] * right + [(score, False)] * wrong


def test_sure_begins_where_what_is_told_above_was_right_often_enough() -> None:
    found = [*told(40, 1, 3.0), *told(30, 3, 2.0), *told(10, 30, 1.0)]
    begins = sure_from(found)
    above = [right for score, right in found if score >= begins]
    assert begins == 2.0
    assert lower_bound(sum(above), len(above)) >= PRECISION


def test_a_kind_that_is_never_right_often_enough_is_never_sure() -> None:
    assert sure_from(told(10, 10, 1.0)) == math.inf
    assert judged(0.0, Told(tuple(told(10, 10, 1.0)), 20)).is_candidate(1000.0)


def test_a_few_lucky_findings_make_nothing_sure() -> None:
    assert sure_from(told(5, 0, 5.0)) == math.inf
    assert sure_from(told(50, 0, 5.0)) == 5.0


def test_a_higher_score_is_never_less_confident() -> None:
    bar = judged(0.0, Told((*told(1, 9, 0.1), *told(5, 5, 1.0), *told(9, 1, 2.0)), 20))
    assert bar.confidence(0.0) <= bar.confidence(1.0) <= bar.confidence(5.0) <= 1
    backwards = judged(0.0, Told((*told(9, 1, 0.1), *told(1, 9, 2.0)), 20))
    assert backwards.confidence(0.0) == backwards.confidence(5.0)
