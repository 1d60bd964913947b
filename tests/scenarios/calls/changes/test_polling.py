"""Where webhooks are lost or there are none, looking finds changes: soon what a search shows, in a day the rest."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from api.hubspot_poll import HubSpotPoller, cursor_name, schedule_poll
from core.metrics import Metrics
from nodes.crm_changes.handling import handle_found
from tools.hubspot.port import Record

SEARCH = "POST /crm/v3/objects/deals/search"
READ = "POST /crm/v3/objects/deals/batch/read"


@pytest.fixture
async def poller(house: Any) -> HubSpotPoller:
    """One that began an hour ago, when nothing had changed for long."""
    poller = HubSpotPoller(house.context, Metrics())
    house.clock.advance(timedelta(hours=1))
    await poller.look()
    house.clock.advance(timedelta(hours=1))
    return poller


async def shown(house: Any, type: str, id: str, **properties: str) -> None:
    """Returns once the search shows the record so: its index is a little behind."""
    async with asyncio.timeout(30):
        while True:
            since = house.clock.now() - timedelta(minutes=1)
            found = house.context.crm.changed_since(type, since, tuple(properties))
            records = {each.id: each async for each in found}
            if id in records and properties.items() <= records[id].properties.items():
                return
            await asyncio.sleep(0.01)


def asked(house: Any, path: str) -> int:
    count: int = house.server.frame.requests.report()["hubspot"]["by_path"].get(path, 0)
    return count


async def test_the_first_look_only_begins(house: Any) -> None:
    house.server.frame.requests.clear()
    await HubSpotPoller(house.context, Metrics()).look()
    assert asked(house, SEARCH) == 0
    assert await house.context.records.cursors.get(cursor_name("deals")) == house.clock.now().isoformat()


async def test_what_people_changed_is_found_and_has_its_consequences(house: Any, people: Any, poller: Any) -> None:
    await people.edit("deals", "301", dealstage="s1", sophia_risk="None at all")
    await shown(house, "deals", "301", sophia_risk="None at all")
    looked = await poller.look()
    assert (looked.drifted, looked.restated) == (1, 1)
    known = await house.context.records.business_context.get("deals", "301")
    assert (known.properties["dealstage"], known.changed_at) == ("s1", house.clock.now())


async def test_a_look_overlaps_the_last_one_and_does_nothing_twice(house: Any, people: Any, poller: Any) -> None:
    await people.edit("deals", "301", dealstage="s1")
    await shown(house, "deals", "301", dealstage="s1")
    await poller.look()
    house.clock.advance(timedelta(minutes=2))
    looked = await poller.look()
    assert (looked.records, looked.restated) == (1, 0)


async def test_a_change_that_the_search_shows_late_is_found_all_the_same(house: Any, people: Any, poller: Any) -> None:
    await poller.look()
    house.clock.advance(-timedelta(seconds=30))
    await people.edit("deals", "301", sophia_risk="None at all")
    await shown(house, "deals", "301", sophia_risk="None at all")
    house.clock.advance(timedelta(minutes=15))
    assert (await poller.look()).drifted == 1


async def test_what_changed_while_nobody_looked_is_found_however_long_it_was(
    house: Any, people: Any, poller: Any
) -> None:
    await people.edit("contacts", "202", firstname="Alda")
    await shown(house, "contacts", "202", firstname="Alda")
    house.clock.advance(timedelta(days=9))
    await poller.look()
    assert (await house.context.records.business_context.get("contacts", "202")).name == "Alda Neri"


@pytest.mark.parametrize("how", ["deleted", "merged"])
async def test_what_a_search_does_not_show_is_found_within_a_day(
    house: Any, people: Any, poller: Any, how: str
) -> None:
    await people.remove("deals", "301", into="303" if how == "merged" else None)
    await poller.look()
    assert len(await house.context.records.approvals.waiting()) == 1
    house.clock.advance(timedelta(days=1))
    looked = await poller.look()
    assert (looked.gone, looked.merged) == ((1, 0) if how == "deleted" else (0, 1))
    assert [each.object_id for each in await house.context.records.approvals.waiting()] == (
        [] if how == "deleted" else ["303"]
    )


async def test_lost_webhooks_are_made_good(house: Any, people: Any, poller: Any) -> None:
    await people.change("deals", "301", dealstage="s1", sophia_risk="None at all")
    await shown(house, "deals", "301", sophia_risk="None at all")
    lost = await house.context.records.crm_events.unhandled(9)
    await house.context.records.crm_events.handled([event.id for event in lost])
    await poller.look()
    by_polling = await outcome(house)
    await people.tell("deals", "301", "dealstage", "sophia_risk")
    await people.heard()
    assert await outcome(house) == by_polling


async def outcome(house: Any) -> Any:
    records = house.context.records
    drifts = [(each.effect_key, each.found) for each in await records.drifts.open()]
    known = await records.business_context.get("deals", "301")
    return drifts, await records.approvals.all(), known.properties["dealstage"], known.name


async def test_an_index_that_is_behind_makes_no_drift(house: Any) -> None:
    """The search still shows the deal as it was before Sophia wrote to it."""
    before = Record(type="deals", id="301", properties={"dealname": "An old name", "sophia_risk": None})
    assert (await handle_found(house.context, "deals", [before])).drifted == 0
    assert (await house.context.records.business_context.get("deals", "301")).name == "Acme rollout"


async def test_a_record_that_was_deleted_is_not_brought_back_by_the_index(house: Any, people: Any) -> None:
    await people.tell("contacts", "202", kind="creation")
    await people.heard()
    await people.delete("contacts", "202")
    await people.heard()
    before = Record(type="contacts", id="202", properties={"firstname": "Aldo"}, updated_at=house.clock.now())
    await handle_found(house.context, "contacts", [before])
    assert (await house.context.records.business_context.get("contacts", "202")).archived


async def test_records_that_sophia_has_nothing_to_do_with_are_not_read_again(
    house: Any, people: Any, poller: Any
) -> None:
    await people.edit("deals", "302", amount="1")
    table = house.server.frame.store.table("hubspot.deals")
    for id in range(1000, 1299):
        table[str(id)] = {
            **table["302"],
            "id": str(id),
            "properties": {**table["302"]["properties"], "hs_object_id": str(id)},
        }
    await shown(house, "deals", "302", amount="1")
    house.server.frame.requests.clear()
    looked = await poller.look()
    assert looked.records == 300
    assert (asked(house, SEARCH), asked(house, READ)) == (2, 0)
    assert len(await house.context.records.business_context.get_many("deals", [str(id) for id in table])) >= 300


async def test_hubspot_being_away_leaves_the_cursor_where_it_was(house: Any, people: Any, poller: Any) -> None:
    await people.edit("deals", "301", sophia_risk="None at all")
    await shown(house, "deals", "301", sophia_risk="None at all")
    cursors, name = house.context.records.cursors, cursor_name("deals")
    before = await cursors.get(name)
    house.fault("hubspot", "server_error", path="deals", times=None)
    with capture_logs() as logs:
        await poller.poll()
    house.mend()
    assert "hubspot_poll.failed" in [line["event"] for line in logs]
    assert await cursors.get(name) == before
    assert (await poller.look()).drifted == 1


class Timetable:
    """Stands for the jobs, and tells what was put on the schedule."""

    def __init__(self) -> None:
        self.intervals: dict[str, timedelta] = {}

    def register(self, name: str, function: Any) -> None:
        """Every job has a function; which one is no matter here."""

    def every(self, name: str, interval: timedelta) -> None:
        self.intervals[name] = interval


@pytest.mark.parametrize(("minutes", "intervals"), [(20, {"hubspot_poll": timedelta(minutes=20)}), (0, {})])
async def test_looking_can_be_switched_off(house: Any, minutes: float, intervals: Any) -> None:
    jobs: Any = Timetable()
    schedule_poll(jobs, house.context, Metrics(), minutes)
    assert jobs.intervals == intervals
