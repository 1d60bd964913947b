"""Two analysts, one list: what is the same is one finding, and a candidate is what not both stand by."""

from datetime import date
from typing import Any

import pytest

from core.analysis import Finding, Kind
from nodes.call_analysis.judging.agreement import Agreement, Word
from nodes.call_analysis.judging.grounding import Judged
from nodes.call_analysis.judging.merging import of_all_windows, with_extracted
from tests.nodes.judging.talk import objection

UNTRIED, PROVEN = Agreement(), Agreement(promotes=True)
STARTS = {(turn, sentence): 10_000 * turn + 1000 * sentence for turn in range(20) for sentence in range(5)}


def own(*evidence: tuple[int, int], words: str | None = "too dear", **given: Any) -> Judged[Finding]:
    about = {"evidence": evidence, "start_ms": STARTS[min(evidence)], "analyst": "model", "candidate": True}
    return Judged(objection(**({"text": words or "said", "confidence": 0.5} | about | given)), words)


def step(*evidence: tuple[int, int], **given: Any) -> Judged[Finding]:
    return own(*evidence, words="send the list", kind=Kind.NEXT_STEP, **given)


@pytest.mark.parametrize(
    ("extracted", "word", "candidate"),
    [
        (False, "agrees", False),
        (False, "silent", False),
        (False, "rejects", True),
        (True, "silent", True),
        (None, "agrees", True),
    ],
)
def test_what_is_a_candidate(extracted: bool | None, word: Word, candidate: bool) -> None:
    for agreement in (UNTRIED, PROVEN):
        assert agreement.is_candidate(extracted, word) is candidate


def test_a_candidate_that_a_model_confirms_is_sure_only_when_the_owner_says_so() -> None:
    assert UNTRIED.is_candidate(True, "agrees")
    assert not PROVEN.is_candidate(True, "agrees")


def test_only_what_nobody_stands_by_is_left_out() -> None:
    assert UNTRIED.is_left_out(True, "rejects")
    assert not UNTRIED.is_left_out(False, "rejects")
    assert not UNTRIED.is_left_out(True, "silent")


def test_windows_that_saw_the_same_make_one_finding_of_six_sentences_at_most() -> None:
    merged = of_all_windows([own(*[(1, n) for n in range(4)]), own(*[(n, 0) for n in range(1, 7)])], STARTS)

    assert len(merged) == 1
    assert merged[0].finding.evidence == ((1, 0), (1, 1), (1, 2), (1, 3), (2, 0), (3, 0))
    assert merged[0].finding.candidate


def test_two_vendors_in_one_sentence_are_two_and_one_vendor_in_two_places_is_one() -> None:
    named = [
        own((1, 2), words="Wexford", kind=Kind.COMPETITOR),
        own((1, 2), words="Palisade", kind=Kind.COMPETITOR),
        own((4, 0), words="Wexford Cloud", kind=Kind.COMPETITOR),
    ]

    merged = of_all_windows(named, STARTS)

    assert [judged.finding.text for judged in merged] == ["Wexford", "Palisade"]
    assert merged[0].finding.evidence == ((1, 2), (4, 0))


def test_steps_of_two_people_in_one_sentence_are_two() -> None:
    merged = of_all_windows([step((2, 1), owner="Dana Reyes"), step((2, 1), owner="Ana Silva")], STARTS)

    assert len(merged) == 2


def test_both_analysts_together_keep_the_first_evidence_the_owner_and_the_day() -> None:
    known = objection(
        kind=Kind.NEXT_STEP, evidence=((2, 1),), start_ms=STARTS[2, 1], owner="Dana Reyes",
        owner_email="dana@ours.example", ours=True, due=date(2026, 3, 13), candidate=True,
    )  # fmt: skip

    own_step = step((1, 0), (2, 1), owner="Ana Silva", ours=False)
    (merged,) = with_extracted([known], ["silent"], [own_step], STARTS, PROVEN)

    assert merged.evidence == ((2, 1), (1, 0))
    assert merged.start_ms == STARTS[1, 0]
    assert (merged.owner, merged.ours, merged.due) == ("Dana Reyes", True, date(2026, 3, 13))
    assert merged.text == "Dana Reyes: send the list (due 2026-03-13)"
    assert (merged.analyst, merged.candidate) == ("both", False)


def test_a_candidate_of_both_stays_one_and_is_as_sure_as_the_surer_of_them() -> None:
    known = objection(candidate=True, confidence=0.3)

    (merged,) = with_extracted([known], ["silent"], [own((1, 1))], STARTS, UNTRIED)

    assert (merged.analyst, merged.candidate, merged.confidence) == ("both", True, 0.5)


def test_a_step_that_either_says_is_withdrawn_is_withdrawn() -> None:
    known = objection(kind=Kind.NEXT_STEP, withdrawn=True)

    for withdrawn_by in ([known], [known.model_copy(update={"withdrawn": False})]):
        (merged,) = with_extracted(withdrawn_by, ["agrees"], [step((1, 1), withdrawn=True)], STARTS, UNTRIED)
        assert merged.withdrawn
    (merged,) = with_extracted([known], ["agrees"], [step((1, 1))], STARTS, UNTRIED)
    assert merged.withdrawn


def test_a_rejected_finding_becomes_a_candidate_even_if_the_model_reports_it_too() -> None:
    (merged,) = with_extracted([objection()], ["rejects"], [own((1, 1))], STARTS, UNTRIED)

    assert merged.candidate
    assert merged.analyst == "extractive"
    assert merged.text == objection().text


def test_extracted_findings_are_not_put_together_by_a_model_that_sees_one_in_them() -> None:
    both = [objection(evidence=((1, 1),)), objection(evidence=((1, 2),), start_ms=STARTS[1, 2])]

    merged = with_extracted(both, ["silent", "silent"], [own((1, 1), (1, 2))], STARTS, UNTRIED)

    assert [finding.analyst for finding in merged] == ["both", "extractive"]
