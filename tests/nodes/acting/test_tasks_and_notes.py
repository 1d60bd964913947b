"""Reminders on the list of who asks, and notes on the records that they may change."""

from typing import Any

import pytest

from memory.ledger import EffectStatus
from nodes.acting.acting import preview
from nodes.understanding.shape import Action, FieldChange, Named
from tests.nodes.acting.wanted import UNDO_THAT, answering, completing, deal, logging, reminding, setting, task

ASKS_ABOUT_NOTES = '[[rule]]\nobjects = ["notes", "tasks"]\nactions = ["create"]\ndecision = "ASK"\n'


async def test_a_reminder_is_a_task_of_ones_own_at_the_end_of_that_day(office: Any) -> None:
    done = await office.do(reminding("call Acme about the contract", deal(), hs_timestamp="2026-03-13"))
    assert (done.state, done.after) == ("done", "Call Acme about the contract")
    assert "Fri 13 Mar 2026, 17:00" in done.words
    (made,) = office.made("tasks")
    assert (made["hubspot_owner_id"], made["hs_timestamp"]) == ("1", "2026-03-13T22:00:00Z")  # 17:00 in Chicago
    assert (made["hs_task_subject"], made["links"]) == ("Call Acme about the contract", {"deals/301"})


async def test_a_task_without_a_day_is_due_on_the_next_working_day(office: Any) -> None:
    await office.do(reminding("call Ana"))
    assert [made["hs_timestamp"] for made in office.made("tasks")] == ["2026-03-11T22:00:00Z"]


async def test_a_task_without_words_is_called_after_its_record(office: Any) -> None:
    assert (await office.do(reminding(None, deal()))).after == "Follow up on Acme rollout"
    assert (await office.do(reminding(None))).state == "refused"


async def test_the_terminal_has_no_list_of_its_own(office: Any) -> None:
    done = await office.do(reminding("call Ana"), who="terminal")
    assert "for nobody yet" in done.words
    assert "hubspot_owner_id" not in office.made("tasks")[0]


@pytest.mark.parametrize(("who", "state"), [("dana", "refused"), ("max", "done"), ("terminal", "done")])
async def test_a_task_for_a_colleague_needs_the_right_to_act_for_them(office: Any, who: str, state: str) -> None:
    done = await office.do(reminding("call Bea", hubspot_owner_id="erik@ours.example"), who=who)
    assert done.state == state
    assert [made["hubspot_owner_id"] for made in office.made("tasks")] == (["2"] if state == "done" else [])


@pytest.mark.parametrize("day", ["2026-03-09", "Friday", "2026-02-30"])
async def test_a_day_that_cannot_be_is_refused(office: Any, day: str) -> None:
    assert (await office.do(reminding("call Ana", hs_timestamp=day))).state == "refused"
    assert office.made("tasks") == []


async def test_a_note_is_kept_as_text_with_who_wrote_it(office: Any) -> None:
    done = await office.do(
        logging("We spoke about <b>price</b>\n& terms", deal(), Named(type="contacts", id="201", name=""))
    )
    assert done.state == "done"
    (made,) = office.made("notes")
    assert "We spoke about &lt;b&gt;price&lt;/b&gt;<br>&amp; terms" in made["hs_note_body"]
    assert "Dana Reyes" in made["hs_note_body"]
    assert (made["hubspot_owner_id"], made["links"]) == ("1", {"deals/301", "contacts/201"})


@pytest.mark.parametrize(
    ("action", "who"),
    [
        (logging("We spoke", deal("302")), "dana"),
        (logging("We spoke"), "dana"),
        (logging("", deal()), "dana"),
        (logging("x" * 5001, deal()), "dana"),
        (logging("We spoke", deal("303")), "vera"),
        (reminding("call", deal("302")), "dana"),
        (reminding("call"), "nick"),
        (Action(verb="create", object="deals", words="a new deal"), "terminal"),
        (Action(verb="create", object="contacts", words="a new contact"), "dana"),
    ],
)
async def test_what_is_not_made(office: Any, action: Action, who: str) -> None:
    assert (await office.do(action, who=who)).state == "refused"
    assert office.made("notes") == office.made("tasks") == []
    assert await office.effects() == []


async def test_a_preview_makes_nothing(office: Any) -> None:
    done = await preview(reminding("call Ana", deal()), await office.turn())
    assert (done.state, done.action.needs_approval) == ("done", False)
    assert "would be made" in done.words
    assert office.made("tasks") == []


async def test_what_the_policy_asks_about_is_made_once_it_is_allowed(office: Any) -> None:
    office.under(ASKS_ABOUT_NOTES)
    asked = await office.do(logging("We spoke", deal()), words="log that we spoke")
    assert (asked.state, office.made("notes")) == ("asked", [])
    (approval,) = await office.house.records.approvals.waiting()
    assert (approval.quote, approval.requester) == ("log that we spoke", "dana@ours.example")
    done = await office.do(answering(str(asked.approval), "approve"))
    assert done.state == "done"
    assert [made["links"] for made in office.made("notes")] == [{"deals/301"}]


async def test_what_the_policy_denies_is_not_made(office: Any) -> None:
    office.under(ASKS_ABOUT_NOTES.replace("ASK", "DENY"))
    assert (await office.do(logging("We spoke", deal()))).state == "refused"
    assert office.made("notes") == []


async def test_two_reminders_of_one_turn_are_two_tasks_and_the_turn_again_makes_no_third(office: Any) -> None:
    for _ in range(2):
        for words in ("call Ana", "call Aldo"):
            assert (await office.do(reminding(words), turn="one")).state == "done"
    assert sorted(made["hs_task_subject"] for made in office.made("tasks")) == ["Call Aldo", "Call Ana"]


async def test_the_same_reminder_for_two_days_is_two_tasks_and_the_turn_again_makes_no_third(office: Any) -> None:
    for _ in range(2):
        for day in ("2026-03-13", "2026-03-20"):
            assert (await office.do(reminding("call Ana", hs_timestamp=day), turn="one")).state == "done"
    assert sorted(made["hs_timestamp"][:10] for made in office.made("tasks")) == ["2026-03-13", "2026-03-20"]


async def test_the_task_that_was_made_is_what_the_action_was_done_to(office: Any) -> None:
    done = await office.do(reminding("call Ana", deal()))
    assert done.action.record is not None and done.action.about == (deal(),)
    assert office.value("tasks", done.action.record.id, "hs_task_subject") == "Call Ana"
    made = setting("hubspot_owner_id", "dana@ours.example", done.action.record)
    assert (await office.do(made)).state == "nothing"


async def test_one_ticks_off_ones_own_task(office: Any) -> None:
    done = await office.do(completing())
    assert (done.state, done.before, done.after) == ("done", "Not started", "Completed")
    assert office.value("tasks", "401", "hs_task_status") == "COMPLETED"
    assert (await office.do(completing())).state == "nothing"


@pytest.mark.parametrize(
    ("who", "state"), [("dana", "refused"), ("erik", "done"), ("max", "done"), ("vera", "refused")]
)
async def test_whose_task_one_may_tick_off(office: Any, who: str, state: str) -> None:
    assert (await office.do(completing("402"), who=who)).state == state
    assert (office.value("tasks", "402", "hs_task_status") == "COMPLETED") == (state == "done")


async def test_a_task_that_nobody_owns_is_for_whom_its_deal_is_for(office: Any) -> None:
    office.edit("tasks", "402", hubspot_owner_id="")
    table: Any = office.server.frame.store.table("hubspot.tasks")
    assert not table["402"]["properties"]["hubspot_owner_id"]
    assert (await office.do(completing("402"))).state == "refused"
    assert (await office.do(completing("402"), who="erik")).state == "done"


async def test_a_task_is_put_off_to_the_end_of_another_day(office: Any) -> None:
    done = await office.do(setting("hs_timestamp", "2026-03-20", task()))
    assert (done.state, done.after) == ("done", "Fri 20 Mar 2026, 17:00")
    assert office.value("tasks", "401", "hs_timestamp") == "2026-03-20T22:00:00Z"
    assert (await office.do(setting("hs_timestamp", "2026-03-20", task()))).state == "nothing"


async def test_what_is_not_a_task_is_not_completed(office: Any) -> None:
    assert (await office.do(Action(verb="complete", object="deals", record=deal()))).state == "refused"


async def test_a_task_is_not_handed_to_others_without_a_rule(office: Any) -> None:
    change = FieldChange(field="hubspot_owner_id", value="2")
    done = await office.do(Action(verb="update", object="tasks", record=task(), changes=(change,)))
    assert (done.state, office.value("tasks", "401", "hubspot_owner_id")) == ("refused", "1")


async def test_a_task_that_was_made_can_be_taken_back(office: Any) -> None:
    await office.do(reminding("call Ana"))
    done = await office.do(UNDO_THAT)
    assert (done.state, office.made("tasks")) == ("done", [])
    assert [row.status for row in await office.effects()] == [EffectStatus.UNDONE, EffectStatus.CONFIRMED]
