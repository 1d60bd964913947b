"""The house over the team's services (team.py): the real clients and database, and people who talk to Sophia in it."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.limiter import Limiter, ProcessWindows
from core.people import TERMINAL
from core.retry import RetryPolicy
from core.rights.rights import Asker, rights_of
from core.scope import Scope
from graphs.approval_workflow import ApprovalWorkflow, build_approval_workflow, open_approval, run_approval
from memory.checkpoints import open_checkpoints
from memory.database import Database, sqlite_url
from memory.inbox import Delivery
from memory.ledger import Effect
from memory.records import Records
from memory.remembering import Memory
from memory.store.entries import Entries
from nodes.acting.acting import act
from nodes.chat.context import ChatContext
from nodes.chat.shape import Done
from nodes.context import Context
from nodes.people import read_directory
from nodes.policy.loading import DEFAULT_FILE, parse_policy
from nodes.state import CHECKPOINTED
from nodes.thread.context import Place, ThreadContext
from nodes.turns import SharedTurns
from nodes.understanding.shape import Action
from nodes.undo.request import KIND as UNDO
from nodes.undo.request import UndoRequest
from nodes.undo.undoing import run_undo
from sandbox.faults import Fault, Kind, Service
from sandbox.server import SandboxServer
from tests.embedders import HashedWords
from tests.nodes.acting.team import CRM, OWNERS, PEOPLE
from tools.gong.client import GongClient
from tools.hubspot.client import HubSpotClient
from tools.slack.client import SlackClient

Json = dict[str, Any]

NOW = datetime(2026, 3, 10, 15, tzinfo=UTC)
"""A Tuesday, 10:00 in Chicago."""
FAST = 1000.0
PATIENT_S = 30.0
"""After which a client gives up waiting for an answer, where that is no matter."""


class MovingClock:
    """A clock that a test moves; every look moves it a little, so that what comes later is later."""

    def __init__(self) -> None:
        self._now = NOW

    def now(self) -> datetime:
        self._now += timedelta(milliseconds=1)
        return self._now

    def advance(self, by: timedelta) -> None:
        self._now += by


@dataclass
class Office:
    """The house, and people who talk to Sophia in it."""

    server: SandboxServer
    house: Context
    graph: ApprovalWorkflow
    patience_s: float
    turns: list[str] = field(default_factory=list)

    async def asker(self, who: str) -> Asker:
        """What this person may do: by first name, or the terminal's own."""
        person = TERMINAL if who == "terminal" else f"{who}@ours.example"
        return rights_of(person, await read_directory(self.house.crm, PEOPLE), PEOPLE.reads)

    async def turn(
        self,
        who: str = "dana",
        turn: str | None = None,
        thread: str = "t1",
        scope: Scope | None = None,
        **parts: Any,
    ) -> ChatContext:
        """A turn of this person, a new one unless it is named."""
        self.turns.append(turn or f"turn-{len(self.turns)}")
        asker = await self.asker(who)
        shown = scope or asker.scope
        unused: Any = None
        context = ChatContext(
            house=self.house,
            crm=unused,
            asker=asker,
            scope=shown,
            thread=ThreadContext(Place(f"{asker.known_by}/{thread}", "person", shown), unused),
            turn_id=self.turns[-1],
            lexicon=unused,
            open_approval=self.open,
            carry_out=self.carry_out,
        )
        return replace(context, **parts)

    async def do(self, action: Action, who: str = "dana", words: str = "please", **turn: Any) -> Done:
        """Has an action carried out in a turn of this person."""
        return await act(action, await self.turn(who, **turn), words)

    async def open(self, approval_id: str) -> None:
        await open_approval(self.graph, self.house, approval_id)

    async def carry_out(self, delivery: Delivery) -> None:
        """What the worker does about an answer or an order to undo."""
        if delivery.kind == UNDO:
            await run_undo(self.house, UndoRequest.model_validate(delivery.payload))
        else:
            await run_approval(self.graph, self.house, delivery.key)

    def fault(self, service: Service, kind: Kind, path: str, times: int | None = 1) -> None:
        seconds = 2 * self.patience_s if kind == "timeout_after_commit" else 0
        self.server.frame.faults.add(Fault(service=service, kind=kind, path=path, times=times, seconds=seconds))

    def value(self, type: str, id: str, name: str) -> str | None:
        """What HubSpot holds."""
        found: str | None = self.server.frame.store.table(f"hubspot.{type}")[id]["properties"].get(name)
        return found

    def edit(self, type: str, id: str, **properties: str) -> None:
        """Somebody changes a record by hand."""
        table: Any = self.server.frame.store.table(f"hubspot.{type}")
        table[id] = {**table[id], "properties": {**table[id]["properties"], **properties}}

    def made(self, type: str) -> list[Json]:
        """The notes or tasks that Sophia made, each with the records it belongs to."""
        keys = [key.split("/") for key in self.server.frame.store.table("hubspot.associations")]
        return [
            {
                **record["properties"],
                "links": {f"{to}/{other}" for of, id, to, other in keys if (of, id) == (type, own)},
            }
            for own, record in self.server.frame.store.table(f"hubspot.{type}").items()
            if record["properties"].get("sophia_key") and not record["archived"]
        ]

    def messages(self) -> list[Json]:
        """Every message in Slack."""
        return [dict(row["message"]) for row in self.server.frame.store.table("slack.messages").values()]

    def writes(self, type: str = "deals") -> int:
        """How often HubSpot was asked to change records of this type."""
        asked = self.server.frame.requests.report()["hubspot"]["by_path"]
        return sum(count for path, count in asked.items() if f"/{type}/batch/update" in path)

    def under(self, rules: str) -> None:
        """These rules stand above the default's from now on."""
        above, first, below = DEFAULT_FILE.read_text(encoding="utf-8").partition("\n[[rule]]")
        policy = parse_policy(f"{above}\n{rules}{first}{below}", DEFAULT_FILE)
        self.house = replace(self.house, policy=policy)

    async def effects(self) -> list[Effect]:
        return await self.house.records.ledger.all()


@pytest.fixture
def clock() -> MovingClock:
    return MovingClock()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The team's records as files."""
    members = [
        {"id": f"U{id}", "name": name, "deleted": archived, "profile": {"email": email, "real_name": name}}
        for id, email, name, archived in OWNERS
        if name != "Max Lee"
    ]
    files: dict[str, Any] = {f"hubspot/{type}.json": {"results": records} for type, records in CRM.items()}
    files["slack/users.json"] = {"ok": True, "members": members}
    for name, content in files.items():
        path = tmp_path / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content))
    (tmp_path / "data" / "calls").mkdir()
    return tmp_path / "data"


@pytest.fixture
def server(data: Path, clock: MovingClock) -> Iterator[SandboxServer]:
    with SandboxServer(data, speed=FAST, clock=clock) as server:
        yield server


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a database in which there is nothing yet; made once, since to make it takes longest."""
    folder = tmp_path_factory.mktemp("empty")

    async def make() -> None:
        await (await Database.open(sqlite_url(folder))).close()

    asyncio.run(make())
    return folder


@pytest.fixture
def patience_s() -> float:
    return PATIENT_S


@pytest.fixture
async def office(
    server: SandboxServer, clock: MovingClock, tmp_path: Path, empty_database: Path, patience_s: float
) -> AsyncIterator[Office]:
    """The house over the team's services."""
    gateways = _gateways(server, patience_s)
    shutil.copytree(empty_database, tmp_path, dirs_exist_ok=True)
    database = await Database.open(sqlite_url(tmp_path))
    records = Records.over(database, clock)
    unused: Any = None
    async with open_checkpoints(sqlite_url(tmp_path), CHECKPOINTED) as checkpoints:
        house = Context(
            *gateways,
            records,
            unused,
            clock,
            turns=SharedTurns(records.turns),
            memory=Memory.over(database, Entries(database, HashedWords(), clock), "main", clock),
        )
        yield Office(server, house, build_approval_workflow(checkpoints), patience_s)
    for client in gateways:
        await client.close()
    await database.close()


async def _no_pause(_seconds: float) -> None:
    await asyncio.sleep(0)


def _gateways(server: SandboxServer, timeout_s: float) -> tuple[GongClient, HubSpotClient, SlackClient]:
    about, retry = server.credentials, RetryPolicy(attempts=1, sleep=_no_pause)
    given: Json = {"retry": retry, "timeout_s": timeout_s}

    def limiter(service: str) -> Limiter:
        return Limiter(service, ProcessWindows(), speed=FAST)

    return (
        GongClient(f"{server.url}/gong", about.gong_access_key, about.gong_access_key_secret, limiter=limiter("Gong")),
        HubSpotClient(f"{server.url}/hubspot", about.hubspot_token, limiter=limiter("HubSpot"), **given),
        SlackClient(f"{server.url}/slack/api/", about.slack_token, limiter=limiter("Slack"), **given),
    )
