"""Orders become actions: records, people, stages, days and amounts by the parsers, what is open asked back."""

import pytest

from nodes.understanding.actions import Ordered, action_from
from nodes.understanding.own_words import own_words
from nodes.understanding.shape import ActionObject, Verb
from tests.nodes.understanding.portal import DANNY, lexicon

KENYA = "71240119"


def ordered(text: str, verb: Verb, object: ActionObject) -> Ordered:
    words = own_words(text)
    return action_from(words, verb, object, lexicon(), lexicon().names.mentions(words.asked))


def changes(found: Ordered) -> dict[str, str | None]:
    return {change.field: change.value or change.label for change in found.action.changes}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("set Tamarack to contract sent", {"dealstage": "Contract sent"}),
        ("Tamarack is lost", {"dealstage": "Closed lost"}),
        ("the Tamarack amount should be 42,500", {"amount": "42500"}),
        ("Tamarack is $1.2m now, not $900k", {"amount": "1200000"}),
        ("push Tamarack out to 15 December", {"closedate": "2026-12-15"}),
        ("hand Tamarack over to Kenya", {"hubspot_owner_id": KENYA}),
        ("assign Tamarack to me", {"hubspot_owner_id": DANNY}),
        ("next step on Tamarack: legal review by Friday", {"hs_next_step": "legal review by Friday"}),
        ("Tamarack: 40k, closing on December 1", {"amount": "40000", "closedate": "2026-12-01"}),
    ],
)
def test_a_deal_is_changed_as_the_words_say(text: str, expected: dict[str, str]) -> None:
    found = ordered(text, "update", "deals")
    assert changes(found) == expected
    assert found.action.record is not None
    assert found.action.record.name == "Tamarack - 9 buildings"
    assert not found.doubts


def test_a_stage_that_one_pipeline_has_is_told_by_its_id() -> None:
    (change,) = ordered("move Tamarack to prospecting", "update", "deals").action.changes
    assert (change.value, change.label) == ("1096237740", "Prospecting")


def test_by_how_much_is_no_amount() -> None:
    found = ordered("raise the amount of Tamarack by 5k", "update", "deals")
    assert "amount" not in changes(found)
    assert found.doubts[0].field == "changes"


def test_of_several_deals_of_the_name_it_is_asked_which() -> None:
    found = ordered("mark Mirabel as won", "update", "deals")
    assert found.action.record is None
    assert found.doubts[0].question == "Which Mirabel do you mean?"
    assert {choice.type for choice in found.doubts[0].choices} == {"deals"}


def test_without_a_record_it_is_asked_which_unless_words_point_back() -> None:
    assert ordered("set the amount to 40k", "update", "deals").doubts[0].question == "Which deal?"
    assert not ordered("set it to 40k", "update", "deals").doubts


@pytest.mark.parametrize(
    ("text", "subject", "due", "owner"),
    [
        ("remind me Friday to send the contract", "Send the contract", "2026-11-27", DANNY),
        ("remind me on Dec 3 about the renewal", "The renewal", "2026-12-03", DANNY),
        ("don't let me forget to ring Joyce tomorrow at 4pm", "Ring Joyce", "2026-11-21T16:00:00-06:00", DANNY),
        ("create a task for Kenya to prepare the demo by Wednesday", "Prepare the demo", "2026-11-25", KENYA),
        ("remind Kenya to send the quote on Monday", "Send the quote", "2026-11-23", KENYA),
        ("add call the bank to my to-do list", "Call the bank", None, DANNY),
    ],
)
def test_a_task_has_its_words_its_day_and_whose_it_is(text: str, subject: str, due: str | None, owner: str) -> None:
    found = changes(ordered(text, "create", "tasks"))
    assert found.get("hs_task_subject") == subject
    assert found.get("hs_timestamp") == due
    assert found["hubspot_owner_id"] == owner


def test_a_task_belongs_to_the_records_it_names() -> None:
    found = ordered("remind me Friday to call Tamarack", "create", "tasks")
    assert [record.name for record in found.action.about] == ["Tamarack Student Housing"]


def test_a_reminder_without_a_day_is_asked_for_one() -> None:
    assert ordered("remind me to call Tamarack", "create", "tasks").doubts[0].question == "For which day?"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("log that we spoke with Stillwater about renewal", "we spoke with Stillwater about renewal"),
        ("add a note to Stillwater: they want a pilot", "they want a pilot"),
        (
            "spoke to Stillwater, they are fine with the price, log it",
            "spoke to Stillwater, they are fine with the price",
        ),
    ],
)
def test_a_note_has_the_persons_own_words(text: str, words: str) -> None:
    found = ordered(text, "create", "notes")
    assert found.action.words == words
    assert [record.name for record in found.action.about] == ["Stillwater Homes"]


def test_a_note_about_nothing_is_asked_for_its_record() -> None:
    assert ordered("note that pricing was discussed", "create", "notes").doubts[0].field == "about"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("tell Kenya the deal slipped", "the deal slipped"),
        ("let Kenya know that the demo is moved", "the demo is moved"),
        ("send Kenya a message: call me back", "call me back"),
    ],
)
def test_a_message_goes_to_the_colleague_who_is_named(text: str, words: str) -> None:
    found = ordered(text, "send", "messages")
    assert found.action.record is not None
    assert found.action.record.id == KENYA
    assert found.action.words == words


def test_without_a_colleague_it_is_asked_whom() -> None:
    assert ordered("pass that on", "send", "messages").doubts[0].question == "Whom should I tell?"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("approve 12", {"decision": "approve", "number": "12"}),
        ("reject #7 because it is too high", {"decision": "reject", "number": "7"}),
        ("no, don't apply 15", {"decision": "reject", "number": "15"}),
        ("approve 12 but with 40k", {"decision": "approve", "number": "12", "value": "40000"}),
    ],
)
def test_an_approval_is_answered_by_its_number(text: str, expected: dict[str, str]) -> None:
    assert changes(ordered(text, "answer", "approvals")) == expected


def test_a_fact_is_kept_in_the_persons_words() -> None:
    found = ordered("remember that Tamarack never signs in December", "remember", "facts")
    assert found.action.words == "Tamarack never signs in December"
    assert found.action.about[0].name == "Tamarack Student Housing"
    assert ordered("forget what I told you about Tamarack", "remember", "facts").action.changes[0].field == "withdraw"
