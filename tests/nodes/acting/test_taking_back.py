""" "Undo that": the last thing that the person did in this conversation, and nothing else."""

from typing import Any

import pytest

from memory.approvals import ApprovalStatus
from memory.ledger import EffectStatus
from nodes.acting.acting import preview
from nodes.understanding.shape import Action
from tests.nodes.acting.wanted import (
    MOVES_ALLOWED,
    UNDO_THAT,
    answering,
    completing,
    deal,
    logging,
    remembering,
    setting,
)


async def test_the_last_change_is_put_back_then_the_one_before(office: Any) -> None:
    office.under(MOVES_ALLOWED)
    await office.do(setting("dealstage", "s3"))
    await office.do(completing())
    first = await office.do(UNDO_THAT)
    assert (first.state, first.before, first.after) == ("done", "Completed", "Not started")
    assert (office.value("tasks", "401", "hs_task_status"), office.value("deals", "301", "dealstage")) == (
        "NOT_STARTED",
        "s3",
    )
    second = await office.do(UNDO_THAT)
    assert (second.state, office.value("deals", "301", "dealstage")) == ("done", "s2")
    assert (await office.do(UNDO_THAT)).state == "nothing"


async def test_an_action_of_several_changes_is_taken_back_whole(office: Any) -> None:
    office.under(MOVES_ALLOWED)
    both = (*setting("dealstage", "s3").changes, *setting("amount", "5000").changes)
    await office.do(Action(verb="update", object="deals", record=deal(), changes=both))
    assert (await office.do(UNDO_THAT)).state == "done"
    assert (office.value("deals", "301", "dealstage"), office.value("deals", "301", "amount")) == ("s2", "1000")


async def test_the_same_turn_run_again_takes_back_no_more(office: Any) -> None:
    office.under(MOVES_ALLOWED)
    await office.do(setting("dealstage", "s3"))
    await office.do(completing())
    first = await office.do(UNDO_THAT, turn="back")
    assert await office.do(UNDO_THAT, turn="back") == first
    assert office.value("deals", "301", "dealstage") == "s3"


@pytest.mark.parametrize(("who", "thread"), [("max", "t1"), ("dana", "t2"), ("terminal", "t1")])
async def test_what_others_did_or_was_said_elsewhere_is_not_that(office: Any, who: str, thread: str) -> None:
    await office.do(completing())
    assert (await office.do(UNDO_THAT, who=who, thread=thread)).state == "nothing"
    assert office.value("tasks", "401", "hs_task_status") == "COMPLETED"


async def test_a_record_can_be_named(office: Any) -> None:
    office.under(MOVES_ALLOWED)
    await office.do(setting("dealstage", "s3"))
    await office.do(completing())
    done = await office.do(Action(verb="undo", object="deals", record=deal()))
    assert (done.state, office.value("deals", "301", "dealstage")) == ("done", "s2")
    assert office.value("tasks", "401", "hs_task_status") == "COMPLETED"


async def test_what_somebody_changed_since_stays(office: Any) -> None:
    office.under(MOVES_ALLOWED)
    await office.do(setting("dealstage", "s3"))
    office.edit("deals", "301", dealstage="s4")
    done = await office.do(UNDO_THAT)
    assert (done.state, office.value("deals", "301", "dealstage")) == ("failed", "s4")
    assert "holds “Won” now" in done.words


async def test_who_may_not_change_the_record_any_more_takes_nothing_back(office: Any) -> None:
    office.under(MOVES_ALLOWED)
    await office.do(setting("dealstage", "s3"))
    office.edit("deals", "301", hubspot_owner_id="2")
    assert (await office.do(UNDO_THAT)).state == "refused"
    assert office.value("deals", "301", "dealstage") == "s3"


async def test_a_request_that_waits_is_withdrawn(office: Any) -> None:
    asked = await office.do(setting("dealstage", "s3"))
    foreseen = await preview(UNDO_THAT, await office.turn())
    assert (foreseen.state, len(await office.house.records.approvals.waiting())) == ("done", 1)
    done = await office.do(UNDO_THAT, turn="back")
    assert (done.state, done.approval) == ("done", asked.approval)
    assert await office.do(UNDO_THAT, turn="back") == done
    (approval,) = await office.house.records.approvals.all()
    assert approval.status is ApprovalStatus.WITHDRAWN


async def test_what_was_allowed_is_taken_back_by_who_may_allow_it(office: Any) -> None:
    asked = await office.do(setting("dealstage", "s3"))
    await office.do(answering(str(asked.approval), "approve"))
    assert office.value("deals", "301", "dealstage") == "s3"
    assert (await office.do(UNDO_THAT)).state == "done"
    assert office.value("deals", "301", "dealstage") == "s2"


async def test_what_somebody_else_allowed_is_not_taken_back_by_who_may_not(office: Any) -> None:
    asked = await office.do(setting("dealstage", "s3", deal("302")), who="max")
    await office.do(answering(str(asked.approval), "approve"), who="erik", thread="t9")
    done = await office.do(UNDO_THAT, who="max")
    assert (done.state, office.value("deals", "302", "dealstage")) == ("refused", "s3")
    assert "allowed by erik@ours.example" in done.words
    assert (await office.do(UNDO_THAT, who="erik", thread="t9")).state == "done"
    assert office.value("deals", "302", "dealstage") == "s1"


async def test_a_note_that_was_edited_since_stays(office: Any) -> None:
    await office.do(logging("We spoke", deal()))
    (made,) = office.made("notes")
    office.edit("notes", made["hs_object_id"], hs_note_body="<p>We did not speak</p>")
    assert (await office.do(UNDO_THAT)).state == "failed"
    assert len(office.made("notes")) == 1


async def test_a_fact_is_forgotten(office: Any) -> None:
    await office.do(completing())
    await office.do(remembering("They decide in May", deal()))
    done = await office.do(UNDO_THAT, turn="back")
    assert (done.state, done.before) == ("done", "They decide in May")
    assert (await office.do(UNDO_THAT, turn="back")).state == "done"
    assert await office.house.memory.facts.about("deal:301") == []
    assert office.value("tasks", "401", "hs_task_status") == "COMPLETED"


async def test_a_preview_takes_nothing_back(office: Any) -> None:
    await office.do(completing())
    done = await preview(UNDO_THAT, await office.turn())
    assert (done.state, done.before, done.after) == ("done", "Completed", "Not started")
    assert "would be taken back" in done.words
    assert [row.status for row in await office.effects()] == [EffectStatus.CONFIRMED]


async def test_an_order_that_nobody_carries_out_now_is_kept(office: Any) -> None:
    await office.do(completing())
    done = await office.do(UNDO_THAT, carry_out=None)
    assert done.state == "failed"
    assert "still to be taken back" in done.words
    (delivery,) = await office.house.records.inbox.unfinished()
    await office.carry_out(delivery)
    assert office.value("tasks", "401", "hs_task_status") == "NOT_STARTED"
