""" "Approve 12", "reject 12 because …": an answer in a conversation is one like every other."""

from typing import Any

import pytest

from memory.approvals import Answer, Approval, ApprovalStatus
from nodes.acting.acting import preview
from tests.nodes.acting.wanted import answering, deal, setting


async def asked(office: Any, id: str = "301", who: str = "dana") -> str:
    """A request that waits, by its number."""
    return str((await office.do(setting("dealstage", "s3", deal(id)), who=who)).approval)


async def the_approval(office: Any) -> Approval:
    (approval,) = await office.house.records.approvals.all()
    found: Approval = approval
    return found


async def test_a_yes_is_carried_out_and_its_outcome_told(office: Any) -> None:
    done = await office.do(answering(await asked(office), "approve"))
    assert (done.state, done.before, done.after, done.approval) == ("done", "Demo", "Contract", 1)
    assert "written: “Demo” → “Contract”" in done.words
    assert office.value("deals", "301", "dealstage") == "s3"
    assert done.undo == f"sophia undo {(await office.effects())[0].key[:8]}"
    answer = (await the_approval(office)).answer
    assert isinstance(answer, Answer)
    assert (answer.by, answer.via, answer.thread) == ("dana@ours.example", "chat", "dana@ours.example/t1")


async def test_another_value_can_be_allowed(office: Any) -> None:
    done = await office.do(answering(await asked(office), "approve", value="Discovery"))
    assert (done.state, office.value("deals", "301", "dealstage")) == ("done", "s1")


async def test_a_no_needs_a_reason_and_writes_nothing(office: Any) -> None:
    number = await asked(office)
    assert (await office.do(answering(number, "reject"))).state == "refused"
    done = await office.do(answering(number, "reject", "legal is not through"))
    assert done.state == "done"
    assert "legal is not through" in done.words
    assert (await the_approval(office)).status is ApprovalStatus.REJECTED
    assert office.writes() == 0


@pytest.mark.parametrize("who", ["dana", "max", "vera", "nick"])
async def test_a_request_that_is_not_theirs_reads_like_none(office: Any, who: str) -> None:
    number = await asked(office, "302", who="erik")
    foreign = await office.do(answering(number, "approve"), who=who)
    unknown = await office.do(answering("99", "approve"), who=who)
    assert foreign.words.replace(number, "N") == unknown.words.replace("99", "N")
    assert (foreign.state, office.writes()) == ("refused", 0)


async def test_an_admin_may_answer_whatever_it_is(office: Any) -> None:
    done = await office.do(answering(await asked(office), "approve"), who="terminal")
    assert (done.state, office.value("deals", "301", "dealstage")) == ("done", "s3")


async def test_it_is_answered_once(office: Any) -> None:
    number = await asked(office)
    first = await office.do(answering(number, "approve"), turn="one")
    assert await office.do(answering(number, "approve"), turn="one") == first
    late = await office.do(answering(number, "reject", "too late"), who="terminal")
    assert late.state == "refused"
    assert "answered already" in late.words
    assert office.writes() == 1


async def test_what_changed_since_is_asked_anew_and_must_be_named_so(office: Any) -> None:
    number = await asked(office)
    office.edit("deals", "301", dealstage="s1")
    again = await office.do(answering(number, "approve"))
    assert (again.state, office.writes()) == ("asked", 0)
    assert "1.2" in again.words
    bare = await office.do(answering(number, "approve"))
    assert bare.state == "refused"
    done = await office.do(answering("1.2", "approve"))
    assert (done.state, office.value("deals", "301", "dealstage")) == ("done", "s3")


async def test_the_rules_by_who_asked_still_hold_when_it_is_allowed(office: Any) -> None:
    office.under(
        '[[rule]]\nobjects = "deals"\nactions = "update"\ndecision = "ASK"\n'
        '[rule.when]\nasked_by = "dana@ours.example"\n\n'
        '[[rule]]\nobjects = "deals"\nactions = "update"\ndecision = "DENY"\n'
    )
    done = await office.do(answering(await asked(office), "approve"))
    assert (done.state, office.value("deals", "301", "dealstage")) == ("done", "s3")


async def test_what_the_rules_deny_by_now_is_not_written(office: Any) -> None:
    number = await asked(office)
    office.under('[[rule]]\nobjects = "deals"\nactions = "update"\ndecision = "DENY"\n')
    done = await office.do(answering(number, "approve"))
    assert "not written" in done.words
    assert office.writes() == 0


@pytest.mark.parametrize(("number", "decision"), [("1", "perhaps"), ("one two", "approve")])
async def test_what_is_no_answer_is_refused(office: Any, number: str, decision: str) -> None:
    await asked(office)
    assert (await office.do(answering(number, decision))).state == "refused"


async def test_without_a_number_the_one_that_this_conversation_showed_is_meant(office: Any) -> None:
    await asked(office)
    for elsewhere in ({"who": "terminal"}, {"thread": "t2"}):
        assert (await office.do(answering("", "approve"), **elsewhere)).state == "refused"
    assert (await office.do(answering("", "approve"))).state == "done"
    await office.do(setting("amount", "5"))
    await office.do(setting("closedate", "2026-06-01"))
    assert (await office.do(answering("", "approve"))).state == "refused"  # it may be one or the other
    assert (office.value("deals", "301", "dealstage"), office.value("deals", "301", "amount")) == ("s3", "1000")


async def test_a_preview_answers_nothing(office: Any) -> None:
    done = await preview(answering(await asked(office), "approve"), await office.turn())
    assert (done.state, done.after) == ("done", "Contract")
    assert (await the_approval(office)).status is ApprovalStatus.WAITING


async def test_an_answer_that_nobody_carries_out_now_is_kept(office: Any) -> None:
    done = await office.do(answering(await asked(office), "approve"), carry_out=None)
    assert "the answer is kept" in done.words
    (delivery,) = await office.house.records.inbox.unfinished()
    await office.carry_out(delivery)
    assert office.value("deals", "301", "dealstage") == "s3"
