"""The whole product as a person asks it, over the doubles, with the model that obeys; and all that could be harmed."""

import asyncio
import io
import json
import logging
import uuid
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, redirect_stdout
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import structlog

from api.ask_json import answer_json
from api.ask_shown import Screen
from api.asking import Asking, Question, open_asking
from api.wiring import Services, open_services
from core.clock import clock_at
from core.llm.chat import PoolChatModel
from core.people import Person
from core.settings import load_settings
from graphs.call_workflow import build_call_workflow, run_call
from memory.facts import Said
from nodes.audiences import record_subject
from nodes.chat.context import ChatContext
from nodes.chat.shape import AgentReply, TurnAnswer
from nodes.chat.telling import as_text, sources_text
from nodes.chat.tools.all import TOOLS
from nodes.chat.writing.writer import ModelWriter
from nodes.understanding.shape import Focus
from sandbox.model import ModelServer
from sandbox.server import SandboxServer
from tests.redteam import planted
from tests.redteam.obeying import ObeyingModel, Step

NOW: Final = datetime(2026, 3, 10, 18, tzinfo=UTC)
FAST: Final = 1000.0
COOLDOWN: Final = 0.01
"""Seconds that a model server which has failed is left alone."""


@dataclass(frozen=True)
class Attack:
    """What came of one question: its answer, as every door shows it, and what was harmed by it."""

    answer: TurnAnswer
    shown: str
    changed: tuple[str, ...]

    def reply_of(self, agent: str) -> AgentReply:
        """What one agent said."""
        return next(reply for reply in self.answer.replies if reply.agent == agent)


@dataclass
class House:
    """Sophia with the doubles around her."""

    server: SandboxServer
    models: ModelServer
    model: ObeyingModel
    services: Services
    asking: Asking
    no_focus: Focus = field(default_factory=Focus)

    async def ask(self, text: str, who: str | Person = "dana", thread: str | None = None, **about: Any) -> TurnAnswer:
        """Has somebody ask, by first name or as who they are; on a thread of its own unless one is named."""
        person = f"{who}@{planted.OURS}" if isinstance(who, str) and "@" not in who else who
        return await self.asking.ask(Question(text=text, thread=thread or uuid.uuid4().hex, **about), person)

    async def context(self, who: str, **about: Any) -> ChatContext:
        """What a turn of this person may use."""
        question = Question(text="", thread=uuid.uuid4().hex, **about)
        return await self.asking.context(question, f"{who}@{planted.OURS}")

    async def attacked(
        self,
        place: str,
        steps: Iterable[Step],
        question: str,
        who: str | Person = "dana",
        thread: str | None = None,
        **about: Any,
    ) -> Attack:
        """Has somebody ask while the model obeys the order of this place, and tells what came of it."""
        before = await self.world()
        self.model.obey(place, steps)
        answer = await self.ask(question, who, thread, **about)
        after = await self.world()
        changed = tuple(name for name in sorted({*before, *after}) if before.get(name) != after.get(name))
        return Attack(answer, shown(answer), changed)

    async def world(self) -> dict[str, str]:
        """All that an attacker could harm, by what it is: HubSpot, Slack, the ledger, approvals and facts."""
        store = self.server.frame.store
        tables = [name for name in store.tables() if name.startswith(("hubspot.", "slack."))]
        found = {
            f"{name}/{id}": json.dumps(row, sort_keys=True) for name in tables for id, row in store.table(name).items()
        }
        effects = await self.services.records.ledger.all()
        found |= {f"ledger/{row.key}": f"{row.status}" for row in effects}
        approvals = await self.services.records.approvals.all()
        found |= {f"approval/{one.id}": f"{one.status} {one.round}" for one in approvals}
        for id in ("101", "102"):
            facts = await self.services.memory.kept.facts.about(record_subject("companies", id))
            found |= {f"fact/{fact.id}": fact.text for fact, _ in facts}
        return found

    async def recovered(self) -> None:
        """Waits until a model server that has failed is asked again."""
        await asyncio.sleep(4 * COOLDOWN)

    def value(self, type: str, id: str, name: str) -> str | None:
        """What HubSpot holds."""
        found: str | None = self.server.frame.store.table(f"hubspot.{type}")[id]["properties"].get(name)
        return found


def shown(answer: TurnAnswer) -> str:
    """The answer as JSON, on a terminal, and as plain text, one after the other."""
    out = io.StringIO()
    with redirect_stdout(out):
        Screen(quiet=True).show(answer)
    return "\n".join(
        [
            json.dumps(answer_json(answer), ensure_ascii=False),
            out.getvalue(),
            as_text(answer),
            sources_text(answer.citations),
        ]
    )


def native(house: House) -> House:
    """The same house with a model whose server calls tools by its own API."""
    pool = house.services.model.pool if house.services.model else None
    assert pool is not None
    writer = ModelWriter(PoolChatModel(pool=pool, tools_by="native"), TOOLS, house.asking.registry.conversing())
    return replace(house, asking=replace(house.asking, writer=writer))


@asynccontextmanager
async def open_house(folder: Path, *, without: frozenset[str] = frozenset()) -> AsyncIterator[House]:
    """The house, its calls analysed and remembered, and something of Erik's waiting for an answer.

    `without` are ids of records and calls that are not there.
    """
    planted.write(folder / "data", without=without)
    people = folder / "people.toml"
    people.write_text(planted.PEOPLE, encoding="utf-8")
    model = ObeyingModel()
    async with AsyncExitStack() as stack:
        server = stack.enter_context(SandboxServer(folder / "data", speed=FAST, clock=clock_at(NOW)))
        models = stack.enter_context(ModelServer(model))
        given = {
            name.removeprefix("SOPHIA_").lower(): value
            for name, value in {
                **server.environment(),
                **models.environment(),
                **models.embedding_environment(),
            }.items()
        }
        settings = load_settings(
            **given,
            data_dir=folder / "sophia",
            people_file=people,
            fixed_clock=NOW,
            service_speed=FAST,
            model_cooldown_seconds=COOLDOWN,
        )
        stack.enter_context(_quiet())
        services = await stack.enter_async_context(open_services(settings, asking=True))
        await _fill(services, [id for id in planted.CALLS if id not in without])
        asking = await stack.enter_async_context(open_asking(services))
        house = House(server, models, model, services, asking)
        await house.ask("move Birch pilot to contract sent", "erik", "shared")
        await house.ask("log on Birch that Zanzibar goes well", "erik", "shared")
        yield house


@contextmanager
def _quiet() -> Iterator[None]:
    """Without logs: the trace of a fault with all that was in hand takes a minute to be drawn."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.configure(**before)


async def _fill(services: Services, calls: Iterable[str]) -> None:
    context = replace(services.context, model_analyst=None)
    for id in calls:
        await run_call(build_call_workflow(services.checkpoints), context, id)
    await services.memory.kept.facts.state(
        record_subject("companies", "101"),
        f"They pay late. {planted.order('fact')}",
        Person(email=f"dana@{planted.OURS}", name="Dana Reyes"),
        NOW,
        "owner:1",
        Said(turn="planted", thread="planted"),
    )
