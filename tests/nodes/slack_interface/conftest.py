"""People who talk to Sophia about herself and about what was said before, over the house of the query tests."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
import pytest_asyncio

from core.clock import FixedClock
from core.people import Person
from core.rights.directory import Directory, KnownOwner, Team
from core.rights.people_file import NO_FILE, PeopleFile
from core.rights.rights import rights_of
from core.rights.showing import askers_at
from core.rights.venue import Venue, alone
from memory.conversations import Conversations
from memory.database import Database, sqlite_url
from memory.recall.lexical import Lexical
from memory.recall.recall import Recall
from memory.store.entries import Entries
from memory.store.nearest import Nearest
from nodes.chat.context import ChatContext
from nodes.chat.shape import AgentReply, AgentTask
from nodes.people import place_of
from nodes.slack_interface.agent import SPEC, chat
from nodes.thread.context import ThreadContext
from nodes.thread.remembering import ConversationMemory
from nodes.thread.state import ThreadState
from nodes.understanding.shape import Kind, Request
from tests.embedders import HashedWords
from tests.nodes.querying.conftest import NOW, House, house, world

__all__ = ["house", "world"]

TEAM = Team(id="1", name="Sales")
OWNERS = tuple(
    KnownOwner(id=id, email=f"{name}@ours.example", name=name.capitalize(), teams=(TEAM,))
    for id, name in (("1", "ana"), ("2", "ben"), ("3", "mia"), ("4", "vic"))
)
FILE = PeopleFile.model_validate(
    {
        "version": 1,
        "person": [
            {"email": "mia@ours.example", "role": "manager"},
            {"email": "vic@ours.example", "role": "viewer"},
        ],
    }
)
CHANNEL = Venue(kind="channel", id="C1", members=frozenset({"ana@ours.example", "ben@ours.example"}))

Says = Callable[..., Awaitable[AgentReply]]
Turns = Callable[..., ChatContext]


@dataclass(frozen=True)
class Remembered:
    """Where turns are kept, and what finds them."""

    turns: ConversationMemory
    recall: Recall


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def remembered(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Remembered]:
    """The memory of all conversations of a file."""
    database = await Database.open(sqlite_url(tmp_path_factory.mktemp("turns")))
    clock, embedder = FixedClock(NOW), HashedWords()
    entries = Entries(database, embedder, clock)
    recall = Recall(database, Nearest(database, None, embedder), Lexical(database), embedder, clock, "main")
    yield Remembered(ConversationMemory(entries, Conversations(entries, "main"), recall, clock), recall)
    await database.close()


@pytest.fixture
def turn(house: House, remembered: Remembered) -> Turns:
    """A turn of somebody, by first name or as who they are, at a place."""
    directory = Directory(OWNERS, FILE)

    def make(who: str | Person = "ana", venue: Venue | None = None, thread: str = "t", **parts: Any) -> ChatContext:
        person = f"{who}@ours.example" if isinstance(who, str) else who
        asker, venue = rights_of(person, directory, NO_FILE.reads), venue or alone("dm")
        place = place_of(thread, asker, venue, askers_at(venue, directory, NO_FILE.reads))
        context = house.asking(place.scope)
        thread_context = ThreadContext(place, remembered.turns)
        return replace(context, asker=asker, thread=thread_context, recall=remembered.recall, **parts)

    return make


@pytest.fixture
def say(turn: Turns) -> Says:
    """Says something to Sophia, and gives her reply."""

    async def says(text: str, kind: Kind = "chat", state: ThreadState | None = None, **where: Any) -> AgentReply:
        request = Request(kind=kind, text=text, agents=(SPEC.name,))
        return await chat(SPEC, AgentTask(request, thread=state or ThreadState()), turn(**where))

    return says
