"""Asking as every door does it: who asks and what they may see, the network of agents, and one answer.

Made once for a process; a turn takes from here what it needs. Rights are worked out anew for every turn, by the file of
people as it is then.
"""

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from api.people_file import PeopleKept
from api.wiring import Services
from core.links import allowed_hosts
from core.people import Person
from core.rights.rights import Asker, rights_of
from core.rights.showing import askers_at
from core.rights.venue import CHANNELS, Venue, alone
from core.settings import Settings
from graphs.dispatch.dispatch import Dispatch
from graphs.dispatch.opening import open_dispatch
from graphs.flat import FlatNetwork, build_flat, run_turn, understood_in
from graphs.registry import Registry, installed
from memory.embedding.port import Embedder
from memory.embedding.remembered import Remembered
from nodes.cached_crm import CachedCrm
from nodes.chat.context import ChatContext
from nodes.chat.events import TurnEvent, unheard
from nodes.chat.limits import TurnLimits
from nodes.chat.shape import TurnAnswer
from nodes.chat.turn import Turn
from nodes.chat.writing.port import Writer
from nodes.people import place_of, read_directory
from nodes.portal_zone import zone_of
from nodes.thread.context import ThreadContext
from nodes.thread.remembering import ConversationMemory
from nodes.understanding.classifier.learnt import LEARNT_BY
from nodes.understanding.lexicon import Lexicon
from nodes.understanding.names.filling import lexicon_of
from nodes.understanding.names.names import Names
from nodes.understanding.shape import Understood


@dataclass(frozen=True)
class Question:
    """What somebody asks. `thread` is theirs alone, whatever others call theirs; `turn` names this question for good.

    `venue` is where the answer is shown.
    """

    text: str
    thread: str
    turn: str = field(default_factory=lambda: uuid.uuid4().hex)
    venue: Venue = field(default_factory=lambda: alone("terminal"))
    dry_run: bool = False
    tell: Callable[[TurnEvent], None] = unheard


@dataclass(frozen=True)
class Asking:
    """All that questions are answered with."""

    services: Services
    people: PeopleKept
    crm: CachedCrm
    names: Names
    registry: Registry
    dispatch: Dispatch
    graph: FlatNetwork
    writer: Writer | None
    limits: TurnLimits
    embedder: Embedder | None = None
    """By which words are understood, where it is the one that this was learnt with. It remembers: what is understood
    has no names in it, so that people ask in the same few forms again and again."""

    async def asker(self, who: str | Person) -> Asker:
        """What this person may read and change now. Raises ServiceError where HubSpot was never read and is away."""
        people = self.people.now()
        return rights_of(who, await read_directory(self.crm, people), people.reads)

    async def ask(self, question: Question, who: str | Person) -> TurnAnswer:
        """Answers one question. Raises NotUsable for one without words, ServiceError where no answer can be given."""
        answer = await run_turn(self.graph, await self.context(question, who), question.text)
        by_model = answer.model_calls > 0
        self.services.metrics.answered(answer.kind, by_model=by_model, seconds=answer.milliseconds / 1000)
        return answer

    async def understood(self, question: Question, who: str | Person) -> Understood:
        """What a question means in its thread, with what its actions would need; nothing is answered or changed."""
        context = await self.context(question, who)
        return await understood_in(self.graph, context, question.text)

    async def context(self, question: Question, who: str | Person) -> ChatContext:
        """What the turn may use: made for this person, at this place, now."""
        services = self.services
        people = self.people.now()
        directory = await read_directory(self.crm, people)
        asker = rights_of(who, directory, people.reads)
        members = askers_at(question.venue, directory, people.reads)
        place = place_of(_thread_of(asker, question), asker, question.venue, members)
        memory, account = services.memory, (await self.crm.account()).value
        turn = Turn(self.limits)

        async def lexicon() -> Lexicon:
            now, seconds = services.clock.now(), turn.seconds_left
            return await lexicon_of(self.crm, self.names, directory, asker, place.scope, now, seconds)

        turns = ConversationMemory(memory.kept.entries, memory.kept.conversations, memory.recall, services.clock)
        return ChatContext(
            house=services.context,
            crm=self.crm,
            asker=asker,
            scope=place.scope,
            thread=ThreadContext(place=place, memory=turns, clock=services.clock),
            turn_id=question.turn,
            lexicon=_once(lexicon),
            recall=memory.recall,
            embedder=self.embedder,
            writer=self.writer,
            turn=turn,
            link_hosts=allowed_hosts(services.settings, account.ui_domain),
            zone=zone_of(account),
            open_approval=services.open_approval,
            carry_out=services.carry_out,
            dry_run=question.dry_run,
            tell=question.tell,
        )


@asynccontextmanager
async def open_asking(services: Services) -> AsyncIterator[Asking]:
    """Everything that questions need, over these services."""
    settings = services.settings
    registry = installed()
    async with open_dispatch(services.database, registry, services.metrics.agent_asked) as dispatch:
        crm = CachedCrm(services.context.crm, services.memory.cache, services.clock)
        names = Names(services.context.crm, services.clock)
        services.memory.cache.listen(names.heard)
        try:
            yield Asking(
                services=services,
                people=PeopleKept(settings),
                crm=crm,
                names=names,
                registry=registry,
                dispatch=dispatch,
                graph=build_flat(registry, dispatch, services.checkpoints),
                writer=_writer(services, registry),
                limits=limits_of(settings),
                embedder=_embedder(services),
            )
        finally:
            await names.close()


def _thread_of(asker: Asker, question: Question) -> str:
    """The thread as it is kept: one of a channel is another than the asker's own, whatever both are called.

    What was said alone is told again from its thread, and not to those who read along elsewhere.
    """
    channel = question.venue.id if question.venue.kind in CHANNELS else ""
    return f"{asker.known_by}/{channel}/{question.thread}"


def limits_of(settings: Settings) -> TurnLimits:
    """How much a turn may take."""
    return TurnLimits(
        tool_calls=settings.turn_tool_calls,
        model_calls=settings.turn_model_calls,
        seconds=settings.turn_seconds,
        tokens=settings.turn_tokens,
    )


def _embedder(services: Services) -> Embedder | None:
    embedder = services.memory.embedder
    return Remembered(embedder) if embedder.model == LEARNT_BY else None


def _writer(services: Services, registry: Registry) -> Writer | None:
    """Who words answers, where a model is set up: LangChain's agents are loaded only then, and take a second."""
    if services.model is None:
        return None
    from core.llm.chat import PoolChatModel
    from nodes.chat.tools.all import TOOLS
    from nodes.chat.writing.writer import ModelWriter

    settings = services.settings
    model = PoolChatModel.of(settings, services.model.pool, max_tokens=settings.turn_answer_tokens)
    return ModelWriter(model, TOOLS, registry.conversing())


def _once(make: Callable[[], Awaitable[Lexicon]]) -> Callable[[], Awaitable[Lexicon]]:
    """The lexicon of a turn, made when it is first asked for and the same for all of its agents."""
    made: list[Lexicon] = []

    async def get() -> Lexicon:
        if not made:
            made.append(await make())
        return made[0]

    return get
