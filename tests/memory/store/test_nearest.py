"""What is nearest is found through Chroma as it is by comparing all, and without Chroma as far as that goes."""

import numpy as np
import pytest
from sqlalchemy import delete, true
from sqlmodel import col

from memory.database import Database
from memory.embedding.port import Vectors
from memory.store.entries import Entries
from memory.store.entry import KINDS, Kind
from memory.store.nearest import Found, Nearest
from memory.tables import MemoryItemRow, MemoryOutboxRow
from memory.vectors.collections import Collections
from memory.vectors.embedded import EmbeddedIndex
from memory.vectors.indexing import Indexer
from memory.vectors.port import Point
from tests.embedders import HashedWords
from tests.memory.conftest import MovableClock
from tests.memory.store.rows import passage

WORDS = ["price", "budget", "contract", "signed", "tuesday", "demo", "rival", "legal", "security", "renewal"]
PASSAGES: list[Kind] = ["call_passages"]
BEST = 1e-3
"""How near to 1 the similarity of the same text is, in 16 bits."""


@pytest.fixture
def database(on_sqlite: Database) -> Database:
    """Here it does not matter which."""
    return on_sqlite


@pytest.fixture
def through_index(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asks the index however few items there are."""
    monkeypatch.setattr("memory.store.nearest.EXACT", 2)


@pytest.fixture
def nearest(database: Database, index: EmbeddedIndex, embedder: HashedWords) -> Nearest:
    return Nearest(database, index, embedder)


async def _filled(entries: Entries, count: int = 300) -> None:
    """Passages of two words and their number, all different."""
    texts = [f"{WORDS[number % 10]} {WORDS[number // 10 % 10]} {number}" for number in range(count)]
    await entries.put([passage(str(number), text, position=number) for number, text in enumerate(texts)])


async def _asked(embedder: HashedWords, question: str) -> Vectors:
    vectors: Vectors = await embedder.embed([question])
    asked: Vectors = vectors[0]
    return asked


async def test_chroma_finds_what_comparing_all_finds(
    entries: Entries, database: Database, embedder: HashedWords, nearest: Nearest, indexer: Indexer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    await _filled(entries)
    await indexer.drain()
    vector = await _asked(embedder, "budget demo")
    exact = await nearest.nearest(PASSAGES, vector, 10, true())

    monkeypatch.setattr("memory.store.nearest.EXACT", 2)
    found = await nearest.nearest(PASSAGES, vector, 10, true())

    assert found.degraded is None
    assert [score for _, score in found.items] == pytest.approx([score for _, score in exact.items])
    assert len(found.items) == 10


@pytest.mark.usefixtures("through_index")
async def test_what_was_just_put_is_found_before_the_index_knows(
    entries: Entries, embedder: HashedWords, nearest: Nearest, indexer: Indexer
) -> None:
    await _filled(entries)
    await indexer.drain()
    await entries.put([passage("new", "onboarding workshop")])

    found = await nearest.nearest(PASSAGES, await _asked(embedder, "onboarding workshop"), 1, true())

    assert await _keys(entries, found) == ["new"]
    assert found.items[0][1] == pytest.approx(1, abs=BEST)


@pytest.mark.usefixtures("through_index")
async def test_what_was_removed_is_not_found_though_the_index_still_has_it(
    entries: Entries, embedder: HashedWords, nearest: Nearest, indexer: Indexer
) -> None:
    await _filled(entries)
    await indexer.drain()
    await entries.remove_where(col(MemoryItemRow.key) == "13")

    found = await nearest.nearest(PASSAGES, await _asked(embedder, "signed budget 13"), 5, true())

    assert "13" not in await _keys(entries, found)
    assert len(found.items) == 5


@pytest.mark.usefixtures("through_index")
@pytest.mark.parametrize("id", ["stranger", "call_passages:x:0:0", "call_passages:1:0:00000000", "::::"])
async def test_what_is_in_the_index_and_not_in_the_database_is_not_found(
    entries: Entries, embedder: HashedWords, nearest: Nearest, indexer: Indexer, index: EmbeddedIndex, id: str
) -> None:
    await _filled(entries, 30)
    await indexer.drain()
    vector = await _asked(embedder, "onboarding workshop")
    before = await nearest.nearest(PASSAGES, vector, 5, true())
    await index.upsert("call_passages__hashed-words-64__v1", [Point(id, vector.tolist(), {"item": 1})])

    assert await nearest.nearest(PASSAGES, vector, 5, true()) == before


@pytest.mark.usefixtures("through_index")
@pytest.mark.parametrize("wanted", [[0, 1, 2], [7], list(range(0, 300, 3))])
async def test_a_condition_that_leaves_few_is_satisfied_by_all_that_is_found(
    entries: Entries, embedder: HashedWords, nearest: Nearest, indexer: Indexer, wanted: list[int]
) -> None:
    await _filled(entries)
    await indexer.drain()
    condition = col(MemoryItemRow.position).in_(wanted)

    found = await nearest.nearest(PASSAGES, await _asked(embedder, "renewal legal"), 200, condition)

    assert sorted(int(key) for key in await _keys(entries, found)) == wanted
    scores = [score for _, score in found.items]
    assert scores == sorted(scores, reverse=True)


@pytest.mark.usefixtures("through_index")
async def test_the_best_of_several_vectors_counts(
    entries: Entries, embedder: HashedWords, nearest: Nearest, indexer: Indexer
) -> None:
    await entries.put(
        [
            passage("both", "x", embedded={"a": "price", "b": "security audit"}),
            passage("one", "x", embedded={"a": "security"}),
            passage("none", "x", embedded={"a": "tuesday"}),
        ]
    )
    await indexer.drain()

    found = await nearest.nearest(PASSAGES, await _asked(embedder, "security audit"), 9, true())

    assert await _keys(entries, found) == ["both", "one", "none"]
    assert found.items[0][1] == pytest.approx(1, abs=BEST)


@pytest.mark.usefixtures("through_index")
async def test_a_damaged_index_is_told_and_the_newest_are_compared(
    entries: Entries, embedder: HashedWords, nearest: Nearest, indexer: Indexer, index: EmbeddedIndex
) -> None:
    await _filled(entries)
    await indexer.drain()
    await index.drop("call_passages__hashed-words-64__v1")

    found = await nearest.nearest(PASSAGES, await _asked(embedder, "signed budget 13"), 1, true())

    assert await _keys(entries, found) == ["13"]
    assert found.degraded is not None and "damaged" in found.degraded


@pytest.mark.usefixtures("through_index")
async def test_without_an_index_only_the_newest_are_compared(
    entries: Entries, database: Database, embedder: HashedWords, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("memory.store.nearest.EXACT_WHEN_DOWN", 100)
    monkeypatch.setattr("memory.store.exact.CHUNK", 30)
    await _filled(entries)

    found = await Nearest(database, None, embedder).nearest(PASSAGES, await _asked(embedder, "price"), 300, true())

    assert sorted(int(key) for key in await _keys(entries, found)) == list(range(200, 300))
    assert found.degraded == "no vector index is open"


@pytest.mark.usefixtures("through_index")
async def test_a_kind_without_a_collection_is_told_and_compared_and_the_others_asked(
    entries: Entries, database: Database, embedder: HashedWords, nearest: Nearest, indexer: Indexer, clock: MovableClock
) -> None:
    await _filled(entries)
    await indexer.drain()
    finding = passage("finding", "onboarding workshop", kind="call_findings")
    await entries.put([finding])
    await database.write(lambda session: session.execute(delete(MemoryOutboxRow)))
    vector = await _asked(embedder, "onboarding workshop")

    found = await nearest.nearest(KINDS, vector, 5, true())
    assert (await _keys(entries, found))[0] == "finding"
    assert found.degraded is not None and "call_findings (not built yet)" in found.degraded

    [collection] = await Collections(database, clock).all()
    await Collections(database, clock).mark_damaged(collection.name, "a vector is missing")
    found = await nearest.nearest(KINDS, vector, 5, true())
    assert len(found.items) == 5
    assert found.degraded is not None and "call_passages (a vector is missing)" in found.degraded


async def test_texts_that_have_yet_to_be_embedded_are_told(
    entries: Entries, embedder: HashedWords, nearest: Nearest
) -> None:
    await entries.put([passage("0", "price"), passage("words only", "price", embedded={})])
    vector = await _asked(embedder, "price")
    assert (await nearest.nearest(PASSAGES, vector, 5, true())).degraded is None

    embedder.away = True
    await entries.put([passage("1", "budget")])
    found = await nearest.nearest(PASSAGES, vector, 5, true())

    assert await _keys(entries, found) == ["0"]
    assert found.degraded == "some texts have yet to be embedded"


async def test_vectors_of_another_model_are_never_compared(
    entries: Entries, database: Database, clock: MovableClock
) -> None:
    await entries.put([passage("0", "price")])
    other = _OtherModel()

    found = await Nearest(database, None, other).nearest(PASSAGES, await _asked(other, "price"), 5, true())

    assert found == Found((), "some texts have yet to be embedded")


@pytest.mark.parametrize("index_asked", [False, True])
async def test_texts_and_questions_without_a_word_are_like_nothing(
    entries: Entries, embedder: HashedWords, nearest: Nearest, indexer: Indexer, monkeypatch: pytest.MonkeyPatch,
    index_asked: bool,
) -> None:  # fmt: skip
    await entries.put([passage("empty", " …"), passage("0", "price"), passage("1", "budget")])
    await indexer.drain()
    monkeypatch.setattr("memory.store.nearest.EXACT", 0 if index_asked else 2000)

    for question in ("?", "price"):
        found = await nearest.nearest(PASSAGES, await _asked(embedder, question), 3, true())
        scores = {key: score for key, (_, score) in zip(await _keys(entries, found), found.items, strict=True)}
        assert scores.get("empty", 0) == 0
        assert all(np.isfinite(list(scores.values())))


async def test_nothing_is_asked_for_nothing(entries: Entries, embedder: HashedWords, nearest: Nearest) -> None:
    await entries.put([passage("0", "price")])
    vector = await _asked(embedder, "price")

    assert (
        await nearest.nearest([], vector, 5, true()) == await nearest.nearest(PASSAGES, vector, 0, true()) == Found(())
    )


class _OtherModel(HashedWords):
    model = "other-64"


async def _keys(entries: Entries, found: Found) -> list[str]:
    return [kept.key for kept in await entries.of_ids([item_id for item_id, _ in found.items])]
