"""Who is who in HubSpot's own owners and teams, over the sandbox, and nobody while it is away."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

import sandbox
from core.errors import Unavailable
from core.retry import RetryPolicy
from core.rights.people_file import NO_FILE, parse_people
from core.rights.rights import rights_of
from core.rights.showing import askers_at
from core.rights.venue import Venue, alone
from core.scope import NOTHING, said_at, said_by
from memory.cache.port import Cache
from memory.cache.process import ProcessStore
from nodes.cached_crm import CachedCrm
from nodes.people import place_of, read_directory
from sandbox.faults import Fault
from sandbox.server import SandboxServer
from tests.memory.conftest import MovableClock
from tools.hubspot.client import HubSpotClient

HELENA, JAKE, BRENT = "helena@paylatch.example", "jake@paylatch.example", "brent@paylatch.example"
FILE = parse_people(
    f"""
    version = 1
    [[person]]
    email = "{HELENA}"
    role = "manager"
    [[person]]
    email = "{BRENT}"
    role = "rep"
    teams = "Paylatch Sales"
    """,
    Path("people.toml"),
)


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


async def test_a_manager_reads_the_teams_of_hubspot_and_of_who_has_left(hubspot: HubSpotClient) -> None:
    directory = await read_directory(hubspot, FILE)
    helena = rights_of(HELENA, directory, FILE.reads)
    jake, brent = directory.by_email(JAKE), directory.by_owner_id("71240122")
    assert jake is not None and brent is not None and brent.archived
    assert (jake.team_names, jake.role) == (("Paylatch Sales",), "rep")
    assert helena.may_read_owner(jake.owner_id) and helena.may_read_owner(brent.owner_id)
    assert not helena.may_read_owner("71240140")  # of another team
    assert rights_of(BRENT, directory, FILE.reads).role is None


async def test_while_hubspot_is_away_what_is_kept_counts_and_without_it_nobody_has_rights(
    world: SandboxServer, hubspot: HubSpotClient
) -> None:
    clock = MovableClock()
    cache = Cache(ProcessStore(clock), clock)
    crm = CachedCrm(hubspot, cache, clock)
    away = Fault(service="hubspot", kind="server_error", times=100)
    world.frame.faults.add(away)
    for reading in (crm, hubspot):
        with pytest.raises(Unavailable):
            await read_directory(reading, NO_FILE)
    world.frame.faults.clear()
    clock.pass_by(timedelta(minutes=5))
    before = await read_directory(crm, NO_FILE)
    world.frame.faults.add(away)
    hubspot.forget()
    clock.pass_by(timedelta(hours=1))
    assert (await read_directory(crm, NO_FILE)).colleagues == before.colleagues
    assert before.by_email(JAKE) is not None
    await cache.close()


async def test_a_thread_is_the_askers_own_or_its_places(hubspot: HubSpotClient) -> None:
    directory = await read_directory(hubspot, FILE)
    helena = rights_of(HELENA, directory, FILE.reads)
    own = place_of("slack-D1", helena, alone("dm"), ())
    assert (own.audience, own.scope, own.person) == (said_by(HELENA), helena.scope, HELENA)
    assert own.speaker == "Helena Strand"
    channel = Venue(kind="channel", id="C1", members=frozenset({HELENA, JAKE}))
    shared = place_of("slack-C1-17", helena, channel, askers_at(channel, directory, FILE.reads))
    assert shared.audience == said_at("C1")
    assert shared.scope.allows(said_at("C1")) and not shared.scope.allows(said_by(HELENA))
    unknown = Venue(kind="channel", id="C1")
    assert place_of("slack-C1-17", helena, unknown, ()).scope == NOTHING
