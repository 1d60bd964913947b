"""A memory filled with all conversations and calls, through the doors by which the product fills its own."""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from core.analysis import CallAnalysis, Sentiment, StageDirection, TalkStatistics
from core.clock import Clock
from core.scope import said_at
from evals.recall.questions import Said, calls, conversations
from memory.call_memory import CallMemory, subject_of
from memory.conversations import Conversations, Turn, source_of
from memory.database import Database, sqlite_url
from memory.embedding.port import Embedder
from memory.store.entries import Entries
from memory.store.entry import Entry, Kept, Kind, namespace_of

TENANT = "evals"
AUDIENCE = said_at("evals")


@dataclass(frozen=True)
class Memory:
    """A filled database; `rows` are its entries by id, `places` their ids by source and position."""

    database: Database
    rows: Mapping[int, Kept]
    places: Mapping[tuple[Kind, str, int], int]

    def beside(self, id: int) -> list[int]:
        """The row and its neighbours."""
        row = self.rows[id]
        around = ((row.kind, row.source, row.position + step) for step in (-1, 0, 1))
        return [self.places[place] for place in around if place in self.places]


async def as_it_is(folder: Path, embedder: Embedder, clock: Clock, stack: AsyncExitStack) -> Memory:
    """What the product makes of it: turns with their windows, calls in passages."""
    database, entries = await _opened(folder, embedder, clock, stack)
    kept = Conversations(entries, TENANT)
    for number, turns in conversations().items():
        for turn in turns:
            await kept.keep_turn(number, _turn(turn))
    memory = CallMemory(database, entries, TENANT)
    for call in calls().values():
        await memory.keep(call.dialogue.call, call.transcript, _nothing_found(call.dialogue.call.id), AUDIENCE)
    return await _filled(database, entries)


async def turns_alone(folder: Path, embedder: Embedder, clock: Clock, stack: AsyncExitStack) -> Memory:
    """Every turn by itself, to tell what its neighbours are worth."""
    database, entries = await _opened(folder, embedder, clock, stack)
    for number, turns in conversations().items():
        await entries.put([_alone(number, turn) for turn in turns])
    return await _filled(database, entries)


def source_of_call(name: str) -> str:
    """The source of what is kept of a call, by its number in the corpus."""
    return subject_of(calls()[name].dialogue.call.id)


async def _opened(folder: Path, embedder: Embedder, clock: Clock, stack: AsyncExitStack) -> tuple[Database, Entries]:
    database = await Database.open(sqlite_url(folder))
    stack.push_async_callback(database.close)
    return database, Entries(database, embedder, clock)


async def _filled(database: Database, entries: Entries) -> Memory:
    rows = {row.id: row for row in await entries.find()}
    return Memory(database, rows, {(row.kind, row.source, row.position): row.id for row in rows.values()})


def _turn(turn: Said) -> Turn:
    ours = turn.speaker == "Sophia"
    return Turn(
        id=str(turn.number),
        role="assistant" if ours else "user",
        text=turn.text,
        audience=AUDIENCE,
        at=turn.at,
        speaker=turn.speaker,
        person=None if ours else turn.speaker.lower().replace(" ", "-"),
    )


def _alone(number: str, turn: Said) -> Entry:
    text = f"{turn.speaker}: {turn.text}"
    return Entry(
        namespace=namespace_of(TENANT, AUDIENCE, "conversation"),
        key=f"{number}/{turn.number}",
        value={"text": turn.text},
        kind="conversation",
        audience=AUDIENCE,
        source=source_of(number),
        position=turn.number - 1,
        at=turn.at,
        text=text,
        embedded={"text": text},
    )


def _nothing_found(call_id: str) -> CallAnalysis:
    """An analysis without findings: it is the words of the call that are asked about."""
    return CallAnalysis(
        call_id=call_id,
        analyst="none",
        summary="",
        sentiment=Sentiment(label="neutral", score=0),
        stage_direction=StageDirection(direction="hold"),
        statistics=TalkStatistics(),
    )
