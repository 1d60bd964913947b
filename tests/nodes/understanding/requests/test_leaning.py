"""What cannot be understood without the turn before is known by its words."""

import pytest

from nodes.understanding.leaning import begins_like_a_reply, begins_with_records, named_for_pronouns, points_back


@pytest.mark.parametrize(
    "text",
    [
        "and the one before?", "same for Kenya", "what about Larkspur?", "no, the other one", "only the open ones",
        "sort by amount", "just mine", "and Danny?", "how about last month", "the next one", "without the lost ones",
    ],
)  # fmt: skip
def test_a_reply_is_known_by_its_beginning(text: str) -> None:
    assert begins_like_a_reply(text)


@pytest.mark.parametrize(
    "text",
    [
        "my overdue tasks", "last call with Brandt", "who owns Larkspur", "move Brandt to negotiation",
        "show deals sorted by amount", "remind me Friday to call Brandt",
    ],
)  # fmt: skip
def test_a_whole_request_is_no_reply(text: str) -> None:
    assert not begins_like_a_reply(text)


@pytest.mark.parametrize(
    "text", ["move it to negotiation", "undo that", "who owns them", "close that deal", "call her"]
)
def test_pronouns_point_back(text: str) -> None:
    assert points_back(text)


@pytest.mark.parametrize("text", ["log that we spoke with Joyce", "tell Kenya that Brandt signed", "deals that closed"])
def test_that_before_a_clause_points_nowhere(text: str) -> None:
    assert not points_back(text)


def test_a_name_stands_for_the_pronouns_after_it() -> None:
    assert named_for_pronouns("when did we call them", "Larkspur", None) == "when did we call Larkspur"
    assert named_for_pronouns("what is their amount", "Larkspur", None) == "what is Larkspur's amount"
    assert named_for_pronouns("what did she say", None, "Joyce") == "what did Joyce say"


@pytest.mark.parametrize(
    ("text", "is_list"),
    [
        ("follow-ups due this week for Stillwater", True),
        ("My overdue tasks about the lockbox", True),
        ("deals under 10k or lost", True),
        ("follow up with Heather on Friday", False),
        ("task: send the DPA", False),
        ("tasks: call Phil, then write to Dale", False),
        ("move all deals of Jake to Ravi", False),
    ],
)
def test_what_begins_with_records_is_no_order(text: str, is_list: bool) -> None:
    assert begins_with_records(text) is is_list
