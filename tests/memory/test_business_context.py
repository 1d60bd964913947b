"""What is known of records is the newest that was read, and that a record is gone is known as well."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from memory.approvals import Approval
from memory.business_context import KnownRecord
from memory.ledger import Effect
from memory.records import Records

EIGHT = datetime(2026, 11, 20, 8, tzinfo=UTC)
NINE, TEN = EIGHT + timedelta(hours=1), EIGHT + timedelta(hours=2)


def deal(**about: Any) -> KnownRecord:
    known = {"object_type": "deals", "object_id": "301", "name": "Acme rollout", "changed_at": EIGHT, "read_at": NINE}
    return KnownRecord.model_validate(known | {"properties": {"dealstage": "s1"}} | about)


async def test_a_record_is_known_as_it_was_read(records: Records) -> None:
    await records.business_context.keep([deal(), deal(object_id="302", name="Birch")])
    assert await records.business_context.get("deals", "301") == deal()
    assert set(await records.business_context.get_many("deals", ["301", "302", "303"])) == {"301", "302"}
    assert await records.business_context.get("contacts", "301") is None


@pytest.mark.parametrize("newest_first", [True, False])
async def test_a_state_never_replaces_a_newer_one_whatever_the_order(records: Records, newest_first: bool) -> None:
    newer = deal(properties={"dealstage": "s2"}, changed_at=NINE, read_at=NINE)
    older = deal(properties={"dealstage": "s1"}, changed_at=EIGHT, read_at=TEN)
    for each in (newer, older) if newest_first else (older, newer):
        await records.business_context.keep([each])
    assert await records.business_context.get("deals", "301") == newer


async def test_a_record_that_is_gone_keeps_its_last_name_and_values(records: Records) -> None:
    await records.business_context.keep([deal()])
    await records.business_context.gone("deals", ["301"], TEN)
    assert await records.business_context.get("deals", "301") == deal(archived=True, read_at=TEN)


async def test_a_record_that_was_gone_before_it_was_read_again_is_there(records: Records) -> None:
    await records.business_context.gone("deals", ["301"], NINE)
    await records.business_context.keep([deal(read_at=TEN)])
    await records.business_context.gone("deals", ["301"], NINE)
    assert await records.business_context.get("deals", "301") == deal(read_at=TEN)


async def test_an_earlier_look_does_not_bring_back_what_a_later_one_missed(records: Records) -> None:
    await records.business_context.gone("deals", ["301"], TEN)
    await records.business_context.keep([deal(read_at=NINE)])
    known = await records.business_context.get("deals", "301")
    assert known is not None
    assert known.archived


async def test_a_merged_record_names_the_one_that_is_left(records: Records) -> None:
    await records.business_context.keep([deal()])
    await records.business_context.merged("deals", {"301": "302"}, TEN)
    assert await records.business_context.get("deals", "301") == deal(archived=True, merged_into="302", read_at=TEN)


async def test_a_record_that_is_to_be_forgotten_keeps_nothing(records: Records) -> None:
    await records.business_context.keep([deal()])
    await records.business_context.erase("deals", ["301"], TEN)
    known = await records.business_context.get("deals", "301")
    assert known is not None
    assert (known.name, known.properties, known.archived) == (None, {}, True)


async def test_many_at_once_come_to_the_newest(records: Records) -> None:
    readings = [
        [deal(object_id=str(id), changed_at=EIGHT + timedelta(minutes=minute), name=str(minute)) for id in ids]
        for minute in range(8)
        for ids in (range(20), range(19, -1, -1))
    ]
    await asyncio.gather(*(records.business_context.keep(reading) for reading in readings))
    known = await records.business_context.get_many("deals", [str(id) for id in range(20)])
    assert {record.name for record in known.values()} == {"7"}


def asked(object_id: str) -> Approval:
    return Approval(
        id=f"a{object_id}",
        call_id="7",
        object_type="deals",
        object_id=object_id,
        field="dealstage",
        label="Deal stage",
        proposed="s3",
        quote="",
        evidence=(),
        reason="",
    )


def written(object_id: str | None, **about: Any) -> Effect:
    effect = {"key": f"k{object_id}", "call_id": "7", "agent": "crm_sync", "service": "hubspot", "action": "update"}
    return Effect.model_validate(effect | {"object_type": "deals", "object_id": object_id, "field": "x"} | about)


async def stale(records: Records, clock: Any) -> list[tuple[str, str]]:
    now = clock.now()
    return await records.business_context.stale(
        ["deals", "notes"], now - timedelta(days=30), now - timedelta(days=1), 9
    )


async def test_records_that_matter_are_stale_when_nobody_looked_for_a_day(records: Records, clock: Any) -> None:
    await records.approvals.request([asked("1"), asked("2")])
    await records.ledger.plan([written("1"), written("3")])
    await records.business_context.keep([deal(object_id="2", read_at=clock.now())])
    await records.business_context.keep([deal(object_id="3", read_at=clock.now() - timedelta(days=2))])
    await records.business_context.keep([deal(object_id="4", read_at=clock.now() - timedelta(days=9))])
    assert await stale(records, clock) == [("deals", "1"), ("deals", "3")]


async def test_a_note_that_was_made_matters_and_what_was_written_long_ago_does_not(
    records: Records, clock: Any
) -> None:
    await records.ledger.plan([written("5")])
    clock.pass_by(timedelta(days=31))
    await records.ledger.plan([written(None, key="n", action="create", object_type="notes", field=None)])
    await records.ledger.mark_sent(["n"])
    await records.ledger.confirm("n", "9001")
    await records.ledger.plan([written("C1", key="s", service="slack", action="post", object_type="notes")])
    assert await stale(records, clock) == [("notes", "9001")]


async def test_what_waited_is_not_stale_once_it_is_settled(records: Records, clock: Any) -> None:
    await records.approvals.request([asked("1")])
    await records.approvals.withdraw("a1", "the deal was deleted")
    assert await stale(records, clock) == []
