"""Notes and tasks are made exactly once, in every kind of portal, whatever happens on the way."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from core.errors import Rejected, Unavailable
from sandbox.hubspot.errors import invalid
from sandbox.hubspot.properties import Properties
from tools.hubspot.port import KEY_PROPERTY, NewRecord, ObjectType, PropertyDefinition
from tools.hubspot.properties import KEY

if TYPE_CHECKING:
    from tests.tools.conftest import Canned, Services, Stopwatch
    from tools.hubspot.client import HubSpotClient

CREATE_NOTES = "POST /crm/v3/objects/notes/batch/create"
READ_NOTES = "POST /crm/v3/objects/notes/batch/read"
PLAIN = KEY.model_copy(update={"unique": False})


def note(key: str, deal: str = "500", text: str = "They liked it.") -> NewRecord:
    properties = {"hs_note_body": text, "hs_timestamp": "2026-03-10T15:00:00Z"}
    return NewRecord(key=key, properties=properties, associations=(("deals", deal), ("contacts", "100")))


def task(key: str) -> NewRecord:
    properties = {"hs_task_subject": "Send the quote", "hs_timestamp": "2026-03-12T15:00:00Z"}
    return NewRecord(key=key, properties=properties, associations=(("deals", "500"), ("companies", "300")))


def key(number: int) -> str:
    """A key as the ledger makes them: 40 hex digits."""
    return f"{number:08x}".ljust(40, "e")


async def bodies(hubspot: HubSpotClient, type: ObjectType = "notes") -> list[str]:
    """The bodies of all notes that hang on the deal."""
    ids = (await hubspot.associated("deals", ["500"], type))["500"]
    found = await hubspot.read(type, ids, ["hs_note_body"])
    return [one.get("hs_note_body") or "" for one in found.values()]


class RefusesUnique:
    """A portal that takes no unique properties on notes and tasks."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        make = Properties.create

        def create(self: Properties, type: Any, given: Any, now: str) -> Any:
            if given.hasUniqueValue:
                raise invalid("hasUniqueValue is not supported for this object type.")
            return make(self, type, given, now)

        monkeypatch.setattr(Properties, "create", create)


async def test_a_note_is_made_with_its_key_and_associations_in_one_request(
    hubspot: HubSpotClient, services: Services
) -> None:
    await hubspot.ensure_properties("notes", [KEY])
    await hubspot.property_names("notes")
    services.server.frame.requests.clear()
    made = await hubspot.create("notes", [note(key(1))])
    assert services.asked("hubspot") == {CREATE_NOTES: 1}
    found = await hubspot.read("notes", [made[key(1)]], [KEY_PROPERTY, "hs_note_body"], ["deals", "contacts"])
    record = found[made[key(1)]]
    assert record.associations == {"deals": ("500",), "contacts": ("100",)}
    assert (record.get(KEY_PROPERTY), record.get("hs_note_body")) == (key(1), "They liked it.")


async def test_many_tasks_are_one_request_and_each_id_belongs_to_its_key(
    hubspot: HubSpotClient, services: Services
) -> None:
    made = await hubspot.create("tasks", [task(key(number)) for number in range(7)])
    found = await hubspot.read("tasks", list(made.values()), [KEY_PROPERTY])
    assert {found[id].get(KEY_PROPERTY): id for id in made.values()} == made
    assert services.asked("hubspot")["POST /crm/v3/objects/tasks/batch/create"] == 1


async def test_what_exists_already_is_returned_and_not_made_again(hubspot: HubSpotClient) -> None:
    first = await hubspot.create("notes", [note(key(11)), note(key(12))])
    again = await hubspot.create("notes", [note(key(12), text="other words"), note(key(11)), note(key(13))])
    assert {k: again[k] for k in first} == first
    assert set(again) == {key(11), key(12), key(13)}
    assert await hubspot.find_by_key("notes", [key(12), key(99)]) == {key(12): first[key(12)]}


async def test_the_same_key_twice_in_one_create_is_made_once(hubspot: HubSpotClient) -> None:
    made = await hubspot.create("notes", [note(key(21)), note(key(21))])
    assert set(made) == {key(21)}


async def test_two_who_make_the_same_note_at_once_get_the_same_note(hubspot: HubSpotClient) -> None:
    one, other = await asyncio.gather(*(hubspot.create("notes", [note(key(31))]) for _ in range(2)))
    assert one == other


async def test_a_create_whose_answer_was_lost_is_found_by_its_key_and_not_made_twice(
    hubspot: HubSpotClient, services: Services
) -> None:
    before = len(await bodies(hubspot))
    services.fault("hubspot", "timeout_after_commit", "notes/batch/create")
    made = await hubspot.create("notes", [note(key(41))])
    assert len(await bodies(hubspot)) == before + 1
    assert await hubspot.find_by_key("notes", [key(41)]) == made


async def test_one_s_own_write_is_never_looked_for_with_the_lagging_search(
    hubspot: HubSpotClient, services: Services
) -> None:
    services.fault("hubspot", "timeout_after_commit", "notes/batch/create")
    await hubspot.create("notes", [note(key(51))])
    await hubspot.create("notes", [note(key(51))])
    assert not [path for path in services.asked("hubspot") if path.endswith("/search")]


async def test_a_create_that_is_never_answered_may_be_done(hubspot: HubSpotClient, services: Services) -> None:
    services.fault("hubspot", "server_error", "notes/batch/create", times=50)
    with pytest.raises(Unavailable) as raised:
        await hubspot.create("notes", [note(key(61))])
    assert raised.value.maybe_done


async def test_part_of_a_create_that_failed_is_made_with_the_next_request(
    hubspot: HubSpotClient, services: Services
) -> None:
    services.fault("hubspot", "partial_207", "notes/batch/create")
    made = await hubspot.create("notes", [note(key(71)), note(key(72)), note(key(73))])
    assert len(set(made.values())) == 3
    assert services.asked("hubspot")[CREATE_NOTES] == 2


async def test_a_record_that_is_wrong_is_rejected_with_the_reason(hubspot: HubSpotClient) -> None:
    with pytest.raises(Rejected, match="no_such_property"):
        await hubspot.create("notes", [NewRecord(key=key(81), properties={"no_such_property": "x"})])


async def test_a_note_to_a_deal_that_is_gone_is_rejected(hubspot: HubSpotClient) -> None:
    with pytest.raises(Rejected):
        await hubspot.create("notes", [note(key(82), deal="424242")])


async def test_the_key_property_is_made_when_nobody_has_set_the_portal_up(
    fresh_hubspot: HubSpotClient, fresh_services: Services
) -> None:
    assert KEY_PROPERTY not in await fresh_hubspot.property_names("notes")
    await fresh_hubspot.create("notes", [note(key(1))])
    definition = fresh_services.server.frame.store.table("hubspot.properties.notes")[KEY_PROPERTY]
    assert (definition["hasUniqueValue"], definition["groupName"]) == (True, "sophia")


async def test_a_portal_without_unique_properties_gets_a_plain_one_and_nothing_twice(
    fresh_hubspot: HubSpotClient, fresh_services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    RefusesUnique(monkeypatch)
    first = await fresh_hubspot.create("notes", [note(key(1)), note(key(2))])
    again = await fresh_hubspot.create("notes", [note(key(2)), note(key(3)), note(key(1))])
    assert {k: again[k] for k in first} == first
    assert len(await bodies(fresh_hubspot)) == 3
    definition = fresh_services.server.frame.store.table("hubspot.properties.notes")[KEY_PROPERTY]
    assert definition["hasUniqueValue"] is False


async def test_without_unique_properties_a_lost_answer_is_reported_and_the_next_create_finds_it(
    fresh_hubspot: HubSpotClient, fresh_services: Services
) -> None:
    await fresh_hubspot.ensure_properties("notes", [PLAIN])
    fresh_services.fault("hubspot", "timeout_after_commit", "notes/batch/create")
    with pytest.raises(Unavailable) as raised:
        await fresh_hubspot.create("notes", [note(key(1))])
    assert raised.value.maybe_done
    await fresh_hubspot.create("notes", [note(key(1))])
    assert len(await bodies(fresh_hubspot)) == 1


async def test_without_unique_properties_a_busy_record_is_looked_through_to_its_last_page(
    fresh_hubspot: HubSpotClient,
) -> None:
    await fresh_hubspot.ensure_properties("notes", [PLAIN])
    made = await fresh_hubspot.create("notes", [note(key(1), deal="501")])
    assert await fresh_hubspot.create("notes", [note(key(1), deal="501")]) == made
    assert len((await fresh_hubspot.associated("deals", ["501"], "notes"))["501"]) == 521


async def test_without_unique_properties_keys_are_found_by_a_search(fresh_hubspot: HubSpotClient) -> None:
    await fresh_hubspot.ensure_properties("tasks", [PLAIN])
    made = await fresh_hubspot.create("tasks", [task(key(1)), task(key(2))])
    await asyncio.sleep(0.05)
    assert await fresh_hubspot.find_by_key("tasks", [key(1), key(2), key(3)]) == made


async def test_a_portal_that_takes_no_property_gets_the_key_as_a_last_line(
    fresh_hubspot: HubSpotClient, fresh_services: Services
) -> None:
    fresh_services.withhold("hubspot", "crm.schemas.notes.write")
    first = await fresh_hubspot.create("notes", [note(key(1))])
    again = await fresh_hubspot.create("notes", [note(key(1)), note(key(2), text="")])
    assert again[key(1)] == first[key(1)]
    assert sorted(await bodies(fresh_hubspot)) == [
        f"Sophia ref {key(2)[:12]}",
        f"They liked it.<br>Sophia ref {key(1)[:12]}",
    ]


async def test_keys_in_a_last_line_are_found_by_a_search(
    fresh_hubspot: HubSpotClient, fresh_services: Services
) -> None:
    fresh_services.withhold("hubspot", "crm.schemas.notes.write")
    made = await fresh_hubspot.create("notes", [note(key(number)) for number in range(7)])
    await asyncio.sleep(0.05)
    assert await fresh_hubspot.find_by_key("notes", [*made, key(99)]) == made


async def test_an_answer_that_does_not_say_what_it_made_is_not_taken_for_success(
    canned: Canned, canned_hubspot: HubSpotClient
) -> None:
    canned.says(json.dumps({"results": [{"name": KEY_PROPERTY, "hasUniqueValue": False}]}))
    canned.says(json.dumps({"results": []}))
    canned.says(json.dumps({"status": "COMPLETE", "results": [{"id": "1", "properties": {}}, {"id": "2"}]}))
    canned.says(json.dumps({"results": []}))
    loose = [NewRecord(key=key(n), properties={"hs_timestamp": "2026-03-12T15:00:00Z"}) for n in range(2)]
    with pytest.raises(Unavailable) as raised:
        await canned_hubspot.create("notes", loose)
    assert raised.value.maybe_done


async def test_ensuring_properties_makes_what_is_missing_and_nothing_else(
    fresh_hubspot: HubSpotClient, fresh_services: Services
) -> None:
    wanted = [
        PropertyDefinition(name="mood", label="Mood", type="enumeration", field_type="select", options=(("a", "A"),)),
        PropertyDefinition(name="dealname", label="Name", type="string", field_type="text"),
    ]
    assert await fresh_hubspot.ensure_properties("deals", wanted) == ("mood",)
    assert await fresh_hubspot.ensure_properties("deals", wanted) == ()
    assert "mood" in await fresh_hubspot.property_names("deals")
    made = fresh_services.server.frame.store.table("hubspot.properties.deals")["mood"]
    assert [option["value"] for option in made["options"]] == ["a"]


async def test_two_who_set_the_portal_up_at_once_do_not_disturb_each_other(
    fresh_hubspot: HubSpotClient, fresh_services: Services, watch: Stopwatch
) -> None:
    await asyncio.gather(*(fresh_hubspot.ensure_properties("tasks", [KEY]) for _ in range(3)))
    assert KEY_PROPERTY in await fresh_hubspot.property_names("tasks")
    await asyncio.gather(*(fresh_hubspot.create("notes", [note(key(n))]) for n in range(5)))
    assert len(await bodies(fresh_hubspot)) == 5
