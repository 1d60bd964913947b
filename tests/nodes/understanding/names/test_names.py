"""All names of the sandbox's portal: read once, kept up with changes, seen by each asker as far as they may."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

import sandbox
from core.errors import Unavailable
from core.people import Person
from core.retry import RetryPolicy
from core.rights.directory import Directory, KnownOwner, Team
from core.rights.rights import Asker
from core.scope import EVERYTHING, Scope, owned_by
from memory.cache.port import Cache
from memory.cache.process import ProcessStore
from nodes.cached_crm import CachedCrm
from nodes.changing_crm import ChangingCrm
from nodes.understanding.names.filling import lexicon_of
from nodes.understanding.names.names import AWAY_FOR_S, LOOKED_AFTER, Names
from sandbox.faults import Fault
from sandbox.server import SandboxServer
from tests.memory.conftest import MovableClock
from tools.hubspot.client import HubSpotClient

MARIGOLD = "31077"


@pytest.fixture(scope="module")
def world() -> Iterator[SandboxServer]:
    with SandboxServer(Path(sandbox.__file__).parent / "data", speed=1000) as server:
        yield server


@pytest.fixture
async def hubspot(world: SandboxServer) -> AsyncIterator[HubSpotClient]:
    client = HubSpotClient(f"{world.url}/hubspot", world.credentials.hubspot_token, retry=RetryPolicy(attempts=1))
    yield client
    await client.close()


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
async def crm(hubspot: HubSpotClient, clock: MovableClock) -> AsyncIterator[CachedCrm]:
    cache = Cache(ProcessStore(clock), clock)
    yield CachedCrm(hubspot, cache, clock)
    await cache.close()


@pytest.fixture
async def names(hubspot: HubSpotClient, clock: MovableClock) -> AsyncIterator[Names]:
    """All names; one stopwatch counts for them and for the clock."""
    made = Names(hubspot, clock, lambda: clock.now().timestamp())
    await made.refresh()
    yield made
    await made.close()


def found(names: Names, text: str, scope: Scope = EVERYTHING) -> set[str]:
    return {candidate.name for mention in names.seen_by(scope).mentions(text) for candidate in mention.candidates}


async def test_every_company_deal_and_contact_can_be_named(names: Names) -> None:
    assert "Marigold Property Partners" in found(names, "calls with marigold")
    assert found(names, "the lodestar portfolio deal") == {"Lodestar - portfolio payments"}
    assert found(names, "calls with Heather Lindqvist") == {"Heather Lindqvist"}
    assert names.cut == frozenset()


async def test_names_are_seen_by_each_as_far_as_they_may(names: Names) -> None:
    brodie = Scope(audiences=frozenset({owned_by("80117340")}))
    assert "Tidewater Flats" in found(names, "deals with tidewater")
    assert "Tidewater Flats" not in found(names, "deals with tidewater", brodie)
    assert "Tidewater Strata Management" in found(names, "deals with tidewater", brodie)


async def test_a_change_in_hubspot_is_known_when_the_names_are_old(
    names: Names, hubspot: HubSpotClient, clock: MovableClock
) -> None:
    await hubspot.update("companies", {MARIGOLD: {"name": "Zinnia Asset Partners"}})
    await names.refresh()
    assert found(names, "calls with zinnia") == set()
    clock.pass_by(LOOKED_AFTER)
    await names.refresh()
    await names.looked()
    assert "Zinnia Asset Partners" in found(names, "calls with zinnia")
    await hubspot.update("companies", {MARIGOLD: {"name": "Marigold Property Partners"}})


@pytest.fixture
async def sophias(hubspot: HubSpotClient, clock: MovableClock, names: Names) -> AsyncIterator[ChangingCrm]:
    """HubSpot as Sophia writes to it; the names listen."""
    cache = Cache(ProcessStore(clock), clock)
    cache.listen(names.heard)
    yield ChangingCrm(hubspot, cache)
    await cache.close()


async def test_a_change_of_sophias_own_is_known_with_the_next_question(names: Names, sophias: ChangingCrm) -> None:
    await sophias.update("companies", {MARIGOLD: {"name": "Hyssop Homes"}})
    await names.refresh()
    assert "Hyssop Homes" in found(names, "deals with hyssop")
    await sophias.update("companies", {MARIGOLD: {"name": "Marigold Property Partners"}})
    await names.refresh()
    assert found(names, "deals with hyssop") == set()
    assert "Marigold Property Partners" in found(names, "calls with marigold")


async def test_who_owns_it_no_more_is_not_asked_about_it(names: Names, sophias: ChangingCrm) -> None:
    (before,) = (await sophias.read("companies", [MARIGOLD], ["hubspot_owner_id"])).values()
    former = Scope(audiences=frozenset({owned_by(before.get("hubspot_owner_id"))}))
    assert found(names, "calls with marigold", former)
    await sophias.update("companies", {MARIGOLD: {"hubspot_owner_id": "80117340"}})
    await names.refresh()
    assert "Marigold Property Partners" not in found(names, "calls with marigold", former)
    await sophias.update("companies", {MARIGOLD: {"hubspot_owner_id": before.get("hubspot_owner_id") or ""}})
    await names.refresh()


async def test_a_name_that_changed_while_hubspot_is_away_is_nobodys_until_it_is_read(
    names: Names, world: SandboxServer, clock: MovableClock
) -> None:
    names.heard([f"company:{MARIGOLD}", "company:any", "company:made", "task:1", "hubspot:portal"])
    world.frame.faults.add(Fault(service="hubspot", kind="server_error", times=1))
    await names.refresh()
    assert "Marigold Property Partners" not in found(names, "calls with marigold")
    assert found(names, "calls with quadrangle")
    clock.pass_by(timedelta(seconds=AWAY_FOR_S))
    await names.refresh()
    assert "Marigold Property Partners" in found(names, "calls with marigold")


async def test_while_hubspot_is_away_the_known_names_stay(
    names: Names, hubspot: HubSpotClient, clock: MovableClock, world: SandboxServer
) -> None:
    clock.pass_by(LOOKED_AFTER)
    world.frame.faults.add(Fault(service="hubspot", kind="server_error", times=1))
    await names.refresh()
    await names.looked()
    assert found(names, "calls with quadrangle")
    world.frame.faults.add(Fault(service="hubspot", kind="server_error", times=1))
    with pytest.raises(Unavailable):
        await Names(hubspot, clock).refresh()


async def test_a_look_that_failed_is_not_tried_again_with_every_question(
    names: Names, hubspot: HubSpotClient, clock: MovableClock, world: SandboxServer
) -> None:
    await hubspot.update("companies", {MARIGOLD: {"name": "Zinnia Asset Partners"}})
    clock.pass_by(LOOKED_AFTER)
    world.frame.faults.add(Fault(service="hubspot", kind="server_error", times=1))
    for _ in range(2):
        await names.refresh()
        await names.looked()
    assert found(names, "calls with zinnia") == set()
    clock.pass_by(timedelta(seconds=AWAY_FOR_S))
    await names.refresh()
    await names.looked()
    assert found(names, "calls with zinnia")
    await hubspot.update("companies", {MARIGOLD: {"name": "Marigold Property Partners"}})


async def test_a_question_does_not_wait_for_names_that_are_read_again(
    names: Names, clock: MovableClock, world: SandboxServer
) -> None:
    clock.pass_by(LOOKED_AFTER)
    world.frame.faults.add(Fault(service="hubspot", kind="slow", seconds=30, times=1))
    async with asyncio.timeout(5):
        await names.refresh()
    assert found(names, "calls with quadrangle")
    world.frame.faults.clear()


async def test_the_first_reading_takes_no_longer_than_the_question_may(
    hubspot: HubSpotClient, clock: MovableClock, world: SandboxServer
) -> None:
    new = Names(hubspot, clock)
    world.frame.faults.add(Fault(service="hubspot", kind="slow", seconds=30, times=1))
    with pytest.raises(Unavailable, match="still being read"):
        await new.refresh(seconds=0.01)
    world.frame.faults.clear()
    await new.close()


async def test_a_lexicon_has_what_the_asker_may_name(names: Names, crm: CachedCrm, clock: MovableClock) -> None:
    owners = (await crm.owners()).value
    team = Team(id="2251906", name="International")
    directory = Directory(KnownOwner(id=one.id, name=one.name, email=one.email, teams=(team,)) for one in owners)
    me = directory.by_owner_id("80117340")
    asker = Asker(person=Person(name="Brodie Kearns"), colleague=me, role="rep")
    scope = Scope(audiences=frozenset({owned_by("80117340")}))
    lexicon = await lexicon_of(crm, names, directory, asker, scope, clock.now())
    assert (lexicon.me, lexicon.me_name, lexicon.my_teams) == ("80117340", "Brodie Kearns", (team.id,))
    assert len(lexicon.people) == len(owners) and len(lexicon.pipelines) == 2
    assert len(lexicon.teams[0].owner_ids) == len(owners)
    assert lexicon.names.named("companies", "40310") is not None
    assert lexicon.names.named("companies", "106700") is None
    assert lexicon.fields["companies"]["city"].options == (("Wollongong", "Wollongong"),)
    assert lexicon.fields["tasks"]["hs_task_priority"].options
    assert lexicon.now == clock.now() and lexicon.zone is not None


async def test_who_may_see_nothing_knows_no_colleague(names: Names, crm: CachedCrm, clock: MovableClock) -> None:
    owners = (await crm.owners()).value
    directory = Directory(KnownOwner(id=one.id, name=one.name, email=one.email) for one in owners)
    stranger = Asker(person=Person(name="a guest"))
    lexicon = await lexicon_of(crm, names, directory, stranger, stranger.scope, clock.now())
    assert list(lexicon.names.mentions("Danny's deals with Larkspur Campus Living")) == []
    assert lexicon.people == () and lexicon.teams == ()
