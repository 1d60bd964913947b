"""What is told of an action at a place, and done by whom: only as far as everybody there may see what it is about."""

from typing import Any

import pytest

from core.rights.people_file import PeopleFile, PersonEntry
from core.rights.rights import rights_of
from core.scope import UNOWNED, Scope, owned_by
from memory.ledger import Effect
from nodes.acting.acting import act
from nodes.people import read_directory
from tests.nodes.acting.wanted import UNDO_THAT, answering, completing, deal, logging, remembering, setting
from tools.hubspot.port import NewRecord

THE_PLACE = Scope(audiences=frozenset({UNOWNED, owned_by("2")}))
"""Where Dana and Erik are, who each see less than both."""
NOT_HERE = "What waits for your word I tell only you: ask me in a direct message."


async def test_an_answer_is_not_taken_where_others_may_not_see_the_record(office: Any) -> None:
    number = str((await office.do(setting("dealstage", "s3"))).approval)
    for one in (number, "99"):
        done = await office.do(answering(one, "approve"), scope=THE_PLACE)
        assert (done.state, done.words) == ("refused", NOT_HERE)
        assert (done.label, done.before, done.after) == (None, None, None)
    assert office.writes() == 0


async def test_an_answer_is_taken_where_all_may_see_the_record(office: Any) -> None:
    office.edit("deals", "301", hubspot_owner_id="1")
    place = Scope(audiences=frozenset({owned_by("1")}))
    done = await office.do(
        answering(str((await office.do(setting("dealstage", "s3"))).approval), "approve"), scope=place
    )
    assert (done.state, done.after, office.value("deals", "301", "dealstage")) == ("done", "Contract", "s3")


@pytest.mark.parametrize(
    "entry",
    [PersonEntry(email="dana@ours.example", role="viewer", reads="nothing"), None],
    ids=["reads nothing", "is nobody"],
)
async def test_who_may_see_the_record_no_more_answers_nothing(office: Any, entry: PersonEntry | None) -> None:
    number = str((await office.do(setting("dealstage", "s3"))).approval)
    people = PeopleFile(version=1, person=(entry,) if entry else ())
    directory = await read_directory(office.house.crm, people)
    who = "dana@ours.example" if entry else "dana@elsewhere.example"
    asker = rights_of(who, directory, people.reads)
    told = [
        await act(answering(one, "approve"), await office.turn(scope=asker.scope, asker=asker), "please")
        for one in (number, "99")
    ]
    assert told[0].words == f"There is no approval {number} for you to answer."
    assert told[1].words == "There is no approval 99 for you to answer."
    assert office.writes() == 0


async def test_an_owner_whose_record_went_to_another_answers_nothing(office: Any) -> None:
    number = str((await office.do(setting("dealstage", "s3"))).approval)
    office.edit("deals", "301", hubspot_owner_id="2")
    done = await office.do(answering(number, "approve"))
    assert (done.state, done.words) == ("refused", f"There is no approval {number} for you to answer.")


async def test_a_note_is_taken_back_without_its_words_where_others_read_along(office: Any) -> None:
    await office.do(logging("They pay too late", deal()))
    done = await office.do(UNDO_THAT, scope=THE_PLACE)
    assert (done.state, done.words, done.before, done.after) == ("done", "That is taken back.", None, None)
    assert office.made("notes") == []


async def test_a_request_is_withdrawn_without_its_record_where_others_read_along(office: Any) -> None:
    await office.do(setting("dealstage", "s3"))
    done = await office.do(UNDO_THAT, scope=THE_PLACE)
    assert (done.state, done.words) == ("done", "Approval 1 is withdrawn: nothing was written.")


async def test_a_fact_is_forgotten_without_its_words_where_others_read_along(office: Any) -> None:
    await office.do(remembering("They decide in May.", deal()))
    done = await office.do(UNDO_THAT, scope=THE_PLACE)
    assert (done.state, done.words, done.before) == ("done", "I forgot that.", None)


async def nobodys_task(office: Any, *about: tuple[str, str], key: str = "t") -> str:
    """A task that nobody owns, as if a person had made it by hand."""
    properties = {"hs_task_subject": "Hidden", "hs_task_status": "NOT_STARTED", "hs_timestamp": "2026-03-12T22:00:00Z"}
    made = await office.house.crm.create("tasks", [NewRecord(key=key, properties=properties, associations=about)])
    return str(made[key])


async def test_a_task_of_nobodys_is_completed_by_who_sees_all_it_belongs_to(office: Any) -> None:
    id = await nobodys_task(office, ("companies", "103"), ("companies", "102"))
    office.edit("tasks", id, sophia_key="")
    assert (await office.do(completing(id), who="dana")).words == (await office.do(completing("999"))).words
    assert office.value("tasks", id, "hs_task_status") == "NOT_STARTED"
    assert (await office.do(completing(id), who="erik")).state == "done"


async def test_a_task_of_nobodys_that_was_made_for_a_call_is_for_whom_the_call_is_for(office: Any) -> None:
    ledger = office.house.records.ledger
    about = {"agent": "follow_up", "service": "hubspot", "action": "create", "object_type": "tasks"}
    await ledger.plan([Effect(key="of-a-call", call_id="9001", **about)])
    await ledger.mark_sent(["of-a-call"])
    id = await nobodys_task(office, ("companies", "103"), key="of-a-call")
    await ledger.confirm("of-a-call", id)
    assert (await office.do(completing(id))).state == "refused"
    assert (await office.do(completing(id), who="terminal")).state == "done"
