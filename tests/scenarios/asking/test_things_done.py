"""Things that people have done in a conversation: allowed, asked for, refused; what HubSpot holds then, and taken back.

Every conversation leaves the world as it found it.
"""

import pytest

from api.asking import Question
from core.people import TERMINAL
from tests.scenarios.asking.conftest import DANNY, HELENA, KENYA, OTTILIE, STRANGER, Town

pytestmark = pytest.mark.asyncio(loop_scope="session")

GARLAND, LODESTAR, BRIGHTWATER = "101771", "103222", "102555"
"""Deals of Danny, Jake and Kenya."""


async def test_a_task_is_made_on_the_day_that_was_said_and_taken_back(town: Town) -> None:
    before = set(town.made("tasks"))
    talk = town.talk(KENYA)
    told = await talk.hears("remind me on Monday to send the order form to Brightwater")
    assert "“Send the order form to Brightwater”" in told and "due Mon 23 Nov 2026" in told and "undo that" in told
    (task,) = set(town.made("tasks")) - before
    assert town.property("tasks", task, "hs_task_subject") == "Send the order form to Brightwater"
    assert (town.property("tasks", task, "hs_timestamp") or "").startswith("2026-11-23")
    action = talk.told["action"]
    assert (action["object"], action["state"], action["needs_approval"]) == ("tasks", "done", False)
    assert "taken back" in await talk.hears("undo that")
    assert set(town.made("tasks")) == before


async def test_it_is_the_task_that_was_just_made(town: Town) -> None:
    before = set(town.made("tasks"))
    talk = town.talk(KENYA)
    await talk.says("remind me on Monday to send the order form to Brightwater")
    (task,) = set(town.made("tasks")) - before
    await talk.says("push it to Tuesday")
    action = talk.told["action"]
    assert (action["verb"], action["record"]["id"], action["state"]) == ("update", task, "done")
    assert (town.property("tasks", task, "hs_timestamp") or "").startswith("2026-11-24")
    for _ in range(2):
        await talk.says("undo that")
    assert set(town.made("tasks")) == before


async def test_a_note_holds_the_words_of_the_person_and_is_taken_back(town: Town) -> None:
    before = set(town.made("notes"))
    talk = town.talk(KENYA)
    told = await talk.hears("log that we spoke with Brightwater about the lockbox")
    (note,) = set(town.made("notes")) - before
    assert "is made" in told and "about the lockbox" in (town.property("notes", note, "hs_note_body") or "")
    await talk.says("undo that")
    assert set(town.made("notes")) == before


async def test_a_stage_is_written_only_once_a_person_has_allowed_it(town: Town) -> None:
    stage = town.property("deals", BRIGHTWATER, "dealstage")
    talk = town.talk(KENYA)
    told = await talk.hears("move Brightwater CM - Boards + Collect to Discovery")
    action = talk.told["action"]
    assert (action["state"], action["before"], action["after"]) == ("asked", "Demo", "Discovery")
    assert "needs a person's word" in told and f"approve {action['approval']}" in told
    assert town.property("deals", BRIGHTWATER, "dealstage") == stage
    assert f"- {action['approval']}: " in await talk.hears("what is waiting for my approval?")
    allowed = await talk.hears(f"approve {action['approval']}")
    assert "“Demo” → “Discovery”" in allowed and "undo" in allowed
    assert town.property("deals", BRIGHTWATER, "dealstage") != stage
    await talk.says("undo that")
    assert town.property("deals", BRIGHTWATER, "dealstage") == stage


async def test_a_manager_asks_and_the_owner_answers(town: Town) -> None:
    talk = town.talk(HELENA)
    told = await talk.hears("set the amount of Lodestar - portfolio payments to 190k")
    assert "$187,000 → $190,000" in told and "Jake Santangelo or an admin may answer" in told
    number = talk.told["action"]["approval"]
    assert "for you to answer" in await talk.hears(f"approve {number}")
    assert f"There is no approval {number} for you to answer" in await town.talk(DANNY).hears(f"approve {number}")
    assert "withdrawn: nothing was written" in await talk.hears("undo that")
    assert town.property("deals", LODESTAR, "amount") == "187000"


async def test_nothing_is_ever_deleted(town: Town) -> None:
    told = await town.talk(DANNY).hears("delete the Garland Residential - Collect deal")
    assert "I did not delete" in told and GARLAND in town.made("deals")


async def test_two_that_are_done_at_once_are_told_one_by_one(town: Town) -> None:
    before = set(town.made("tasks"))
    talk = town.talk(KENYA)
    told = await talk.hears("remind me tomorrow to call Roxanne Duarte and who owns Brightwater?")
    assert "is made" in told and "owner Kenya Marsh" in told
    assert talk.told["second"]["kind"] == "query"
    await talk.says("undo that")
    assert set(town.made("tasks")) == before


async def test_who_may_not_change_anything_changes_nothing(town: Town) -> None:
    before = {type: town.made(type) for type in ("deals", "tasks", "notes")}
    stage = town.property("deals", GARLAND, "dealstage")
    for who in (OTTILIE, STRANGER):
        for said in (
            "move Garland Residential - Collect to Closed won",
            "log that we spoke with Garland residential (web form)",
            "remind me tomorrow to call Garland residential (web form)",
            "delete Orchard Row - subscription",
            "undo that",
            "approve 1",
        ):
            done = [reply.done for reply in (await town.talk(who).says(said)).replies if reply.done]
            assert all(one.state in ("refused", "nothing") for one in done), said
    assert {type: town.made(type) for type in before} == before
    assert town.property("deals", GARLAND, "dealstage") == stage


async def test_a_record_of_others_cannot_be_changed_and_reads_like_none(town: Town) -> None:
    stage = town.property("deals", LODESTAR, "dealstage")
    hidden = await town.talk(DANNY).hears("move Lodestar - portfolio payments to Negotiation")
    missing = await town.talk(DANNY).hears("move Zodestar - portfolio payments to Negotiation")
    assert hidden.replace("Lodestar", "") == missing.replace("Zodestar", "")
    assert town.property("deals", LODESTAR, "dealstage") == stage


async def test_to_say_what_would_be_done_changes_nothing(town: Town) -> None:
    before = town.made("tasks")
    understood = await town.asking.understood(
        Question(text="remind me Friday to call Brightwater", thread="dry"), TERMINAL
    )
    assert understood.first.action is not None and understood.first.action.needs_approval is False
    assert town.made("tasks") == before
