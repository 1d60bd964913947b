"""A request that waits shows what the record holds now: an answer to the former sight of it is refused."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from core.errors import RecordConflict
from memory.approvals import Answer, Approval, ApprovalStatus
from memory.records import Records


@pytest.fixture
async def asked(records: Records, clock: Any) -> Approval:
    request = Approval(
        id="a",
        call_id="7",
        object_type="deals",
        object_id="42",
        field="dealstage",
        label="Deal stage",
        current="contractsent",
        proposed="closedwon",
        quote="We are signing today.",
        evidence=((3, 0),),
        reason="the customer said yes",
        expires_at=clock.now() + timedelta(days=7),
    )
    return (await records.approvals.request([request]))[0]


def answer(clock: Any, round: int) -> Answer:
    return Answer(decision="approve", by="ann@payready.example", via="cli", at=clock.now(), round=round)


async def test_the_new_value_is_shown_in_a_new_round_with_the_time_of_the_first(
    records: Records, clock: Any, asked: Approval
) -> None:
    clock.pass_by(timedelta(days=3))
    shown = await records.approvals.restate("a", "closedlost", "Closed lost", "it has moved")
    assert (shown.status, shown.round, shown.current, shown.current_label, shown.reason, shown.expires_at) == (
        ApprovalStatus.WAITING,
        2,
        "closedlost",
        "Closed lost",
        "it has moved",
        asked.expires_at,
    )


async def test_only_an_answer_to_what_is_shown_now_counts(records: Records, clock: Any, asked: Approval) -> None:
    shown = await records.approvals.restate("a", "closedlost", "Closed lost", "it has moved")
    with pytest.raises(RecordConflict, match="has changed since it was shown: it has moved"):
        await records.approvals.answer("a", asked.payload_hash, answer(clock, 1))
    answered, delivery = await records.approvals.answer("a", shown.payload_hash, answer(clock, 2))
    assert (answered.status, delivery.key) == (ApprovalStatus.APPROVED, "a:2")


async def test_what_says_so_already_stays_in_its_round(records: Records, asked: Approval) -> None:
    once = await records.approvals.restate("a", "closedlost", "Closed lost", "it has moved")
    assert await records.approvals.restate("a", "closedlost", "Closed lost", "it has moved") == once


async def test_what_was_answered_stays_as_it_was_answered(records: Records, clock: Any, asked: Approval) -> None:
    answered, _ = await records.approvals.answer("a", asked.payload_hash, answer(clock, 1))
    assert await records.approvals.restate("a", "closedlost", "Closed lost", "it has moved") == answered


async def test_of_a_new_value_and_an_answer_at_the_same_moment_one_counts(
    records: Records, clock: Any, asked: Approval
) -> None:
    restated = records.approvals.restate("a", "closedlost", "Closed lost", "it has moved")
    answered = records.approvals.answer("a", asked.payload_hash, answer(clock, 1))
    _, outcome = await asyncio.gather(restated, answered, return_exceptions=True)
    standing = await records.approvals.get("a")
    assert standing is not None
    assert (standing.round, standing.status) == (
        (2, ApprovalStatus.WAITING) if isinstance(outcome, RecordConflict) else (1, ApprovalStatus.APPROVED)
    )
    assert len(await records.inbox.unfinished()) == (0 if isinstance(outcome, RecordConflict) else 1)
