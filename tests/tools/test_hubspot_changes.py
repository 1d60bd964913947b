"""What changed in HubSpot while nobody told: changed records by search, merged ids, fields, and asking afresh."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from core.errors import Unavailable
from sandbox.hubspot.records import INDEX_LAG_S
from sandbox.server import SandboxServer
from tests.tools.conftest import Services, hubspot_client, record, write
from tools.hubspot.port import FieldSpec, ObjectType, Record

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

    from tests.tools.conftest import Canned, Stopwatch
    from tools.hubspot.client import HubSpotClient

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
MOMENT = datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC)
"""When every record of the small world was last changed."""
SEARCH_NOTES = "POST /crm/v3/objects/notes/search"
READ_DEALS, READ_DEAL = "POST /crm/v3/objects/deals/batch/read", "GET /crm/v3/objects/deals/{id}"


async def all_of(found: AsyncIterator[Record]) -> list[Record]:
    return [one async for one in found]


async def people(services: Services, what: str, **body: Any) -> None:
    """Somebody does something on HubSpot's pages."""
    async with httpx.AsyncClient(base_url=f"{services.server.url}/_sandbox/hubspot") as control:
        (await control.post(f"/{what}", json=body)).raise_for_status()


@pytest.fixture
def crowded(tmp_path: Path) -> Iterator[Services]:
    """A portal with more notes of one and the same moment than a search shows."""
    (tmp_path / "hubspot").mkdir()
    write(tmp_path / "hubspot" / "notes.json", [record(str(n)) for n in range(1, 10_451)])
    with SandboxServer(tmp_path, speed=1_000_000) as server:
        yield Services(server)


async def test_more_changes_of_one_moment_than_a_search_shows_are_all_found(
    crowded: Services, watch: Stopwatch
) -> None:
    hubspot = hubspot_client(crowded, watch)
    found = [int(one.id) for one in await all_of(hubspot.changed_since("notes", MOMENT, []))]
    await hubspot.close()
    assert found == list(range(1, 10_451))
    assert crowded.asked("hubspot") == {SEARCH_NOTES: 53}


async def test_changes_are_from_the_moment_on(crowded: Services, watch: Stopwatch) -> None:
    hubspot = hubspot_client(crowded, watch)
    found = await all_of(hubspot.changed_since("notes", MOMENT + timedelta(milliseconds=1), []))
    await hubspot.close()
    assert found == []


@pytest.mark.parametrize(
    ("type", "id", "name", "modified"),
    [
        ("contacts", "100", "firstname", "lastmodifieddate"),
        ("deals", "500", "dealname", "hs_lastmodifieddate"),
        ("companies", "300", "name", "hs_lastmodifieddate"),
    ],
)
async def test_a_changed_record_comes_with_its_new_values(
    small_world: Path, watch: Stopwatch, type: ObjectType, id: str, name: str, modified: str
) -> None:
    clock = [0.0]
    with SandboxServer(small_world, check_contract=True, monotonic=lambda: clock[0]) as server:
        services = Services(server)
        hubspot = hubspot_client(services, watch)
        began = server.frame.clock.now() - timedelta(seconds=1)
        await people(services, "change", type=type, id=id, properties={name: "New"})
        assert await all_of(hubspot.changed_since(type, began, [name])) == []  # the index lags
        clock[0] += INDEX_LAG_S
        (found,) = await all_of(hubspot.changed_since(type, began, [name]))
        await hubspot.close()
        assert server.violations == []
    assert (found.type, found.id, found.get(name), found.get(modified) is not None) == (type, id, "New", True)
    assert found.updated_at is not None
    assert found.updated_at >= began


async def test_a_search_that_goes_back_is_told_and_not_followed_for_ever(
    canned: Canned, canned_hubspot: HubSpotClient
) -> None:
    page = {"results": [record("7")], "paging": {"next": {"after": "1"}}}
    canned.says(json.dumps(page))
    with pytest.raises(Unavailable, match="came back to earlier ones"):
        await all_of(canned_hubspot.changed_since("deals", LONG_AGO, []))
    assert len(canned.asked) == 2


@pytest.fixture
async def merged(fresh_services: Services, fresh_hubspot: HubSpotClient) -> HubSpotClient:
    """A portal where deal 500 was merged into 501."""
    await people(fresh_services, "merge", type="deals", primary="501", merged="500")
    fresh_services.server.frame.requests.clear()
    return fresh_hubspot


async def test_a_merged_record_is_found_under_the_id_that_was_asked_for(
    merged: HubSpotClient, fresh_services: Services
) -> None:
    found = await merged.read("deals", ["500", "502", "999"], ["dealname", "amount"])
    assert {asked: deal.id for asked, deal in found.items()} == {"500": "501", "502": "502"}
    assert (found["500"].get("dealname"), found["500"].get("amount")) == ("Acme busy", "1000")
    assert fresh_services.asked("hubspot") == {READ_DEALS: 1, READ_DEAL: 1}


async def test_a_merged_record_is_found_beside_the_one_it_went_into(merged: HubSpotClient) -> None:
    found = await merged.read("deals", ["500", "501"], ["dealname"])
    assert {asked: deal.id for asked, deal in found.items()} == {"500": "501", "501": "501"}


@pytest.mark.parametrize("ids", [["500"], ["500", "501", "502"]])
async def test_a_merged_record_has_the_associations_of_both(merged: HubSpotClient, ids: list[str]) -> None:
    found = await merged.read("deals", ids, [], ["contacts", "notes"])
    links = found["500"].associations
    assert (links["contacts"], len(set(links["notes"]))) == (("100", "101"), 520)


async def test_reading_what_was_not_merged_costs_nothing_more(merged: HubSpotClient, fresh_services: Services) -> None:
    assert list(await merged.read("deals", ["501", "999"], [])) == ["501"]
    assert fresh_services.asked("hubspot") == {READ_DEALS: 1}


async def test_fields_tell_labels_types_and_what_only_hubspot_sets(hubspot: HubSpotClient, services: Services) -> None:
    fields = await hubspot.fields("deals")
    assert fields["amount"] == FieldSpec(name="amount", label="Amount", type="number")
    assert fields["dealtype"].options == (
        ("newbusiness", "New business"),
        ("existingbusiness", "Existing business"),
    )
    assert [fields[name].read_only for name in ("hs_is_closed", "hs_lastmodifieddate", "dealstage")] == [
        True,
        True,
        False,
    ]
    assert await hubspot.property_names("deals") == fields.keys()
    assert services.total("hubspot") == 1


async def test_fields_leave_out_options_nobody_can_choose_and_survive_nulls(
    canned: Canned, canned_hubspot: HubSpotClient
) -> None:
    options = [
        {"value": "a", "label": "A", "hidden": False},
        {"value": "b", "label": "B", "hidden": True},
        {"value": "c", "label": "C", "archived": True},
        {"value": "d", "label": None, "hidden": None},
    ]
    size = {"name": "size", "label": "Size", "type": "enumeration", "options": options, "hasUniqueValue": None}
    nothing = {"name": "bare", "label": None, "options": None, "modificationMetadata": None, "calculated": None}
    score = {"name": "score", "label": "Score", "type": "number", "calculated": True}
    canned.says(json.dumps({"results": [size, nothing, score]}))
    fields = await canned_hubspot.fields("deals")
    assert fields["size"].options == (("a", "A"), ("d", "d"))
    assert fields["bare"] == FieldSpec(name="bare", label="bare", type="string")
    assert fields["score"].read_only


async def test_after_forgetting_everything_but_the_account_is_asked_for_again(
    hubspot: HubSpotClient, services: Services
) -> None:
    questions: list[Callable[[], Any]] = [
        hubspot.owners,
        hubspot.pipelines,
        hubspot.account,
        lambda: hubspot.fields("deals"),
        lambda: hubspot.fields("notes"),
    ]
    for _ in range(2):
        for ask in questions:
            await ask()
        hubspot.forget()
    assert services.total("hubspot") == 2 * 4 + 1
    assert services.asked("hubspot")["GET /account-info/v3/details"] == 1
