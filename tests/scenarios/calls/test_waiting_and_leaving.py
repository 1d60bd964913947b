"""Calls that must wait, and calls that are left alone: each in a clear state, none lost."""

from datetime import timedelta
from typing import Any

import pytest

from core.errors import Unauthorized
from memory.calls import CallStatus


async def test_a_late_transcript_is_waited_for_without_sleeping(world: Any, open_house: Any) -> None:
    world.add_call("9001", None, deals=["301"], companies=["101"])
    house = await open_house()
    first = await house.run("9001")
    assert (first.status, first.reason) == (CallStatus.WAITING, "the transcript is not ready")
    assert first.retry_at == house.clock.now() + timedelta(minutes=45)  # a quarter of the three hours since
    house.clock.advance(first.retry_at - house.clock.now())
    assert (await house.run("9001")).status is CallStatus.WAITING
    house.appear("9001", deals=["301"], companies=["101"])
    assert (await house.run("9001")).status is CallStatus.ANALYSED
    assert len(house.made("notes")) == 1


async def test_a_call_that_waits_keeps_its_thread_and_one_that_is_done_leaves_none(world: Any, open_house: Any) -> None:
    world.add_call("9001", None)
    house = await open_house()
    thread = {"configurable": {"thread_id": "call:9001"}}
    await house.run("9001")
    assert await house.checkpoints.aget_tuple(thread) is not None
    house.appear("9001")
    await house.run("9001")
    assert await house.checkpoints.aget_tuple(thread) is None


async def test_patience_ends_with_a_reason_and_a_last_look_at_the_deadline(world: Any, open_house: Any) -> None:
    world.add_call("9001", None)
    house = await open_house()
    outcome = await house.run("9001")
    looks = 1
    while outcome.status is CallStatus.WAITING:
        assert house.clock.now() < outcome.retry_at <= house.clock.now() + timedelta(hours=4)
        house.clock.advance(outcome.retry_at - house.clock.now())
        outcome = await house.run("9001")
        looks += 1
    assert (outcome.status, outcome.reason) == (CallStatus.FAILED, "no transcript within 48 hours of the call")
    assert looks < 30
    house.appear("9001")
    assert (await house.run("9001")).status is CallStatus.ANALYSED  # asked for by hand, it is still carried through


async def test_a_call_without_a_date_is_waited_for_from_when_it_was_first_seen(world: Any, open_house: Any) -> None:
    world.add_call("9001", None, started=None)
    house = await open_house()
    assert (await house.run("9001")).status is CallStatus.WAITING
    house.clock.advance(timedelta(hours=47))
    assert (await house.run("9001")).retry_at == house.clock.now() + timedelta(hours=1)
    house.clock.advance(timedelta(hours=1))
    assert (await house.run("9001")).status is CallStatus.FAILED


async def test_a_call_that_gong_does_not_know_fails_until_gong_knows_it(open_house: Any) -> None:
    house = await open_house()
    outcome = await house.run("9001")
    assert (outcome.status, outcome.reason) == (CallStatus.FAILED, "Gong knows no call with this id")
    stored = await house.context.records.calls.get("9001")
    assert (stored.status, stored.reason) == (outcome.status, outcome.reason)
    house.appear("9001")
    assert (await house.run("9001")).status is CallStatus.ANALYSED


async def test_what_was_fetched_beforehand_is_not_asked_for_again(world: Any, open_house: Any) -> None:
    world.add_call("9001", deals=["301"], companies=["101"])
    house = await open_house()
    calls, transcripts = (
        await house.context.calls.calls(["9001"]),
        await house.context.calls.transcripts(["9001"]),
    )
    await house.context.records.calls.save(calls["9001"], transcripts["9001"])
    asked = house.requests("gong")
    assert (await house.run("9001")).status is CallStatus.ANALYSED
    assert house.requests("gong") == asked


async def test_a_private_call_is_left_alone(world: Any, open_house: Any) -> None:
    world.add_call("9001", deals=["301"], companies=["101"], isPrivate=True)
    house = await open_house()
    outcome = await house.run("9001")
    assert (outcome.status, outcome.reason) == (CallStatus.SKIPPED, "private call: left alone")
    stored = await house.context.records.calls.get("9001")
    assert (stored.transcript, stored.analysis) == (None, None)
    assert (house.requests("gong"), house.requests("hubspot"), house.requests("slack")) == (1, 0, 0)


async def test_an_internal_call_is_analysed_and_nobody_is_told(world: Any, open_house: Any) -> None:
    world.add_call("9001", (("dana", "I'll send the deck."),), people=["dana", "erik"], deals=["301"])
    house = await open_house()
    outcome = await house.run("9001")
    assert (outcome.status, outcome.reason) == (CallStatus.ANALYSED, "internal call")
    stored = await house.context.records.calls.get("9001")
    assert len(stored.analysis.items) == 1
    assert (house.requests("hubspot"), house.requests("slack"), await house.effects()) == (0, 0, [])


@pytest.mark.parametrize("said", [(), (("ana", " "),)], ids=["no turns", "only blanks"])
async def test_an_empty_transcript_is_analysed_and_nothing_is_made_of_it(
    world: Any, open_house: Any, said: tuple[tuple[str, str], ...]
) -> None:
    world.add_call("9001", said, deals=["301"])
    house = await open_house()
    outcome = await house.run("9001")
    assert (outcome.status, outcome.reason) == (CallStatus.ANALYSED, "the transcript is empty")
    assert (house.requests("hubspot"), house.requests("slack")) == (0, 0)


async def test_a_revoked_token_leaves_the_call_waiting_for_a_person(world: Any, open_house: Any) -> None:
    world.add_call("9001", deals=["301"], companies=["101"])
    house = await open_house()
    house.fault("hubspot", "revoked_token", times=None)
    with pytest.raises(Unauthorized) as refused:
        await house.run("9001")
    assert refused.value.next_step
    stored = await house.context.records.calls.get("9001")
    assert stored.status is CallStatus.WAITING
    assert "HubSpot" in stored.reason
    house.mend()
    assert (await house.run("9001")).status is CallStatus.ANALYSED
