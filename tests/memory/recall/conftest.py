"""Recall over a real database of each kind, with an embedder that needs no model."""

import shutil
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from core.scope import UNOWNED
from memory.database import Database, sqlite_url
from memory.recall.lexical import Lexical
from memory.recall.recall import Recall
from memory.store.entries import Entries
from memory.store.entry import Entry, Kind, namespace_of
from memory.store.nearest import Nearest
from memory.vectors.port import VectorIndex
from tests.embedders import HashedWords
from tests.memory.conftest import MovableClock

TENANT = "main"

MakeRecall = Callable[..., Recall]


@pytest.fixture
def embedder() -> HashedWords:
    return HashedWords()


@pytest.fixture
def entries(database: Database, embedder: HashedWords, clock: MovableClock) -> Entries:
    return Entries(database, embedder, clock)


@pytest.fixture
def recall(database: Database, embedder: HashedWords, clock: MovableClock) -> Recall:
    return recall_over(database, embedder, clock)


@pytest.fixture
async def on_sqlite(tmp_path: Path, empty_database: Path) -> AsyncIterator[Database]:
    """For tests of what does not depend on the kind of database."""
    shutil.copytree(empty_database, tmp_path / "data", dirs_exist_ok=True)
    opened = await Database.open(sqlite_url(tmp_path / "data"))
    yield opened
    await opened.close()


def recall_over(
    database: Database, embedder: HashedWords, clock: MovableClock, index: VectorIndex | None = None
) -> Recall:
    """Recall of the tenant of these tests."""
    return Recall(database, Nearest(database, index, embedder), Lexical(database), embedder, clock, TENANT)


def entry(
    text: str,
    *,
    key: str | None = None,
    kind: Kind = "call_passages",
    audience: str = UNOWNED,
    tenant: str = TENANT,
    source: str = "call:1",
    position: int = 0,
    at: datetime | None = None,
    window: str | None = None,
    subjects: frozenset[str] = frozenset(),
    ttl_minutes: float | None = None,
    **value: Any,
) -> Entry:
    """Something to be kept, found by its text or by the window around it."""
    return Entry(
        namespace=namespace_of(tenant, audience, kind),
        key=key or f"{source}/{position}",
        value={"text": text, **value},
        kind=kind,
        audience=audience,
        source=source,
        position=position,
        at=at,
        text=window or text,
        embedded={"text": window or text},
        subjects=subjects,
        ttl_minutes=ttl_minutes,
    )
