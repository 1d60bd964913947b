"""When a step is due by the talk around it, on a call of Tuesday, 10 March 2026."""

from datetime import date

import pytest

from core.calls import Call, Party, Sentence, Transcript, Turn
from nodes.call_analysis.extractive.dialogue import lay_flat
from nodes.call_analysis.extractive.due_dates import due_of
from nodes.call_analysis.extractive.spans import Span

TUESDAY = date(2026, 3, 10)


def due(*said: str) -> date | None:
    """The due day of the step whose lines ">" begins; the letter is the speaker."""
    marked = [place for place, line in enumerate(said) if line.startswith(">")]
    turns = tuple(
        Turn(speaker_id=line.lstrip(">")[0], sentences=(Sentence(text=line.lstrip(">")[2:], start_ms=n, end_ms=n + 1),))
        for n, line in enumerate(said)
    )
    call = Call(id="1", parties=(Party(speaker_id="s", affiliation="Internal"), Party(speaker_id="c")))
    dialogue = lay_flat(call, Transcript(call_id="1", turns=turns))
    lines = tuple(dialogue.lines[place] for place in marked)
    return due_of(Span(lines, {line.index: 1.0 for line in lines}), lines[0], dialogue, TUESDAY)


@pytest.mark.parametrize(
    ("said", "day"),
    [
        (
            ("c Both by the twenty-third.", ">s I'll ring on the Friday of that week."),
            date(2026, 3, 27),
        ),
        (("c A draft by Wednesday.", ">s I'll turn it round by the Friday."), date(2026, 3, 13)),
        (("c The test is on the nineteenth.", ">s You get it on the Friday before."), date(2026, 3, 13)),
        (("c Cards come Friday.", ">s I'll tell you by the following Wednesday."), date(2026, 3, 18)),
    ],
)
def test_a_weekday_may_count_from_a_day_named_before(said: tuple[str, ...], day: date) -> None:
    assert due(*said) == day


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ((">s I'll have it by next Friday.", "c Thursday'd be better.", "s Thursday then."), date(2026, 3, 19)),
        ((">s I'll run it on the twenty-fifth.", "c Make that the twenty-fourth."), date(2026, 3, 24)),
        ((">s I'll come on Thursday.", "c Thursday the nineteenth?"), date(2026, 3, 19)),
    ],
)
def test_a_day_put_right_or_spelled_out_at_once_holds(said: tuple[str, ...], day: date) -> None:
    assert due(*said) == day


def test_the_promisers_own_day_comes_before_that_of_another() -> None:
    assert due(">s I'll photograph it tonight.", ">c He'll come back to you by Monday.") == TUESDAY


def test_somebody_elses_promise_gives_a_step_no_day() -> None:
    assert due("c I'll put one in the post for you on Thursday.", ">s I'll write the fifty in the book.") is None


def test_a_step_that_waits_for_something_takes_no_day_from_its_neighbours() -> None:
    assert due(">s I'll tell you when the river's down.", "c And the root cause on Thursday stays?") is None


def test_the_same_day_is_the_day_of_the_step_before() -> None:
    said = ("c I'll send the revised offer by Thursday.", ">s I'll put it into the note the same day.")
    assert due(*said) == date(2026, 3, 12)


def test_who_is_asked_when_answers_with_the_day() -> None:
    said = (">s I'll speak to Duncan about it.", "c By when?", "s By Friday.")
    assert due(*said) == date(2026, 3, 13)


def test_an_hour_alone_is_one_of_the_same_day() -> None:
    assert due(">s You'll have it before lunch.") == TUESDAY


def test_an_invitation_sent_today_is_for_the_day_of_the_meeting() -> None:
    assert due("c Friday the thirteenth, at ten.", ">s I'll get you the invite right after this.") == date(2026, 3, 13)


def test_the_month_said_a_moment_ago_goes_with_the_number() -> None:
    said = ("c We all sit down on the twentieth of May.", ">s On the twentieth I'll be there in person.")
    assert due(*said) == date(2026, 5, 20)


@pytest.mark.parametrize(
    ("said", "day"),
    [(">s I'll have it by the fifteenth.", date(2026, 3, 13)), (">s I'll call him Saturday.", date(2026, 3, 16))],
)
def test_a_task_falls_on_a_working_day(said: str, day: date) -> None:
    assert due(said) == day
