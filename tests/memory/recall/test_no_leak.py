"""Nothing outside a reader's scope ever comes out of recall, whatever is kept and whatever is asked."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update
from sqlmodel import col

from core.scope import EVERYTHING, UNOWNED, Scope, held_by_nobody, owned_by, said_at, said_by
from memory.database import Database
from memory.store.entries import Entries
from memory.store.entry import KINDS, Entry, Kind
from memory.tables import MemoryItemRow
from memory.vectors.embedded import EmbeddedIndex
from memory.vectors.indexing import Indexer
from memory.vectors.lock import FolderLock
from tests.embedders import HashedWords
from tests.memory.conftest import MovableClock
from tests.memory.recall.conftest import TENANT, entry, recall_over

AROUND: Any = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]}

TENANTS = (TENANT, "other", f"{TENANT}-2")
AUDIENCES = (
    UNOWNED,
    owned_by("1"),
    owned_by("12"),
    held_by_nobody("1"),
    said_at("C1"),
    said_by("ana"),
    said_by("bob@ours.example"),
)
OTHERS = frozenset({said_at("C1"), said_by("ana")})
ADMIN = Scope(every_record=True, audiences=frozenset({said_by("bob@ours.example")}))
VOCABULARY = ("price", "budget", "lunch", "contract", "kubernetes", "the", "Ana's", "40k")
NUMBERS = count()


@dataclass(frozen=True)
class Said:
    """A row: `blank` takes its audience away in the database, `brief` lets it expire before the question."""

    tenant: str
    audience: str
    kind: Kind
    source: str
    position: int
    words: tuple[str, ...]
    blank: bool
    brief: bool


ROWS = st.lists(
    st.builds(
        Said,
        tenant=st.sampled_from(TENANTS),
        audience=st.sampled_from(AUDIENCES),
        kind=st.sampled_from(KINDS),
        source=st.sampled_from(("call:1", "thread:1", "")),
        position=st.integers(0, 4),
        words=st.lists(st.sampled_from(VOCABULARY), min_size=1, max_size=4).map(tuple),
        blank=st.sampled_from((False, False, False, True)),
        brief=st.sampled_from((False, False, False, True)),
    ),
    min_size=1,
    max_size=25,
)
SCOPES = st.one_of(
    st.just(EVERYTHING),
    st.just(ADMIN),
    st.frozensets(st.sampled_from(AUDIENCES)).map(lambda audiences: Scope(audiences=audiences)),
)
QUESTIONS = st.one_of(
    st.lists(st.sampled_from(VOCABULARY), min_size=1, max_size=4).map(" ".join),
    st.text(max_size=30),
    st.sampled_from(("price OR *", '"price', "text: price NOT lunch", "%price%", "main other owner:1 unowned")),
)
ASKED = st.lists(st.tuples(QUESTIONS, SCOPES, st.integers(0, 3)), min_size=1, max_size=4)


class World:
    """What was kept so far, row upon row, who may be shown which text of it, and how many texts came out."""

    def __init__(self, database: Database, clock: MovableClock, index: EmbeddedIndex | None = None) -> None:
        embedder = HashedWords()
        self._database = database
        self._clock = clock
        self._entries = Entries(database, embedder, clock)
        self._indexer = Indexer(database, index, embedder, clock) if index else None
        self._recall = recall_over(database, embedder, clock, index)
        self._said: dict[str, Said] = {}
        self.shown = 0

    async def put(self, rows: Sequence[Said]) -> None:
        """Keeps the rows, each under a name that its text begins with, and lets the brief ones expire."""
        named = {f"row{next(NUMBERS)}": said for said in rows}
        self._said |= named
        await self._entries.put([_entry(name, said) for name, said in named.items()])
        blank = [name for name, said in named.items() if said.blank]
        emptied = update(MemoryItemRow).where(col(MemoryItemRow.key).in_(blank)).values(audience=None)
        await self._database.write(lambda session: session.execute(emptied))
        if self._indexer is not None and len(rows) % 3:  # else they wait in the outbox
            await self._indexer.drain()
        self._clock.pass_by(timedelta(minutes=2))

    async def ask(self, question: str, scope: Scope, neighbours: int) -> None:
        """Asks, and holds every text that comes out to what is known of its row."""
        recalled = await self._recall.recall(question, scope, neighbours=neighbours)
        for passage in recalled.passages:
            for text in (passage.text, *passage.before, *passage.after):
                said = self._said[text.split()[0]]
                assert (said.tenant, said.brief) == (TENANT, False)
                assert scope.allows(None if said.blank else said.audience)
                assert scope != ADMIN or said.blank or said.audience not in OTHERS
                self.shown += 1


@pytest.fixture
async def world(database: Database, clock: MovableClock) -> AsyncIterator[World]:
    made = World(database, clock)
    yield made
    assert made.shown > 100  # else nothing was tried


@pytest.fixture
async def large_world(
    on_sqlite: Database, clock: MovableClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[World]:
    """One that is searched as a large memory is, though it is small."""
    monkeypatch.setattr("memory.store.nearest.EXACT", 0)
    monkeypatch.setattr("memory.recall.fts5.NARROW", 1)
    lock = FolderLock(tmp_path / "chroma")
    lock.take()
    index = await EmbeddedIndex.open(lock)
    made = World(on_sqlite, clock, index)
    yield made
    await index.close()
    assert made.shown > 100


@given(rows=ROWS, asked=ASKED)
@settings(max_examples=60, **AROUND)
async def test_no_row_outside_the_scope_comes_out(
    rows: list[Said], asked: list[tuple[str, Scope, int]], world: World
) -> None:
    await world.put(rows)
    for each in asked:
        await world.ask(*each)


@given(rows=ROWS, asked=ASKED)
@settings(max_examples=60, **AROUND)
async def test_nor_does_one_through_chroma(
    rows: list[Said], asked: list[tuple[str, Scope, int]], large_world: World
) -> None:
    await large_world.put(rows)
    for each in asked:
        await large_world.ask(*each)


def _entry(name: str, said: Said) -> Entry:
    return entry(
        " ".join((name, *said.words)),
        key=name,
        tenant=said.tenant,
        audience=said.audience,
        kind=said.kind,
        source=said.source,
        position=said.position,
        ttl_minutes=1 if said.brief else None,
    )
