"""What was ever done to a record, whichever call it was for."""

from typing import Any

from memory.ledger import Effect
from memory.records import Records


def effect(key: str, call_id: str, object_type: str, object_id: str | None) -> Effect:
    about: dict[str, Any] = {"agent": "crm_sync", "service": "hubspot", "action": "update"}
    return Effect(key=key, call_id=call_id, object_type=object_type, object_id=object_id, **about)


async def test_the_effects_on_records_are_found_by_type_and_id(records: Records) -> None:
    await records.ledger.plan(
        [
            effect("a", "1", "deals", "301"),
            effect("b", "1", "contacts", "301"),
            effect("c", "2", "deals", "302"),
            effect("d", "2", "deals", "301"),
            effect("e", "3", "deals", None),
            effect("f", "3", "deals", "303"),
        ]
    )
    assert [row.key for row in await records.ledger.of_records("deals", ["301", "302", "999"])] == ["a", "c", "d"]
    assert await records.ledger.of_records("deals", []) == []
