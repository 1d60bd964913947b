"""Sophia over the team's services: the real workflow, clients, database and checkpoints, and the doubles."""

import asyncio
import re
import shutil
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from core.limiter import Limiter, ProcessWindows
from core.retry import RetryPolicy
from graphs.call_workflow import CallWorkflow, build_call_workflow, run_call
from memory.checkpoints import Checkpoints, open_checkpoints
from memory.database import Database, sqlite_url
from memory.ledger import Effect
from memory.records import Records
from nodes.context import Analyst, Context, WorkflowOptions
from nodes.crm_sync.fields import OWN_PROPERTIES
from nodes.state import CHECKPOINTED, CallOutcome
from nodes.turns import SharedTurns
from sandbox.faults import Fault, Kind, Service
from sandbox.server import SandboxServer
from tools.gong.client import GongClient
from tools.hubspot.client import HubSpotClient
from tools.slack.client import SlackClient

Json = dict[str, Any]

WRITES = re.compile(r"/batch/(?:create|update|archive)|/chat\.")

FAST = 1000.0
"""How fast the doubles' time runs: their limits and lags never matter here."""
PATIENT_S, IMPATIENT_S = 30.0, 1.5
"""After which a client gives up waiting for an answer: where that is no matter, and where a test waits for it."""


@dataclass
class House:
    """Sophia over the doubles. What stands in the services is read where the doubles keep it."""

    server: SandboxServer
    context: Context
    database: Database
    checkpoints: Checkpoints
    clock: Any
    world: Any

    async def run(
        self,
        call_id: str,
        context: Context | None = None,
        graph: CallWorkflow | None = None,
        again: bool = False,
    ) -> CallOutcome:
        graph = graph or build_call_workflow(self.checkpoints)
        return await run_call(graph, context or self.context, call_id, again=again)

    def but(self, **parts: Any) -> Context:
        """The same context with other parts."""
        return replace(self.context, **parts)

    def fault(self, service: Service, kind: Kind, path: str | None = None, times: int | None = 1) -> None:
        seconds = 2 * IMPATIENT_S if kind == "timeout_after_commit" else 0
        self.server.frame.faults.add(Fault(service=service, kind=kind, path=path, times=times, seconds=seconds))

    def mend(self) -> None:
        self.server.frame.faults.clear()

    def table(self, name: str) -> Mapping[str, Json]:
        return self.server.frame.store.table(name)

    def made(self, type: str) -> list[Json]:
        """Notes or tasks, each with the records it belongs to under `links`."""
        return [
            {**record["properties"], "links": self._links(type, record["id"])}
            for record in self.table(f"hubspot.{type}").values()
            if not record["archived"]
        ]

    def _links(self, type: str, id: str) -> set[str]:
        keys = (key.split("/") for key in self.table("hubspot.associations"))
        return {f"{to}/{other}" for source, own, to, other in keys if (source, own) == (type, id)}

    def properties(self, type: str, id: str) -> Json:
        return dict(self.table(f"hubspot.{type}")[id]["properties"])

    def edit(self, type: str, id: str, **properties: str) -> None:
        """Somebody changes a record by hand."""
        table: Any = self.table(f"hubspot.{type}")
        table[id] = {**table[id], "properties": {**table[id]["properties"], **properties}}

    def delete(self, type: str, id: str) -> None:
        """Somebody deletes a record by hand."""
        table: Any = self.table(f"hubspot.{type}")
        table[id] = {**table[id], "archived": True}

    def messages(self) -> list[Json]:
        """Every message with the channel it stands in."""
        return [{"channel": row["channel"], **row["message"]} for row in self.table("slack.messages").values()]

    def channel(self) -> str:
        channel = self.server.slack_channel
        assert channel is not None
        return channel

    def writes(self) -> int:
        """How often HubSpot and Slack were asked to make or change something."""
        counts = self.server.frame.requests.report()
        asked = {**counts["hubspot"]["by_path"], **counts["slack"]["by_path"]}
        return sum(count for path, count in asked.items() if WRITES.search(path))

    def requests(self, service: str) -> int:
        return int(self.server.frame.requests.report()[service]["total"])

    def appear(self, id: str, *given: Any, **about: Any) -> None:
        """A call appears in Gong, or its transcript does."""
        self.world.add_call(id, *given, **about)
        self.server.frame.store.table("gong.calls")[id] = self.world.calls[id]

    async def effects(self) -> list[Effect]:
        return await self.context.records.ledger.all()

    def standing(self) -> tuple[Any, ...]:
        """Everything Sophia has left in the services, to be compared between two worlds."""
        made = [
            sorted((sorted(record["links"]), record.get("sophia_key", "")) for record in self.made(type))
            for type in NEW
        ]
        written = {
            (type, id): {name: value for name, value in record["properties"].items() if name in WRITTEN}
            for type in ("contacts", "deals", "companies")
            for id, record in self.table(f"hubspot.{type}").items()
        }
        posted = sorted(message["metadata"]["event_payload"]["key"] for message in self.messages())
        return made, written, posted


NEW = ("notes", "tasks")
WRITTEN = frozenset(
    {*OWN_PROPERTIES["contacts"], *OWN_PROPERTIES["deals"], "dealstage", "amount", "closedate", "hubspot_owner_id"}
)


async def no_pause(_seconds: float) -> None:
    await asyncio.sleep(0)


OpenHouse = Callable[..., Any]


@pytest.fixture
async def open_house(
    world: Any, scripted: Analyst, clock: Any, tmp_path_factory: pytest.TempPathFactory, empty_database: Path
) -> AsyncIterator[OpenHouse]:
    """Opens the house over the world as it is by then, or over another data folder."""
    async with AsyncExitStack() as stack:

        async def open(
            analyst: Analyst | None = None,
            options: WorkflowOptions | None = None,
            timeout_s: float = PATIENT_S,
            data: Path | None = None,
        ) -> House:
            folder = tmp_path_factory.mktemp("house")
            shutil.copytree(empty_database, folder, dirs_exist_ok=True)
            if data is None:
                world.write(folder / "data")
            server = SandboxServer(data or folder / "data", speed=FAST, clock=clock)
            stack.enter_context(server)
            gateways = _gateways(stack, server, timeout_s)
            database, checkpoints = await _memory(stack, folder)
            records = Records.over(database, clock)
            channel = options or WorkflowOptions(channel=server.slack_channel)
            turns = SharedTurns(records.turns)
            context = Context(*gateways, records, analyst or scripted, clock, channel, turns)
            return House(server, context, database, checkpoints, clock, world)

        yield open


def _gateways(
    stack: AsyncExitStack, server: SandboxServer, timeout_s: float
) -> tuple[GongClient, HubSpotClient, SlackClient]:
    """The real clients, which wait for nothing between two tries."""
    about, retry = server.credentials, RetryPolicy(attempts=2, sleep=no_pause)

    def limiter(service: str) -> Limiter:
        return Limiter(service, ProcessWindows(), speed=FAST)

    key, secret = about.gong_access_key, about.gong_access_key_secret
    gong = GongClient(f"{server.url}/gong", key, secret, limiter=limiter("Gong"), retry=retry)
    hubspot_url, slack_url = f"{server.url}/hubspot", f"{server.url}/slack/api/"
    hubspot = HubSpotClient(
        hubspot_url, about.hubspot_token, limiter=limiter("HubSpot"), retry=retry, timeout_s=timeout_s
    )
    slack = SlackClient(slack_url, about.slack_token, limiter=limiter("Slack"), retry=retry, timeout_s=timeout_s)
    for client in (gong, hubspot, slack):
        stack.push_async_callback(client.close)
    return gong, hubspot, slack


async def _memory(stack: AsyncExitStack, folder: Path) -> tuple[Database, Checkpoints]:
    database = await Database.open(sqlite_url(folder))
    stack.push_async_callback(database.close)
    checkpoints = await stack.enter_async_context(open_checkpoints(sqlite_url(folder), CHECKPOINTED))
    return database, checkpoints
