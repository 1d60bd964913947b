"""A delivery that is done becomes due again once, whoever asks; one that is not done is left as it is."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from core.errors import RecordConflict
from memory.inbox import Delivery, DeliveryStatus
from memory.records import Records

AN_HOUR = timedelta(hours=1)


async def again(records: Records, *keys: str, after: timedelta = timedelta(0)) -> list[Delivery]:
    return await records.repeats.due("call", keys, {"again": True}, "improve", "the model is back", after)


async def done(records: Records, key: str) -> int:
    delivery, _ = await records.inbox.accept("call", key, {}, "poll")
    await records.inbox.claim(delivery.id, "w", AN_HOUR)
    await records.inbox.done(delivery.id, "analysed", worker="w")
    return delivery.id


async def test_what_is_done_is_due_again_with_all_its_tries_and_says_what_for(records: Records) -> None:
    id = await done(records, "1")
    (delivery,) = await again(records, "1", "1")
    assert (delivery.id, delivery.status, delivery.attempts) == (id, DeliveryStatus.WAITING, 0)
    assert (delivery.payload, delivery.source, delivery.reason) == ({"again": True}, "improve", "the model is back")
    assert await records.inbox.claim(id, "w", AN_HOUR) is not None


async def test_what_is_unfinished_or_parked_is_left_alone(records: Records) -> None:
    ids = {name: (await records.inbox.accept("call", name, {}, "poll"))[0].id for name in "abcd"}
    await records.inbox.claim(ids["b"], "w", AN_HOUR)
    await records.inbox.wait(ids["c"], AN_HOUR, "late")
    await records.inbox.park(ids["d"], "refused")
    before = await records.inbox.unfinished() + await records.inbox.parked()
    assert await again(records, *"abcd") == []
    assert await records.inbox.unfinished() + await records.inbox.parked() == before


async def test_one_that_was_removed_since_is_made_anew(records: Records) -> None:
    (delivery,) = await again(records, "1")
    assert (delivery.key, delivery.payload) == ("1", {"again": True})
    assert await again(records) == []


async def test_of_several_who_ask_at_once_one_gets_it(records: Records) -> None:
    for number in range(700):
        await records.inbox.accept("call", str(number), {}, "poll")
    keys = [str(number) for number in range(700, 1_400)]
    answers = await asyncio.gather(*(again(records, *keys) for _ in range(4)))
    assert sorted(len(answer) for answer in answers) == [0, 0, 0, 700]


async def test_it_can_be_put_off(records: Records, clock: Any) -> None:
    id = await done(records, "1")
    await again(records, "1", after=AN_HOUR)
    assert await records.inbox.claim(id, "w", AN_HOUR) is None
    clock.pass_by(AN_HOUR)
    assert await records.inbox.claim(id, "w", AN_HOUR) is not None


async def test_only_who_holds_a_delivery_says_what_is_left_to_do(records: Records) -> None:
    delivery, _ = await records.inbox.accept("call", "1", {"fetch": True}, "webhook")
    await records.inbox.claim(delivery.id, "w", AN_HOUR)
    await records.repeats.settle_payload(delivery.id, "w", {"again": True})
    held = await records.inbox.get("call", "1")
    assert held is not None
    assert (held.payload, held.status) == ({"again": True}, DeliveryStatus.RUNNING)
    with pytest.raises(RecordConflict, match="no longer held by another"):
        await records.repeats.settle_payload(delivery.id, "another", {})
