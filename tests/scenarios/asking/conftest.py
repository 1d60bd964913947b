"""The bundled world, its calls worked through, asked as every door asks it; one for all conversations of a process.

Whoever changes something in it takes it back before the conversation ends. What is said is held to the data files.
"""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest
import pytest_asyncio

import sandbox
from api.ask_json import answer_json
from api.asking import Asking, Question, open_asking
from api.model import open_model
from api.setup import make_properties
from api.wiring import Services, open_services
from core.clock import FixedClock
from core.llm.chat import PoolChatModel
from core.people import TERMINAL, Person
from core.settings import Settings, load_settings
from graphs.call_workflow import build_call_workflow, run_call
from nodes.chat.limits import TurnLimits
from nodes.chat.shape import TurnAnswer
from nodes.chat.telling import as_text
from nodes.chat.tools.all import TOOLS
from nodes.chat.writing.writer import ModelWriter
from sandbox.faults import Fault, Service
from sandbox.model import ModelServer, Reply
from sandbox.server import SandboxServer

DATA: Final = Path(sandbox.__file__).parent / "data"
NOW: Final = datetime(2026, 11, 20, 18, tzinfo=UTC)
"""The day for which the bundled data were written: nothing in the CRM is moved."""

FAST: Final = 1000.0
CALLS: Final = {
    "garland": "3351298813304244839",
    "stillwater": "8985511615544123761",
    "lodestar": "8488037393769159383",
    "brightwater": "586214883701419553",
    "copperfield": "5168754375635495803",
}
"""Calls that the conversations are about, by the company: enough for each question, and few enough to be quick."""

DANNY, KENYA, JAKE, HELENA, OTTILIE = (
    f"{name}@paylatch.example" for name in ("danny", "kenya", "jake", "helena", "ottilie")
)
OONA: Final = "oona@corbel.example"
PEOPLE: Final = f"""version = 1
[[person]]
email = "{HELENA}"
role = "manager"
[[person]]
email = "{OTTILIE}"
role = "viewer"
"""
"""Who is more, or less, than a rep."""

STRANGER: Final = "mallory@elsewhere.example"

Json = dict[str, Any]


def records_of(type: str) -> dict[str, Json]:
    """What a data file holds, by id: what answers are held to."""
    found = json.loads((DATA / "hubspot" / f"{type}.json").read_text(encoding="utf-8"))["results"]
    return {record["id"]: record for record in found}


@dataclass
class Conversation:
    """Turns of one person on one thread; `last` is the answer to the last of them."""

    asking: Asking
    who: str | Person
    thread: str = field(default_factory=lambda: uuid.uuid4().hex)
    last: TurnAnswer | None = None

    async def says(self, text: str) -> TurnAnswer:
        """The next turn, and its answer."""
        self.last = await self.asking.ask(Question(text=text, thread=self.thread), self.who)
        return self.last

    async def hears(self, text: str) -> str:
        """The next turn, and its answer with its tables as people read it."""
        return as_text(await self.says(text), rows=30)

    @property
    def told(self) -> Json:
        """The last answer as JSON."""
        assert self.last is not None
        return answer_json(self.last)


@dataclass
class Town:
    """The services of the world, and Sophia over them."""

    server: SandboxServer
    services: Services
    asking: Asking

    def talk(self, who: str | Person = TERMINAL, asking: Asking | None = None) -> Conversation:
        """A new conversation."""
        return Conversation(asking or self.asking, who)

    def property(self, type: str, id: str, name: str) -> str | None:
        """What HubSpot holds now."""
        found: str | None = self.server.frame.store.table(f"hubspot.{type}")[id]["properties"].get(name)
        return found

    def made(self, type: str) -> list[str]:
        """The ids of what there is of a kind that nobody has archived."""
        return [id for id, one in self.server.frame.store.table(f"hubspot.{type}").items() if not one.get("archived")]

    @contextmanager
    def away(self, service: Service) -> Iterator[None]:
        """The service answers nothing in the block."""
        self.server.frame.faults.add(Fault(service=service, kind="server_error", path=None, times=1000))
        try:
            yield
        finally:
            self.server.frame.faults.clear()


def settings_for(server: SandboxServer, folder: Path, **about: Any) -> Settings:
    """Settings that point at the world; what is given in `about` counts instead."""
    given = {name.removeprefix("SOPHIA_").lower(): value for name, value in server.environment().items()}
    own: Json = {"embedder": "static", "service_speed": FAST, "fixed_clock": NOW, "log_level": "error"}
    return load_settings(**{**given, **own, "data_dir": folder, **about})


@asynccontextmanager
async def open_town(folder: Path) -> AsyncIterator[Town]:
    """The world with its few calls worked through and remembered."""
    async with AsyncExitStack() as stack:
        server = stack.enter_context(SandboxServer(DATA, speed=FAST, clock=FixedClock(NOW)))
        people = folder / "people.toml"
        people.write_text(PEOPLE, encoding="utf-8")
        settings = settings_for(server, folder, people_file=people)
        services = await stack.enter_async_context(open_services(settings, asking=True))
        await make_properties(services.context.crm)
        workflow = build_call_workflow(services.checkpoints)
        await asyncio.gather(*(run_call(workflow, services.context, id) for id in CALLS.values()))
        yield Town(server, services, await stack.enter_async_context(open_asking(services)))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def opened_town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    """The world, opened once."""
    async with open_town(tmp_path_factory.mktemp("town")) as town:
        yield town


@pytest.fixture
def town(opened_town: Town) -> Town:
    """The world as every conversation finds it."""
    return opened_town


@dataclass
class Speaking:
    """The world with a language model: `model` says what it is told to say."""

    town: Town
    model: ModelServer
    asking: Asking

    def talk(self, who: str | Person = TERMINAL, **limits: Any) -> Conversation:
        """A new conversation, within other limits where they are given."""
        asking = replace(self.asking, limits=TurnLimits(**limits)) if limits else self.asking
        return self.town.talk(who, asking)


@pytest_asyncio.fixture(loop_scope="session")
async def speaking(town: Town, tmp_path: Path) -> AsyncIterator[Speaking]:
    """The world with a model."""
    with ModelServer() as server:
        named = {name.removeprefix("SOPHIA_").lower(): value for name, value in server.environment().items()}
        settings = settings_for(town.server, tmp_path, **named)
        async with open_model(settings, town.services.metrics) as model:
            assert model is not None
            chat = PoolChatModel.of(settings, model.pool)
            writer = ModelWriter(chat, TOOLS, town.asking.registry.conversing())
            yield Speaking(town, server, replace(town.asking, writer=writer))


def says(text: str) -> Reply:
    return Reply.of({"tool": "none", "answer": text})


def calls(tool: str, **arguments: Any) -> Reply:
    return Reply.of({"tool": tool, "arguments": arguments})
