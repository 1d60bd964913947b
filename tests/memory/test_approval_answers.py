"""An answer counts once, for what was shown, and the delivery that carries it out is stored with it."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from core.errors import RecordConflict
from memory.approvals import Answer, Approval, ApprovalStatus, Decision
from memory.records import Records


def _approval(**values: Any) -> Approval:
    asked = {
        "id": "a",
        "call_id": "7",
        "object_type": "deals",
        "object_id": "42",
        "field": "dealstage",
        "label": "Deal stage",
        "current": "contractsent",
        "proposed": "closedwon",
        "quote": "We are signing today.",
        "evidence": ((3, 0),),
        "reason": "the customer said yes",
    }
    return Approval.model_validate(asked | values)


def _answer(at: datetime, decision: Decision = "approve", round: int = 1, by: str = "ann@payready.example") -> Answer:
    return Answer(decision=decision, by=by, via="cli", at=at, round=round)


async def _requested(records: Records, **values: Any) -> Approval:
    return (await records.approvals.request([_approval(**values)]))[0]


async def test_an_answer_comes_with_the_delivery_that_carries_it_out(records: Records, clock: Any) -> None:
    asked = await _requested(records)
    answered, delivery = await records.approvals.answer("a", asked.payload_hash, _answer(clock.now()))
    assert (answered.status, answered.answer) == (ApprovalStatus.APPROVED, _answer(clock.now()))
    assert (delivery.kind, delivery.key) == ("approval", "a:1")
    assert await records.inbox.unfinished() == [delivery]


async def test_of_many_answers_at_once_one_counts(records: Records, clock: Any) -> None:
    asked = await _requested(records)
    decisions: tuple[Decision, ...] = ("approve", "reject") * 5
    answers = [records.approvals.answer("a", asked.payload_hash, _answer(clock.now(), each)) for each in decisions]
    ended = await asyncio.gather(*answers, return_exceptions=True)
    assert sum(isinstance(each, RecordConflict) for each in ended) == 9
    assert len(await records.inbox.unfinished()) == 1


async def test_a_second_answer_is_told_who_gave_the_first(records: Records, clock: Any) -> None:
    asked = await _requested(records)
    await records.approvals.answer("a", asked.payload_hash, _answer(clock.now(), "reject"))
    with pytest.raises(RecordConflict, match="answered already: rejected by ann@"):
        await records.approvals.answer("a", asked.payload_hash, _answer(clock.now()))


async def test_what_was_not_shown_is_not_allowed(records: Records, clock: Any) -> None:
    asked = await _requested(records)
    await records.approvals.answer("a", asked.payload_hash, _answer(clock.now()))
    again = await records.approvals.ask_again("a", "closedlost", "Closed lost", "the deal has moved since")
    assert (again.status, again.round, again.current) == (ApprovalStatus.WAITING, 2, "closedlost")
    assert (again.answer, len(again.answers)) == (None, 1)
    for seen, round in ((asked.payload_hash, 1), (asked.payload_hash, 2), (again.payload_hash, 1)):
        with pytest.raises(RecordConflict, match="has changed since it was shown: the deal has moved since"):
            await records.approvals.answer("a", seen, _answer(clock.now(), round=round))
    answered, delivery = await records.approvals.answer("a", again.payload_hash, _answer(clock.now(), round=2))
    assert (answered.status, delivery.key) == (ApprovalStatus.APPROVED, "a:2")


async def test_a_new_round_has_as_much_time_as_the_first(records: Records, clock: Any) -> None:
    asked = await _requested(records, expires_at=clock.now() + timedelta(days=7))
    clock.pass_by(timedelta(days=5))
    await records.approvals.answer("a", asked.payload_hash, _answer(clock.now()))
    again = await records.approvals.ask_again("a", "x", None, "it has changed")
    assert again.expires_at == clock.now() + timedelta(days=7)


async def test_only_what_still_waits_becomes_overdue(records: Records, clock: Any) -> None:
    soon = clock.now() + timedelta(hours=1)
    asked = await _requested(records, expires_at=soon)
    await _requested(records, id="b", expires_at=soon)
    await _requested(records, id="c")
    await records.approvals.answer("a", asked.payload_hash, _answer(clock.now()))
    assert await records.approvals.overdue() == []
    clock.pass_by(timedelta(hours=1))
    assert [approval.id for approval in await records.approvals.overdue()] == ["b"]


async def test_how_it_ended_is_said_once(records: Records, clock: Any) -> None:
    asked = await _requested(records)
    with pytest.raises(RecordConflict, match="is waiting"):
        await records.approvals.close("a", "done")
    await records.approvals.answer("a", asked.payload_hash, _answer(clock.now()))
    await records.approvals.close("a", "written")
    assert (await records.approvals.close("a", "written twice")).outcome == "written"
    with pytest.raises(RecordConflict, match="cannot be changed"):
        await records.approvals.ask_again("a", "x", None, "it has changed")


async def test_what_was_answered_is_not_withdrawn(records: Records, clock: Any) -> None:
    asked = await _requested(records)
    await _requested(records, id="b")
    await records.approvals.answer("a", asked.payload_hash, _answer(clock.now()))
    kept, gone = [await records.approvals.withdraw(each, "the deal was deleted") for each in ("a", "b")]
    assert (kept.status, kept.outcome) == (ApprovalStatus.APPROVED, None)
    assert (gone.status, gone.outcome) == (ApprovalStatus.WITHDRAWN, "the deal was deleted")


async def test_a_request_is_found_by_number_and_record(records: Records) -> None:
    await _requested(records)
    other = await _requested(records, id="b", object_id="43")
    assert await records.approvals.numbered(2) == other
    assert await records.approvals.of_records("deals", ["43"]) == [other]
    assert (await records.approvals.numbered(3), await records.approvals.get("c")) == (None, None)


async def test_an_unknown_request_cannot_be_answered(records: Records, clock: Any) -> None:
    with pytest.raises(RecordConflict, match="there is no approval z"):
        await records.approvals.answer("z", "", _answer(clock.now()))


async def test_the_thread_that_waits_is_kept(records: Records) -> None:
    await _requested(records)
    asked = await records.approvals.interrupted("a", "approval:a", "i1")
    assert (asked.thread_id, asked.interrupt_id) == ("approval:a", "i1")


def test_the_hash_tells_apart_what_is_asked() -> None:
    hashes = {
        _approval(**values).digest()
        for values in ({}, {"current": "x"}, {"proposed": "x"}, {"round": 2}, {"payload": {"a": 1}}, {"object_id": "1"})
    }
    assert len(hashes) == 6
    assert _approval(label="other").digest() == _approval().digest()
