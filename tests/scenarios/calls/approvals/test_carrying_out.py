"""What follows from an answer: one write over what was shown, or none, and words for how it ended."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from core.errors import NotAllowed, NotUsable, RecordConflict, Unavailable
from core.people import TERMINAL, Person
from memory.approvals import ApprovalStatus
from memory.ledger import EffectStatus
from nodes.approval.answering import Lapsed
from nodes.policy.loading import parse_policy

DANA = Person(email="dana@ours.example", name="Dana Reyes")


async def test_a_request_waits_at_an_interrupt_and_says_where(desk: Any) -> None:
    approval = await desk.waiting()
    assert approval.thread_id == f"approval:{approval.id}"
    state = await desk.graph.aget_state({"configurable": {"thread_id": approval.thread_id}})
    assert [interrupt.id for interrupt in state.interrupts] == [approval.interrupt_id]
    shown = state.interrupts[0].value
    assert (shown["proposed_label"], shown["payload_hash"]) == ("Contract", approval.payload_hash)


async def test_opening_again_does_nothing(desk: Any) -> None:
    before = await desk.waiting()
    await desk.open()
    assert await desk.waiting() == before


async def test_what_is_allowed_is_written_once(desk: Any) -> None:
    approval = await desk.waiting()
    delivery, before = await desk.answer(approval), desk.updates()
    for _ in range(3):
        assert await desk.carry_out(delivery) == "written: “Demo” → “Contract”"
    assert desk.house.properties("deals", "301")["dealstage"] == "s3"
    assert desk.updates() == before + 1
    (write,) = await desk.writes()
    assert (write.status, write.before, write.after) == (EffectStatus.CONFIRMED, "s2", "s3")
    assert (write.approval_id, write.asked_by) == (approval.id, "erik@ours.example")
    closed = await desk.now(approval)
    assert (closed.status, closed.outcome) == (ApprovalStatus.APPROVED, "written: “Demo” → “Contract”")
    assert closed.closed_at is not None
    assert not await desk.has_thread(approval)


async def test_what_is_rejected_is_not_written_and_says_why(desk: Any) -> None:
    approval = await desk.waiting()
    delivery = await desk.answer(approval, "reject", reason="Legal is not through.")
    assert await desk.carry_out(delivery) == "rejected by erik@ours.example: Legal is not through."
    assert desk.house.properties("deals", "301")["dealstage"] == "s2"
    assert await desk.writes() == []
    assert not await desk.has_thread(approval)


@pytest.mark.parametrize("given", ["s4", "Won"], ids=["by id", "by label"])
async def test_an_edit_is_written_instead_of_what_was_proposed(desk: Any, given: str) -> None:
    approval = await desk.waiting()
    assert await desk.approve(approval, value=given) == "written: “Demo” → “Won”"
    assert desk.house.properties("deals", "301")["dealstage"] == "s4"
    answered = await desk.now(approval)
    assert (answered.proposed, answered.answer.value) == ("s3", "s4")


@pytest.mark.parametrize("given", ["won", "Contract ", "s9", ""])
async def test_an_edit_that_is_no_stage_of_the_deals_pipeline_is_refused_before_it_is_stored(
    desk: Any, given: str
) -> None:
    approval = await desk.waiting()
    with pytest.raises(NotUsable) as refused:
        await desk.answer(approval, value=given)
    assert not given or "Discovery, Demo, Contract, Won" in str(refused.value)
    assert await desk.waiting() == approval


async def test_whoever_is_not_asked_may_not_answer(desk: Any) -> None:
    approval = await desk.waiting()
    assert approval.approvers == ("erik@ours.example",)
    for person in (DANA, Person(name="nobody")):
        with pytest.raises(NotAllowed):
            await desk.answer(approval, person=person)
    assert await desk.waiting() == approval
    assert await desk.approve(approval, person=TERMINAL) == "written: “Demo” → “Contract”"
    assert (await desk.writes())[0].asked_by == "the terminal"


async def test_a_rejection_says_why_or_is_none(desk: Any) -> None:
    approval = await desk.waiting()
    for given in ({}, {"reason": "  "}, {"reason": "no", "value": "s4"}):
        with pytest.raises(NotUsable):
            await desk.answer(approval, "reject", **given)
    assert await desk.waiting() == approval


async def test_a_late_answer_is_refused_even_before_the_schedule_has_run(desk: Any) -> None:
    approval = await desk.waiting()
    assert approval.expires_at == desk.house.clock.now() + timedelta(days=7)
    desk.house.clock.advance(timedelta(days=7))
    with pytest.raises(Lapsed, match="expired"):
        await desk.answer(approval)
    assert await desk.waiting() == approval


async def test_of_two_answers_the_first_counts(desk: Any) -> None:
    approval = await desk.waiting()
    delivery = await desk.answer(approval, "reject", reason="no")
    with pytest.raises(RecordConflict, match="answered already: rejected by erik@"):
        await desk.answer(approval)
    await desk.carry_out(delivery)
    assert await desk.writes() == []


async def test_a_record_changed_since_is_asked_about_again_with_both_values(desk: Any) -> None:
    approval = await desk.waiting()
    desk.house.edit("deals", "301", dealstage="s1")
    outcome = await desk.approve(approval)
    assert outcome.startswith("asked again: Deal stage is “Discovery” by now, no longer “Demo”; allowed was “Contract”")
    again = await desk.waiting()
    assert (again.id, again.round, again.status) == (approval.id, 2, ApprovalStatus.WAITING)
    assert (again.current, again.current_label, again.proposed) == ("s1", "Discovery", "s3")
    assert desk.house.properties("deals", "301")["dealstage"] == "s1"
    assert again.interrupt_id not in (None, approval.interrupt_id)
    with pytest.raises(RecordConflict, match="has changed since it was shown"):
        await desk.answer(approval)
    assert await desk.approve(again) == "written: “Discovery” → “Contract”"
    assert desk.house.properties("deals", "301")["dealstage"] == "s3"
    assert len(await desk.writes()) == 1


async def test_what_somebody_else_has_written_already_is_not_written_again(desk: Any) -> None:
    approval = await desk.waiting()
    desk.house.edit("deals", "301", dealstage="s3")
    before = desk.updates()
    assert await desk.approve(approval) == "it holds “Contract” already: nothing was written"
    assert (desk.updates(), await desk.writes()) == (before, [])


async def test_a_record_that_was_deleted_is_not_written(desk: Any) -> None:
    approval = await desk.waiting()
    desk.house.delete("deals", "301")
    assert await desk.approve(approval) == "the record was deleted meanwhile"
    assert (await desk.now(approval)).closed_at is not None
    assert await desk.writes() == []


async def test_what_hubspot_refuses_is_told_with_its_reason(desk: Any) -> None:
    approval = await desk.waiting()
    await desk.house.context.crm.pipelines()  # known here for some minutes, while somebody deletes the stage
    desk.delete_stage("s3")
    outcome = await desk.approve(approval)
    (write,) = await desk.writes()
    assert (write.status, outcome) == (EffectStatus.FAILED, f"not written: {write.reason}")
    assert "s3" in outcome
    assert desk.house.properties("deals", "301")["dealstage"] == "s2"
    assert (await desk.now(approval)).outcome == outcome


async def test_a_stage_that_was_deleted_is_asked_about_again(desk: Any) -> None:
    approval = await desk.waiting()
    desk.house.context.crm.forget()
    desk.delete_stage("s3")
    assert "Discovery, Demo, Won" in await desk.approve(approval)
    again = await desk.waiting()
    assert (again.round, again.current) == (2, "s2")
    assert await desk.approve(again, value="Won") == "written: “Demo” → “Won”"


async def test_while_hubspot_is_down_the_answer_is_kept(desk: Any) -> None:
    approval = await desk.waiting()
    desk.house.fault("hubspot", "server_error", times=None)
    delivery = await desk.answer(approval)
    with pytest.raises(Unavailable):
        await desk.carry_out(delivery)
    desk.house.mend()
    assert await desk.carry_out(delivery) == "written: “Demo” → “Contract”"


async def test_an_answer_before_the_thread_was_opened_is_carried_out_all_the_same(
    world: Any, open_house: Any, desk_of: Any
) -> None:
    world.add_call("9001", deals=["301"], companies=["101"])
    desk = desk_of(await open_house())
    await desk.house.run("9001")
    approval = await desk.waiting()
    assert approval.thread_id is None
    assert await desk.approve(approval) == "written: “Demo” → “Contract”"


async def test_a_thread_that_was_cleaned_up_is_begun_anew(desk: Any) -> None:
    approval = await desk.waiting()
    await desk.house.checkpoints.adelete_thread(approval.thread_id)
    assert await desk.approve(approval) == "written: “Demo” → “Contract”"


async def test_a_withdrawn_request_loses_its_thread(desk: Any) -> None:
    approval = await desk.waiting()
    await desk.house.context.records.approvals.withdraw(approval.id, "not needed any more")
    await desk.open()
    assert not await desk.has_thread(approval)
    with pytest.raises(RecordConflict, match="withdrawn"):
        await desk.answer(approval)


async def test_what_is_restated_while_it_waits_is_answered_as_it_is_now(desk: Any) -> None:
    approval = await desk.waiting()
    desk.house.edit("deals", "301", dealstage="s1")
    approvals = desk.house.context.records.approvals
    again = await approvals.restate(approval.id, "s1", "Discovery", "somebody moved the deal")
    with pytest.raises(RecordConflict, match="has changed since it was shown"):
        await desk.answer(approval)
    assert await desk.approve(again) == "written: “Discovery” → “Contract”"
    assert not await desk.has_thread(approval)


NEVER = """
version = 1
[[rule]]
objects = "deals"
fields = "dealstage"
actions = "update"
decision = "DENY"
reason = "stages are the sales lead's"
"""
NEVER_FOR_LARGE_ONES = NEVER + "[rule.when]\namount_at_least = 10000\n"


async def test_rules_that_deny_it_by_now_stand_above_a_persons_word(desk: Any) -> None:
    delivery = await desk.answer(await desk.waiting())
    desk.house.context = desk.house.but(policy=parse_policy(NEVER, Path("policy.toml")))
    outcome = await desk.carry_out(delivery)
    assert outcome.startswith("not written: ")
    assert "stages are the sales lead's" in outcome
    assert desk.house.properties("deals", "301")["dealstage"] == "s2"
    assert await desk.writes() == []


@pytest.mark.parametrize(("amount", "written"), [("9999", True), ("10000", False)])
async def test_such_rules_look_at_the_deal_as_it_is_now(desk: Any, amount: str, written: bool) -> None:
    delivery = await desk.answer(await desk.waiting())
    desk.house.edit("deals", "301", amount=amount)
    rules = NEVER_FOR_LARGE_ONES + '[[rule]]\nobjects = "deals"\nfields = "*"\nactions = "update"\ndecision = "ASK"\n'
    desk.house.context = desk.house.but(policy=parse_policy(rules, Path("policy.toml")))
    assert (await desk.carry_out(delivery)).startswith("written: ") == written
    assert (desk.house.properties("deals", "301")["dealstage"] == "s3") == written
