"""Questions in people's own words and the queries they mean, as Danny Kowalczyk asks on Friday, 20 November 2026."""

from pathlib import Path

import pytest

from core.query import OWNER
from nodes.understanding.slots.slots import query_from
from tests.nodes.understanding.portal import lexicon, told

LINES = (Path(__file__).parent / "questions.txt").read_text(encoding="utf-8").splitlines()
MEANT = tuple(tuple(line.split(" => ")) for line in LINES)


@pytest.mark.parametrize(("question", "query"), MEANT)
def test_a_question_means_its_query(question: str, query: str) -> None:
    assert told(query_from(question, None, lexicon()).query) == query


@pytest.mark.parametrize(("question", "query"), [pair for pair in MEANT if '"' not in pair[0]][::3])
def test_a_question_means_the_same_in_small_letters_and_with_a_question_mark(question: str, query: str) -> None:
    assert told(query_from(question.lower().rstrip("?") + "?", None, lexicon()).query) == query


@pytest.mark.parametrize(
    ("question", "text", "names", "field"),
    [
        ("who owns larkspur",
         "larkspur", {"Larkspur Campus Living", "Larkspur Association Management", "larkspur HOA mgmt"},
         "hs_object_id"),
        ("deals with tidewater", "tidewater", {"Tidewater Flats", "Tidewater Strata Management"}, "company"),
        ("marcus deals", "marcus", {"Marcus Teel", "Marcus Feld"}, OWNER),
        ("calls with Priya", "Priya", {"Priya Nandakumar"}, "contact"),
        ("garlnad residential deals",
         "garlnad residential", {"Garland Residential", "GARLAND RESIDENTIAL LLC"}, "company"),
    ],
)  # fmt: skip
def test_who_could_be_several_is_asked_about(question: str, text: str, names: set[str], field: str) -> None:
    (doubt,) = query_from(question, None, lexicon()).doubts
    assert doubt.question == f"Which {text} do you mean?"
    assert {choice.name for choice in doubt.choices} == names and len(doubt.choices) > 1
    assert doubt.field == field


@pytest.mark.parametrize(
    ("question", "name"),
    [("deals with Acme", "Acme"), ("Dana's deals", "Dana"), ("open deals for Zephyr this month", "Zephyr"),
     ("last call with zephyrus", "zephyrus")],
)  # fmt: skip
def test_a_name_that_nobody_has_is_asked_about_and_not_passed_over(question: str, name: str) -> None:
    (doubt,) = query_from(question, None, lexicon()).doubts
    assert doubt.question == f"I know nobody and nothing called {name}. Whom or what do you mean?"


@pytest.mark.parametrize(
    ("question", "words"),
    [("unhappy customers", ("unhappy",)), ("hot leads", ("hot",)), ("deals closing soon", ("soon",)),
     ("my open deals this month",
      ()), ("last call with Quadrangle", ()), ("what happened with Pinecrest", ("happened",))],
)  # fmt: skip
def test_words_that_no_slot_reads_are_told(question: str, words: tuple[str, ...]) -> None:
    assert query_from(question, None, lexicon()).unexplained == words


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("what is the median deal size",
         "I cannot work out a median: I can count, add up and average, and show the largest or smallest. "
         "Which of these would help?"),
        ("deals in proposal stage for more than 60 days",
         "I do not know since when a deal has been in its stage. Shall I go by when it was created or last changed?"),
        ("who had no calls this week",
         "I can count what each of them has, but not find who has none. Shall I count by owner?"),
        ("calls with Quadrangle since summer", "From which day to which do you mean by summer?"),
    ],
)  # fmt: skip
def test_what_cannot_be_told_is_asked_about(question: str, asked: str) -> None:
    (doubt,) = query_from(question, None, lexicon()).doubts
    assert doubt.question == asked


def test_more_choices_than_are_looked_for_are_told_and_not_dropped() -> None:
    days = " or ".join(f"closing on {day} december" for day in range(1, 27))
    (doubt,) = query_from(f"deals {days}", None, lexicon()).doubts
    assert "more choices" in doubt.question
    few = query_from("deals closing on 1 december or closing on 4 december", None, lexicon())
    assert few.doubts == () and len(few.query.any_of) == 2


def test_the_object_that_is_given_stands_above_the_words() -> None:
    slots = query_from("everything with Quadrangle since October", "notes", lexicon())
    assert told(slots.query) == "notes; company eq Quadrangle Student Living; hs_timestamp gte 2026-10-01"
    assert slots.is_object_said
    assert not query_from("over 50k", None, lexicon()).is_object_said


def test_who_has_no_seat_is_asked_whose_records_they_mean() -> None:
    slots = query_from("my deals", None, lexicon(me=None))
    assert slots.query.filters == () and slots.doubts[0].field == OWNER


def test_a_denial_of_what_is_open_denies_nothing_else() -> None:
    slots = query_from("tasks not assigned to me that are due today", None, lexicon(me=None))
    assert told(slots.query) == (
        "tasks; hs_task_status neq open; hs_timestamp gte 2026-11-20; hs_timestamp lte 2026-11-20"
    )
    assert slots.doubts[0].field == OWNER


def test_what_was_read_is_told_by_its_letters() -> None:
    question = "open deals over 50k"
    assert [question[start:end] for start, end in query_from(question, None, lexicon()).spans] == ["open", "over 50k"]


def test_all_ids_of_a_state_are_asked_for() -> None:
    (won,) = query_from("won deals", None, lexicon()).query.filters
    assert won.op == "in" and isinstance(won.value, tuple)
    assert set(won.value) == {
        "1096237750", "f5b20d79-6c83-4ea9-97d1-8e04c6a2b3d5", "52c7d1ea-b08f-4396-8d24-1fa9e6b7c083",
    }  # fmt: skip
