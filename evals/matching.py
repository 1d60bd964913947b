"""Which reported items meet which labelled ones, by the rules of LABELS.md.

A reported item matches a labelled one of its kind when their evidence shares a sentence: one to one, largest overlap
first. A withdrawn step reported as live and a distractor are false positives.
"""

from collections.abc import Sequence
from itertools import product
from typing import Literal

from core.analysis import CallAnalysis, Finding, Frozen
from evals.labels import Gold, GoldItem

WhyWrong = Literal["withdrawn", "distractor", "unlabelled"]


class Pair(Frozen):
    """A reported item and the labelled one it matches."""

    gold: GoldItem
    found: Finding


class WrongItem(Frozen):
    """A false positive: a withdrawn step told as live, a look-alike, or something nobody labelled."""

    found: Finding
    why: WhyWrong


class Matching(Frozen):
    """How a call's reported items meet its labelled ones; `recognised` are steps rightly reported as withdrawn."""

    matched: tuple[Pair, ...]
    missed: tuple[GoldItem, ...]
    wrong: tuple[WrongItem, ...]
    recognised: tuple[Pair, ...] = ()


def match_items(gold: Gold, analysis: CallAnalysis) -> Matching:
    """Which reported items meet which labelled ones.

    Labelled steps that were withdrawn take part in the matching, so that telling one as live cannot pass for finding
    a live step nearby; on equal overlap the live one wins.
    """
    told_live = _pair_up(gold.items, analysis.items, withdrawn=False)
    recognised = _pair_up(gold.items, analysis.items, withdrawn=True)
    matched = {f: g for f, g in told_live.items() if not gold.items[g].withdrawn}
    return Matching(
        matched=_pairs(matched, gold, analysis),
        missed=tuple(
            item for g, item in enumerate(gold.items) if not item.withdrawn and g not in set(matched.values())
        ),
        wrong=tuple(
            WrongItem(found=item, why=_why_wrong(item, gold, told_as_live=f in told_live))
            for f, item in enumerate(analysis.items)
            if f not in matched and f not in recognised
        ),
        recognised=_pairs(recognised, gold, analysis),
    )


def _pairs(places: dict[int, int], gold: Gold, analysis: CallAnalysis) -> tuple[Pair, ...]:
    return tuple(Pair(gold=gold.items[g], found=analysis.items[f]) for f, g in sorted(places.items()))


def _pair_up(labelled: Sequence[GoldItem], found: Sequence[Finding], *, withdrawn: bool) -> dict[int, int]:
    """Places of reported items and of the labelled ones they meet: one to one, largest overlap first.

    With `withdrawn` only the items reported as withdrawn are looked at, and only withdrawn steps can meet them.
    """
    candidates = [
        (-_overlap(gold, item), gold.withdrawn, g, f)
        for (g, gold), (f, item) in product(enumerate(labelled), enumerate(found))
        if item.withdrawn is withdrawn and (gold.withdrawn or not withdrawn)
    ]
    pairs: dict[int, int] = {}
    for overlap, _, g, f in sorted(candidates):
        if overlap and f not in pairs and g not in pairs.values():
            pairs[f] = g
    return pairs


def _overlap(gold: GoldItem, item: Finding) -> int:
    """Shared sentences, none when the kinds differ; taking a step back also shows that it was withdrawn."""
    if gold.kind is not item.kind:
        return 0
    proof = {*gold.evidence, *gold.withdrawn_at} if item.withdrawn else set(gold.evidence)
    return len(proof & set(item.evidence))


def _why_wrong(item: Finding, gold: Gold, told_as_live: bool) -> WhyWrong:
    if told_as_live:
        return "withdrawn"
    look_alikes = {distractor.at for distractor in gold.distractors if distractor.looks_like is item.kind}
    return "distractor" if look_alikes & set(item.evidence) else "unlabelled"
