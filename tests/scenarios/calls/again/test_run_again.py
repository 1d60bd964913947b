"""A call that is analysed anew: what was written gets better, and nothing is done twice."""

from typing import Any

import pytest
from sqlalchemy import delete

from core.analysis import CallAnalysis, Finding
from core.people import TERMINAL
from memory.approvals import ApprovalStatus
from memory.calls import CallStatus
from memory.ledger import EffectStatus
from memory.tables import SyncLogRow
from nodes.crm_sync.resolve import FORGOTTEN
from nodes.undo.ordering import order_of
from nodes.undo.undoing import preview_undo, run_undo
from tests.scenarios.calls.again.conftest import Anew, each, summed_up, without

PRICE = "I'll send you the price list by Friday."
SANDBOX = "I'll ask Erik to set up the sandbox."
WORRY = "Honestly we are worried about the price."


def nothing_new(analysis: CallAnalysis) -> CallAnalysis:
    return analysis


def reworded(finding: Finding) -> Finding:
    return finding.model_copy(update={"text": f"In other words: {finding.text.lower()}"})


def bettered(analysis: CallAnalysis) -> CallAnalysis:
    return each(reworded)(summed_up("Acme wants a price by Friday.")(analysis))


@pytest.mark.parametrize("change", [None, nothing_new], ids=["the same analysis", "made anew, and the same"])
async def test_a_run_that_changes_nothing_writes_nothing(anew: Anew, change: Any) -> None:
    writes, rows = anew.house.writes(), len(await anew.house.effects())
    outcome = await (anew.run(change) if change else anew.house.run("9001", again=True))
    assert outcome.status is CallStatus.ANALYSED
    assert (anew.house.writes(), len(await anew.house.effects())) == (writes, rows)


async def test_a_call_that_still_waits_for_its_deal_asks_nothing_twice(world: Any, open_house: Any) -> None:
    world.add_call("9001", people=("dana", "bea"), companies=["102"])
    house = await open_house()
    assert (await house.run("9001")).status is CallStatus.UNRESOLVED
    writes, asked = house.writes(), await house.context.records.approvals.all()
    assert (await house.run("9001", again=True)).status is CallStatus.UNRESOLVED
    assert (house.writes(), await house.context.records.approvals.all()) == (writes, asked)


async def test_a_better_analysis_is_written_over_the_former_once(anew: Anew) -> None:
    await anew.run(bettered)
    house = anew.house
    (note,) = house.made("notes")
    assert "Acme wants a price by Friday." in note["hs_note_body"]
    assert house.properties("contacts", "201")["last_call_summary"] == "Acme wants a price by Friday."
    assert house.properties("deals", "301")["sophia_risk"] == f"In other words: {WORRY.lower()}"
    assert (len(house.made("tasks")), len(house.messages())) == (2, 2)
    assert "Acme wants a price by Friday." in str(anew.card()["blocks"])
    assert anew.thread() == []
    assert {row.status for row in await house.effects()} == {EffectStatus.CONFIRMED}
    writes = house.writes()
    await anew.run(bettered)
    assert house.writes() == writes


async def test_what_changed_and_changed_back_is_written_each_time(anew: Anew) -> None:
    first = anew.house.standing()
    for summary in ("Another.", None, "Another.", None):
        await anew.run(summed_up(summary) if summary else nothing_new)
        contact = anew.house.properties("contacts", "201")
        assert contact["last_call_summary"] == (summary or "Thanks for the time today, Ana.")
        assert (summary or "Thanks for the time today, Ana.") in anew.house.made("notes")[0]["hs_note_body"]
    assert anew.house.standing() == first


async def test_a_note_that_a_person_edited_is_left_and_the_outcome_says_so(anew: Anew) -> None:
    (id,) = anew.house.table("hubspot.notes")
    anew.house.edit("notes", id, hs_note_body="<p>Mine now</p>")
    for _ in range(2):
        outcome = await anew.run(summed_up("Another."))
        said = "the note about the call was not brought up to date: a person has edited it since"
        assert outcome.reason == said
    assert anew.house.made("notes")[0]["hs_note_body"] == "<p>Mine now</p>"
    writes = anew.house.writes()
    await anew.run(summed_up("Another."))
    assert anew.house.writes() == writes


async def test_what_hubspot_makes_of_a_note_is_no_edit(anew: Anew) -> None:
    (id,) = anew.house.table("hubspot.notes")
    body = anew.house.made("notes")[0]["hs_note_body"]
    anew.house.edit("notes", id, hs_note_body=f"<div>{body.replace('<br>', '<br />')}</div>")
    await anew.run(summed_up("Another."))
    assert "Another." in anew.house.made("notes")[0]["hs_note_body"]


async def test_what_a_person_changed_since_becomes_a_question(anew: Anew) -> None:
    anew.house.edit("deals", "301", sophia_risk="Waiting for legal")
    for _ in range(2):
        await anew.run(bettered)
    assert anew.house.properties("deals", "301")["sophia_risk"] == "Waiting for legal"
    waiting = await anew.house.context.records.approvals.waiting()
    (asked,) = [one for one in waiting if one.field == "sophia_risk"]
    assert (asked.current, asked.proposed) == ("Waiting for legal", f"In other words: {WORRY.lower()}")
    await anew.run(each(lambda finding: finding.model_copy(update={"text": "Third words"})))
    waiting = await anew.house.context.records.approvals.waiting()
    assert [one.proposed for one in waiting if one.field == "sophia_risk"] == ["Third words"]


async def test_undo_takes_a_call_back_to_what_stood_before_its_first_run(anew: Anew) -> None:
    await anew.run(bettered)
    order = await order_of(anew.house.context, TERMINAL, call_id="9001")
    foreseen = await preview_undo(anew.house.context, order)
    report = await run_undo(anew.house.context, order)
    assert [(item.key, item.outcome) for item in foreseen.items] == [(item.key, item.outcome) for item in report.items]
    assert report.of("left") == []
    assert (anew.house.made("notes"), anew.house.made("tasks")) == ([], [])
    assert not anew.house.properties("deals", "301").get("sophia_risk")
    assert report.in_words().endswith("2 Slack messages left standing, 1 approval withdrawn")


async def test_undo_of_a_notes_new_text_puts_back_the_former(anew: Anew) -> None:
    (before,) = anew.house.made("notes")
    await anew.run(summed_up("Another."))
    (row,) = [row for row in await anew.house.effects() if row.field == "hs_note_body"]
    report = await run_undo(anew.house.context, await order_of(anew.house.context, TERMINAL, effect_key=row.key))
    assert [item.words for item in report.items] == ["the new text → the text before"]
    assert anew.house.made("notes") == [before]
    await anew.run(summed_up("Another."))
    assert anew.house.made("notes") == [before]  # what was taken back is not done again


async def test_a_call_that_was_taken_back_stays_so(anew: Anew) -> None:
    await run_undo(anew.house.context, await order_of(anew.house.context, TERMINAL, call_id="9001"))
    writes = anew.house.writes()
    assert (await anew.run(bettered)).status is CallStatus.ANALYSED
    assert anew.house.writes() == writes


async def test_a_call_of_which_the_ledger_knows_nothing_any_more_is_not_written_again(anew: Anew) -> None:
    await anew.house.database.write(lambda session: session.execute(delete(SyncLogRow)))
    writes = anew.house.writes()
    outcome = await anew.run(bettered)
    assert (outcome.status, anew.house.writes()) == (CallStatus.ANALYSED, writes)
    assert outcome.reason == FORGOTTEN


async def test_a_promise_in_other_words_makes_no_second_task(anew: Anew) -> None:
    await anew.run(each(reworded))
    assert len(anew.house.made("tasks")) == 2


async def test_a_new_promise_makes_a_task_and_is_told_once_in_the_thread(
    world: Any, open_house: Any, scripted: Any
) -> None:
    world.add_call("9001", deals=["301"], companies=["101"])
    anew = Anew(await open_house(), scripted)
    anew.use(without(SANDBOX, WORRY))
    await anew.house.run("9001")
    assert len(anew.house.made("tasks")) == 1
    for _ in range(2):
        await anew.run()
    assert len(anew.house.made("tasks")) == 2
    (told,) = anew.thread()
    assert SANDBOX in told
    assert WORRY in told
    assert PRICE not in told


CORRECTED = (
    ("dana", "Thanks for the time today, Ana."),
    ("dana", "I'll invite the whole board to Oslo."),
    ("ana", "Honestly we are worried about the prices."),
    ("ana", "But the team likes it, let's move to a contract."),
    ("dana", "I'll call your lawyers on Monday."),
    ("dana", "I'll send you the price lists by Friday."),
)
"""The turns have moved, a word is another, and where the sandbox was promised there is something else."""


async def test_a_corrected_transcript_makes_tasks_of_what_is_new_and_leaves_the_others(anew: Anew) -> None:
    await anew.correct(CORRECTED)
    for _ in range(2):
        await anew.run()
    subjects = {task["hs_task_subject"] for task in anew.house.made("tasks")}
    assert subjects == {PRICE, SANDBOX, CORRECTED[1][1], CORRECTED[4][1]}
    (told,) = anew.thread()
    assert f"“{SANDBOX}” is not in the call any more" in told
    assert "price" not in told


async def test_a_promise_that_was_taken_back_leaves_its_task_and_is_told(anew: Anew) -> None:
    def withdrawn(finding: Finding) -> Finding:
        return finding.model_copy(update={"withdrawn": finding.quote == SANDBOX})

    for _ in range(2):
        await anew.run(each(withdrawn))
    assert len(anew.house.made("tasks")) == 2
    assert all(task["hs_task_status"] == "NOT_STARTED" for task in anew.house.made("tasks"))
    (told,) = anew.thread()
    assert f"“{SANDBOX}” was taken back in the call" in told


@pytest.mark.parametrize("rejected", [False, True], ids=["that waits", "that was rejected"])
async def test_a_proposal_is_not_asked_again_with_the_same_value(anew: Anew, rejected: bool) -> None:
    approvals = anew.house.context.records.approvals
    (asked,) = await approvals.waiting()
    if rejected:
        await approvals.withdraw(asked.id, "no")
    await anew.run(bettered)
    assert [one.id for one in await approvals.all()] == [asked.id]


async def test_another_value_is_asked_in_place_of_the_former(anew: Anew) -> None:
    def won(analysis: CallAnalysis) -> CallAnalysis:
        shown = analysis.stage_direction.model_copy(update={"direction": "won"})
        return analysis.model_copy(update={"stage_direction": shown})

    for _ in range(2):
        await anew.run(won)
    approvals = await anew.house.context.records.approvals.all()
    assert [(one.proposed_label, one.status) for one in approvals] == [
        ("Contract", ApprovalStatus.WITHDRAWN),
        ("Won", ApprovalStatus.WAITING),
    ]
    assert "Demo → Won" in str(anew.card()["blocks"])
    assert "Demo → Contract" not in str(anew.card()["blocks"])


async def test_a_call_stays_with_the_deal_it_was_written_to(world: Any, open_house: Any, scripted: Any) -> None:
    world.add_call("9001")
    anew = Anew(await open_house(), scripted)
    await anew.house.run("9001")
    deals: Any = anew.house.table("hubspot.deals")
    deals["399"] = {**deals["301"], "id": "399"}
    links: Any = anew.house.table("hubspot.associations")
    for key in [key for key in links if "companies/101" in key and "deals/301" in key]:
        links[key.replace("deals/301", "deals/399")] = links[key]
    outcome = await anew.run(bettered)
    assert outcome.status is CallStatus.ANALYSED
    assert anew.house.properties("deals", "301")["sophia_risk"].startswith("In other words")
    assert anew.house.properties("deals", "399")["sophia_risk"] == WORRY  # as it was copied
