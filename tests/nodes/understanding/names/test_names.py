"""All names of the sandbox's portal: read once, kept up with changes, seen by each asker as far as they may."""

from collections.abc import AsyncIterator, Iterator
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
from nodes.understanding.names.filling import lexicon_of
from nodes.understanding.names.names import LOOKED_AFTER, Names
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
async def names(hubspot: HubSpotClient, clock: MovableClock) -> Names:
    made = Names(hubspot, clock)
    await made.refresh()
    return made


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
    assert "Zinnia Asset Partners" in found(names, "calls with zinnia")
    await hubspot.update("companies", {MARIGOLD: {"name": "Marigold Property Partners"}})


async def test_a_change_of_sophias_own_is_known_at_once(names: Names, hubspot: HubSpotClient) -> None:
    await hubspot.update("companies", {MARIGOLD: {"name": "Hyssop Homes"}})
    await names.changed("companies", [MARIGOLD])
    assert "Hyssop Homes" in found(names, "deals with hyssop")
    await hubspot.update("companies", {MARIGOLD: {"name": "Marigold Property Partners"}})
    names.forget("companies", [MARIGOLD])
    assert found(names, "deals with hyssop") == set()


async def test_while_hubspot_is_away_the_known_names_stay(
    names: Names, hubspot: HubSpotClient, clock: MovableClock, world: SandboxServer
) -> None:
    clock.pass_by(LOOKED_AFTER)
    world.frame.faults.add(Fault(service="hubspot", kind="server_error", times=1))
    await names.refresh()
    assert found(names, "calls with quadrangle")
    world.frame.faults.add(Fault(service="hubspot", kind="server_error", times=1))
    with pytest.raises(Unavailable):
        await Names(hubspot, clock).refresh()


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
