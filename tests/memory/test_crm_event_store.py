"""Events are taken in once, in the order of their arrival, and wait until their records have been looked at."""

import asyncio
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import col

from memory.crm_events import StoredEvent
from memory.database import Database
from memory.records import Records
from memory.tables import CrmEventRow


def told(key: str, **about: Any) -> StoredEvent:
    event = {
        "key": key,
        "kind": "change",
        "object_type": "deals",
        "object_id": "301",
        "property": "amount",
        "value": "100",
        "source": "CRM_UI",
        "occurred_at": datetime(2026, 11, 20, 8, 59, tzinfo=UTC),
    }
    return StoredEvent.model_validate(event | about)


async def test_an_event_told_of_again_is_not_taken_in_twice(records: Records) -> None:
    assert await records.crm_events.accept([told("a"), told("b"), told("a")]) == 2
    assert await records.crm_events.accept([told("b"), told("c")]) == 1
    assert [event.key for event in await records.crm_events.unhandled(10)] == ["a", "b", "c"]


async def test_the_same_events_taken_in_at_once_count_once(records: Records) -> None:
    batch = [told(str(number)) for number in range(600)]
    counts = await asyncio.gather(*(records.crm_events.accept(batch) for _ in range(4)))
    assert sum(counts) == 600


async def test_nothing_to_take_in_is_no_error(records: Records) -> None:
    assert await records.crm_events.accept([]) == 0


async def test_what_was_told_is_kept_as_it_was(records: Records) -> None:
    merge = told("m", kind="merge", property=None, value=None, merged_ids=("302", "303"))
    await records.crm_events.accept([merge])
    (kept,) = await records.crm_events.unhandled(1)
    assert kept == merge.model_copy(update={"id": kept.id})


async def test_the_oldest_come_first_and_only_those_of_the_types_asked_for(records: Records) -> None:
    await records.crm_events.accept([told("a"), told("b", object_type="contacts"), told("c"), told("d")])
    oldest = await records.crm_events.unhandled(2, ["deals"])
    assert [event.key for event in oldest] == ["a", "c"]


async def test_what_was_handled_waits_no_more_even_when_it_is_told_again(records: Records) -> None:
    await records.crm_events.accept([told("a"), told("b")])
    (first, _) = await records.crm_events.unhandled(10)
    assert first.id is not None
    await records.crm_events.handled([first.id])
    await records.crm_events.accept([told("a")])
    assert [event.key for event in await records.crm_events.unhandled(10)] == ["b"]


async def test_the_values_of_a_record_that_is_to_be_forgotten_are_erased(records: Records, database: Database) -> None:
    await records.crm_events.accept([told("a"), told("b", object_id="302")])
    await records.crm_events.erase_values("deals", ["301"])
    rows = select(col(CrmEventRow.object_id), col(CrmEventRow.value))
    found = await database.read(lambda session: {row[0]: row[1] for row in session.execute(rows)})
    assert found == {"301": None, "302": "100"}
