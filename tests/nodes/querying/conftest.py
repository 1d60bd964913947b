"""The bundled world behind the real clients and a real database, and whoever asks of it with whichever rights."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

import sandbox
from core.analysis import CallAnalysis, Finding, Kind, Sentiment, StageDirection, TalkStatistics
from core.calls import Call, Sentence, Transcript, Turn
from core.clock import FixedClock
from core.limiter import Limiter, ProcessWindows
from core.people import Person
from core.retry import RetryPolicy
from core.rights.rights import Asker
from core.scope import Scope
from memory.cache.port import Cache
from memory.cache.process import ProcessStore
from memory.calls import CallStatus
from memory.database import Database, sqlite_url
from memory.records import Records
from memory.remembering import Memory
from memory.store.entries import Entries
from nodes.cached_crm import CachedCrm
from nodes.call_analysis.extractive.analyst import ExtractiveAnalyst
from nodes.changing_crm import ChangingCrm
from nodes.chat.context import ChatContext
from nodes.context import Context
from nodes.state import Resolution
from nodes.thread.context import Place, ThreadContext
from nodes.understanding.lexicon import Lexicon
from sandbox.faults import Fault
from sandbox.server import SandboxServer
from tests.embedders import HashedWords
from tests.memory.conftest import MovableClock
from tools.gong.client import GongClient
from tools.gong.parse import parse_call
from tools.hubspot.client import HubSpotClient
from tools.slack.client import SlackClient

DATA = Path(sandbox.__file__).parent / "data"
NOW = datetime(2026, 11, 20, 18, tzinfo=UTC)
"""The day for which the bundled data were written: nothing in them is moved."""

FAST = 1000.0
EVERY_RECORD = Scope(every_record=True)

Json = dict[str, Any]


def records_of(type: str) -> list[Json]:
    """The records of the data files: what the answers are held to."""
    found: list[Json] = json.loads((DATA / "hubspot" / f"{type}.json").read_text(encoding="utf-8"))["results"]
    return found


@pytest.fixture(scope="module")
def world() -> Iterator[SandboxServer]:
    """One sandbox for the tests of a file; every exchange with it must fit the schemas."""
    with SandboxServer(DATA, speed=FAST, clock=FixedClock(NOW), check_contract=True) as server:
        yield server
    assert server.violations == []


@dataclass
class House:
    """The house over the world. `crm` writes to HubSpot as Sophia does."""

    server: SandboxServer
    context: Context
    crm: CachedCrm
    clock: MovableClock
    database: Database

    def asking(self, scope: Scope = EVERY_RECORD) -> ChatContext:
        """A turn of somebody who may be shown so much."""
        memory: Any = None
        return ChatContext(
            house=self.context,
            crm=self.crm,
            asker=Asker(person=Person(name="Ana", email="ana@ours.example"), scope=scope),
            scope=scope,
            thread=ThreadContext(Place("t1", "person:ana", scope), memory),
            turn_id="t1/1",
            lexicon=no_names,
        )

    @contextmanager
    def while_hubspot_is_away(self, path: str | None = None) -> Iterator[None]:
        self.server.frame.faults.add(Fault(service="hubspot", kind="server_error", path=path, times=1000))
        yield
        self.server.frame.faults.clear()

    async def keep_call(self, id: str, audience: str, *items: Finding, **about: Any) -> Call:
        """A recorded call as it stands after its workflow: analysed, resolved, remembered for `audience`."""
        recorded = json.loads((DATA / "calls" / f"{id}.json").read_text(encoding="utf-8"))
        call = parse_call(recorded["extensive"]).model_copy(update=about)
        said = Transcript(call_id=id, turns=(Turn(sentences=(Sentence(start_ms=0, end_ms=1, text="Hello there."),)),))
        analysis = analysis_of(id, *items)
        records, memory = self.context.records, self.context.memory
        await records.calls.save(call, said)
        await records.calls.save_analysis(id, analysis)
        await records.calls.set_status(id, CallStatus.ANALYSED)
        await records.calls.save_resolution(id, (await self._resolution(recorded)).model_dump(mode="json"))
        assert memory is not None
        await memory.calls.keep(call, said, analysis, audience)
        return call

    async def _resolution(self, recorded: Json) -> Resolution:
        """The company and deal that Gong names, as HubSpot has them."""
        named = [one for about in recorded["extensive"]["context"] for one in about["objects"]]
        ids = {one["objectType"]: one["objectId"] for one in named}
        crm, properties = self.context.crm, ["name", "dealname", "hubspot_owner_id"]
        company = await crm.read("companies", [ids["Company"]], properties)
        deal = await crm.read("deals", [ids["Deal"]], properties) if "Deal" in ids else {}
        return Resolution(company=next(iter(company.values()), None), deal=next(iter(deal.values()), None), read_at=NOW)


async def no_names() -> Lexicon:
    raise AssertionError("a query needs no names")


def analysis_of(id: str, *items: Finding) -> CallAnalysis:
    return CallAnalysis(
        call_id=id,
        analyst="test",
        summary="They talked.",
        sentiment=Sentiment(label="mixed", score=0),
        items=items,
        stage_direction=StageDirection(direction="hold"),
        statistics=TalkStatistics(),
    )


def found(kind: Kind, quote: str, **about: Any) -> Finding:
    values: Json = {"text": quote, "quote": quote, "speaker": "Joyce Lam", "start_ms": 185_000, "confidence": 0.9}
    return Finding(kind=kind, evidence=((0, 0),), **(values | about))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(world: SandboxServer, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """One house for the tests of a file: what one changes it changes back."""
    clock = MovableClock()
    clock.at = NOW
    about, retry = world.credentials, RetryPolicy(attempts=1)
    limiters = [Limiter(name, ProcessWindows(), speed=FAST) for name in ("Gong", "HubSpot", "Slack")]
    gong = GongClient(f"{world.url}/gong", about.gong_access_key, about.gong_access_key_secret, limiter=limiters[0])
    hubspot = HubSpotClient(f"{world.url}/hubspot", about.hubspot_token, limiter=limiters[1], retry=retry)
    slack = SlackClient(f"{world.url}/slack/api/", about.slack_token, limiter=limiters[2])
    database, cache = (
        await Database.open(sqlite_url(tmp_path_factory.mktemp("data"))),
        Cache(ProcessStore(clock), clock),
    )
    memory = Memory.over(database, Entries(database, HashedWords(), clock), "main", clock)
    writing = ChangingCrm(hubspot, cache)
    context = Context(gong, writing, slack, Records.over(database, clock), ExtractiveAnalyst(), clock, memory=memory)
    yield House(world, replace(context, cache=cache), CachedCrm(hubspot, cache, clock), clock, database)
    for client in (gong, hubspot, slack):
        await client.close()
    await cache.close()
    await database.close()
