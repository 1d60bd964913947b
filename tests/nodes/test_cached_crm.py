"""HubSpot as questions see it, over the sandbox: asked seldom, never older than a change, marked while it is away."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import sandbox
from core.errors import Unavailable
from core.retry import RetryPolicy
from memory.cache.port import Cache
from memory.cache.process import ProcessStore
from memory.cache.tags import PORTAL, made_tag, record_tag, tags_told
from memory.crm_events import StoredEvent
from nodes.cached_crm import CachedCrm
from nodes.changing_crm import ChangingCrm
from sandbox.faults import Fault
from sandbox.server import SandboxServer
from tests.memory.conftest import MovableClock
from tools.hubspot.client import HubSpotClient
from tools.hubspot.port import CrmGateway, CrmSearch, NewRecord, SearchFilter

DEAL = "30418"
MOMENT = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.fixture
def world() -> Iterator[SandboxServer]:
    with SandboxServer(Path(sandbox.__file__).parent / "data", speed=1000) as server:
        yield server


@pytest.fixture
async def hubspot(world: SandboxServer) -> AsyncIterator[HubSpotClient]:
    once = RetryPolicy(attempts=1)
    client = HubSpotClient(f"{world.url}/hubspot", world.credentials.hubspot_token, retry=once)
    yield client
    await client.close()


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
async def cache(clock: MovableClock) -> AsyncIterator[Cache]:
    opened = Cache(ProcessStore(clock), clock)
    yield opened
    await opened.close()


@pytest.fixture
def crm(hubspot: HubSpotClient, cache: Cache, clock: MovableClock) -> CachedCrm:
    return CachedCrm(hubspot, cache, clock)


@pytest.fixture
def writing(hubspot: HubSpotClient, cache: Cache) -> CrmGateway:
    return ChangingCrm(hubspot, cache)


def asked(world: SandboxServer) -> int:
    """Requests so far."""
    return sum(world.frame.requests.report()["hubspot"]["by_path"].values())


async def test_what_is_asked_again_is_as_hubspot_said_it_and_costs_no_request(
    crm: CachedCrm, hubspot: HubSpotClient, world: SandboxServer
) -> None:
    first = await crm.read("deals", [DEAL, "404"], ["dealname", "amount"], ["contacts", "companies"])
    before = asked(world)
    again = await crm.read("deals", ["404", DEAL], ["amount", "dealname"], ["companies", "contacts"])
    assert asked(world) == before
    assert again == first
    assert again.value == await hubspot.read("deals", [DEAL], ["dealname", "amount"], ["contacts", "companies"])


async def test_people_links_and_the_portal_are_kept_too(
    crm: CachedCrm, hubspot: HubSpotClient, world: SandboxServer
) -> None:
    deal = (await crm.read("deals", [DEAL], ["dealname"], ["contacts"])).value[DEAL]
    contacts = (await crm.associated("deals", [DEAL], "contacts")).value[DEAL]
    assert set(contacts) == set(deal.associations["contacts"])
    people = (await crm.read("contacts", contacts, ["email"])).value
    email = next(person.get("email") for person in people.values())
    assert email is not None
    first = [
        await crm.contacts_by_email([email.upper()], ["firstname"]),
        await crm.owners(),
        await crm.pipelines(),
        await crm.fields("deals"),
        await crm.account(),
    ]
    hubspot.forget()
    before = asked(world)
    again = [
        await crm.contacts_by_email([email], ["firstname"]),
        await crm.owners(),
        await crm.pipelines(),
        await crm.fields("deals"),
        await crm.account(),
    ]
    assert (asked(world), again) == (before, first)


async def test_while_hubspot_is_away_the_old_answer_is_marked(
    crm: CachedCrm, world: SandboxServer, clock: MovableClock
) -> None:
    first = await crm.read("deals", [DEAL], ["dealname"])
    clock.pass_by(timedelta(minutes=5))
    world.frame.faults.add(Fault(service="hubspot", kind="server_error", times=100))
    old = await crm.read("deals", [DEAL], ["dealname"])
    assert (old.value, old.read_at, old.stale) == (first.value, first.read_at, True)
    assert old.reason is not None
    assert "HubSpot" in old.reason
    with pytest.raises(Unavailable):
        await crm.read("deals", [DEAL], ["amount"])


async def test_what_sophia_wrote_is_seen_at_once(crm: CachedCrm, writing: CrmGateway) -> None:
    await crm.read("deals", [DEAL], ["amount"])
    assert await writing.update("deals", {DEAL: {"amount": "7"}}) == {DEAL: None}
    assert (await crm.read("deals", [DEAL], ["amount"])).value[DEAL].get("amount") == "7"


async def test_a_note_that_is_made_or_archived_is_seen_on_its_deal(crm: CachedCrm, writing: CrmGateway) -> None:
    await writing.ensure_properties("notes", ())
    before = (await crm.associated("deals", [DEAL], "notes")).value[DEAL]
    text = {"hs_note_body": "Hello", "hs_timestamp": "2026-11-20T09:00:00Z"}
    made = await writing.create("notes", [NewRecord(key="k", properties=text, associations=(("deals", DEAL),))])
    assert set((await crm.associated("deals", [DEAL], "notes")).value[DEAL]) == {*before, made["k"]}
    await writing.archive("notes", [made["k"]])
    assert set((await crm.associated("deals", [DEAL], "notes")).value[DEAL]) == set(before)


async def test_a_write_that_may_have_been_done_counts_as_done(
    crm: CachedCrm, writing: CrmGateway, world: SandboxServer
) -> None:
    await crm.read("deals", [DEAL], ["amount"])
    world.frame.faults.add(Fault(service="hubspot", kind="server_error", times=1))
    with pytest.raises(Unavailable):
        await writing.update("deals", {DEAL: {"amount": "7"}})
    before = asked(world)
    await crm.read("deals", [DEAL], ["amount"])
    assert asked(world) == before + 1


async def test_what_is_not_there_is_found_once_hubspot_tells_of_it(
    crm: CachedCrm, cache: Cache, hubspot: HubSpotClient
) -> None:
    assert (await crm.contacts_by_email(["new@acme.example"], ["email"])).value == {}
    contact = next(iter((await crm.associated("deals", [DEAL], "contacts")).value[DEAL]))
    await hubspot.update("contacts", {contact: {"email": "new@acme.example"}})
    told = StoredEvent(
        key="1", kind="change", object_type="contacts", object_id=contact, property="email", occurred_at=MOMENT
    )
    await cache.invalidate(tags_told([told]))
    assert set((await crm.contacts_by_email(["new@acme.example"], ["email"])).value) == {"new@acme.example"}


async def test_a_contact_that_goes_is_asked_for_on_its_deal_again(
    crm: CachedCrm, cache: Cache, world: SandboxServer
) -> None:
    contact = (await crm.associated("deals", [DEAL], "contacts")).value[DEAL][0]
    await crm.read("deals", [DEAL], ["dealname"], ["contacts"])
    gone = StoredEvent(key="1", kind="deletion", object_type="contacts", object_id=contact, occurred_at=MOMENT)
    await cache.invalidate(tags_told([gone]))
    before = asked(world)
    await crm.read("deals", [DEAL], ["dealname"], ["contacts"])
    assert asked(world) > before


async def test_a_search_is_kept_until_any_such_record_changes(
    crm: CachedCrm, cache: Cache, writing: CrmGateway, world: SandboxServer
) -> None:
    large = SearchFilter(property="amount", operator="EQ", value="7")
    search = CrmSearch(groups=((large,),))
    assert (await crm.search("deals", search)).value.total == 0
    before = asked(world)
    assert (await crm.search("deals", search)).value.total == 0
    assert asked(world) == before
    await writing.update("deals", {DEAL: {"amount": "7"}})
    await crm.search("deals", search)
    assert asked(world) == before + 2
    changed = StoredEvent(
        key="1", kind="change", object_type="deals", object_id="9", property="amount", occurred_at=MOMENT
    )
    await cache.invalidate(tags_told([changed]))
    await crm.search("deals", search)
    assert asked(world) == before + 3


async def test_many_records_are_kept_by_the_hundred_and_none_by_none(crm: CachedCrm, world: SandboxServer) -> None:
    ids = [str(10**6 + number) for number in range(250)]
    before = asked(world)
    assert (await crm.read("deals", [DEAL, *ids], ["dealname"])).value.keys() == {DEAL}
    assert asked(world) == before + 3
    assert (await crm.read("deals", [], ["dealname"])).value == {}
    assert asked(world) == before + 3


async def test_of_many_questions_at_once_hubspot_hears_one(crm: CachedCrm, world: SandboxServer) -> None:
    before = asked(world)
    await asyncio.gather(*(crm.read("deals", [DEAL], ["dealname"]) for _ in range(50)))
    assert asked(world) == before + 1


def test_an_event_names_all_that_it_is_about() -> None:
    merge = StoredEvent(
        key="1", kind="merge", object_type="companies", object_id="9", merged_ids=("7", "8"), occurred_at=MOMENT
    )
    made = StoredEvent(key="2", kind="creation", object_type="deals", object_id="3", occurred_at=MOMENT)
    companies = ["company:9", "company:7", "company:8", "company:any"]
    assert tags_told([merge, made, made]) == [*companies, "deal:3", "deal:any", "deal:made"]
    assert PORTAL not in tags_told([merge])
    assert (record_tag("contacts", "1"), made_tag("contacts")) == ("contact:1", "contact:made")


async def test_the_reads_of_steps_go_straight_through(writing: CrmGateway, hubspot: HubSpotClient) -> None:
    assert await writing.read("deals", [DEAL], ["dealname"]) == await hubspot.read("deals", [DEAL], ["dealname"])
    assert await writing.owners() == await hubspot.owners()
    assert await writing.former_owners() == await hubspot.former_owners()
    assert await writing.pipelines() == await hubspot.pipelines()
    assert await writing.account() == await hubspot.account()
    assert await writing.fields("deals") == await hubspot.fields("deals")
    assert await writing.property_names("deals") == await hubspot.property_names("deals")
    assert await writing.check() == await hubspot.check()
    assert await writing.find_by_key("notes", []) == await hubspot.find_by_key("notes", [])
    assert await writing.contacts_by_email([], []) == {}
    assert await writing.associated("deals", [DEAL], "notes") == await hubspot.associated("deals", [DEAL], "notes")
    assert [one.id async for one in writing.changed_since("deals", MOMENT, ())] == [
        one.id async for one in hubspot.changed_since("deals", MOMENT, ())
    ]
    writing.forget()
