"""Which sentences make one next step, which commit to nothing, and which step a later sentence takes back."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from core.calls import Call, Party, Sentence, Transcript, Turn
from nodes.call_analysis.extractive.arrangements import step_spans, taken_back
from nodes.call_analysis.extractive.dialogue import Dialogue, lay_flat

NAMES = {"s": "Ana Lund", "c": "Cy Reyes"}


def dialogue_of(talk: Sequence[tuple[str, str]]) -> Dialogue:
    """A talk of one sentence a turn."""
    parties = tuple(Party(name=name, speaker_id=voice) for voice, name in NAMES.items())
    turns = tuple(
        Turn(speaker_id=voice, sentences=(Sentence(start_ms=now * 2000, end_ms=now * 2000 + 1500, text=text),))
        for now, (voice, text) in enumerate(talk)
    )
    call = Call(id="1", started=datetime(2026, 3, 10, 10, tzinfo=UTC), language="eng", parties=parties)
    return lay_flat(call, Transcript(call_id="1", turns=turns))


def steps(talk: Sequence[tuple[str, str]]) -> list[list[int]]:
    """Lines of every step when each line scores above the bar."""
    dialogue = dialogue_of(talk)
    return [[line.index for line in span.lines] for span in step_spans(dialogue, [1.0] * len(dialogue.lines))]


def withdrawn(talk: Sequence[tuple[str, str]], promised: int = 1) -> set[int]:
    """Places of the steps taken back, when only the first `promised` lines score above the bar."""
    dialogue = dialogue_of(talk)
    scores = [1.0 if line.index < promised else -5.0 for line in dialogue.lines]
    return set(taken_back(step_spans(dialogue, scores), dialogue))


@pytest.mark.parametrize(
    "more",
    [
        ("s", "I'll have an answer for the both of you by Monday."),
        ("s", "I'll text you either way tomorrow."),
        ("c", "Wednesday the first it is, then, I'll send the invite."),
        ("c", "Thursday at ten."),
    ],
)
def test_a_report_an_invitation_and_a_time_belong_to_the_step_before(more: tuple[str, str]) -> None:
    assert steps([("s", "I'll ask our counsel about the three leases."), more]) == [[0, 1]]


@pytest.mark.parametrize(
    "more", [("c", "And I'll get you the volumes from last year."), ("c", "You'll have it Friday.")]
)
def test_a_promise_of_something_else_or_by_somebody_else_is_a_step_of_its_own(more: tuple[str, str]) -> None:
    assert steps([("s", "I'll ask our counsel about the three leases."), more]) == [[0], [1]]


def test_a_time_alone_is_one_step_with_the_promise_that_follows() -> None:
    assert steps([("c", "Tuesday the fifth, then."), ("s", "I'll bring the people from Brazil.")]) == [[0, 1]]


def test_somebody_who_acts_is_not_just_a_time() -> None:
    talk = [("c", "I load the data on Friday."), ("s", "I'll write the notice for the tenants.")]
    assert steps(talk) == [[0], [1]]


@pytest.mark.parametrize(
    "text",
    [
        "I'll be honest, that was a rough quarter.",
        "I'll share my screen.",
        "I'll mute for a second.",
        "Then I'll see you on Wednesday.",
        "Right, I'll let you get back to it.",
        "I'll admit that's a lot.",
        "I'll tell you what.",
    ],
)
def test_a_manner_of_speaking_is_no_step(text: str) -> None:
    assert steps([("s", text)]) == []


def test_a_promise_after_a_manner_of_speaking_is_a_step() -> None:
    assert steps([("s", "I'll be honest, it's late, but I'll send you the report tonight.")]) == [[0]]


@pytest.mark.parametrize(
    "text",
    [
        "No, she's right, forget the letter.",
        "Then I withdraw the offer, sorry.",
        "Right, I won't, then.",
        "Hang on, no, Thursday I'm off all day.",
        "Then I don't call.",
        "Ugh, no, I can't do that one.",
    ],
)
def test_forms_of_taking_ones_own_step_back(text: str) -> None:
    assert withdrawn([("s", "I'll call your director with a letter on Thursday."), ("c", "Wait."), ("s", text)]) == {0}


@pytest.mark.parametrize(
    ("voice", "text"),
    [
        ("c", "I won't come to that one, if nobody minds."),
        ("c", "Will you hold off answering them?"),
        ("c", "Let's not tell the boards anything."),
        ("s", "Don't forget the parking."),
        ("s", "And the lunch with your managers, I'll cancel that."),
        ("s", "I'll hold off till the fifteenth."),
    ],
)
def test_what_takes_back_nothing_or_something_else_leaves_the_step_alone(voice: str, text: str) -> None:
    assert withdrawn([("s", "I'll send you the audit report by Friday."), (voice, text)]) == set()


def test_the_name_of_who_is_spoken_to_does_not_choose_the_step() -> None:
    talk = [
        ("s", "I'll get back to Cy about the starter tier by Wednesday."),
        ("s", "And I'll extend the trial tenant through the end of October."),
        ("s", "Then I can't, sorry, Cy, forget I said that."),
    ]
    assert withdrawn(talk, promised=2) == {1}
