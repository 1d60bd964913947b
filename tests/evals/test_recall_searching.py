"""A filled memory is searched in each way, and what the hits name and show is told apart."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from core.clock import FixedClock
from evals.recall.filling import turns_alone
from evals.recall.questions import Question, conversations
from evals.recall.run import NOW
from evals.recall.searching import Searches
from evals.recall.table import Way, by_style, table
from evals.recall.vectors import OnDisk
from tests.embedders import HashedWords

ASKED = Question("01", "How many units does Juniper Hollow have?", (5, 41), "named", held_out=False)


@pytest.fixture
async def searches(tmp_path: Path) -> AsyncIterator[Searches]:
    async with AsyncExitStack() as stack:
        embedder, clock = HashedWords(), FixedClock(NOW)
        memory = await turns_alone(tmp_path, embedder, clock, stack)
        yield Searches(memory, "conversation", embedder, clock)


async def test_every_way_finds_turns_of_the_conversation_that_is_asked(searches: Searches) -> None:
    assert len(searches.memory.rows) == sum(len(turns) for turns in conversations().values())
    for search in (searches.words, searches.meaning, searches.both, searches.recall):
        hits = await search(ASKED, True)
        assert hits
        assert {searches.memory.rows[id].source for hit in hits for id in hit} == {"thread:01"}


async def test_what_hits_name_and_what_they_show_is_told_apart(searches: Searches) -> None:
    rows = searches.memory.places
    first, fifth, sixth = (rows["conversation", "thread:01", place] for place in (0, 4, 5))
    elsewhere = rows["conversation", "thread:02", 4]
    assert searches.held(ASKED, [(sixth,), (fifth,), (elsewhere,)]) == [set(), {0}, set()]
    assert searches.held(ASKED, [(sixth, fifth)]) == [set()]
    assert searches.shown(ASKED, [(sixth,), (first,)]) == [set(), {0}, set(), set(), set()]


async def test_vectors_are_made_once_for_all_runs(tmp_path: Path) -> None:
    embedder = HashedWords()
    first = OnDisk(embedder, tmp_path)
    vectors = await first.embed(["rent day", "rent day", "bank letters"])
    await first.close()
    again = await OnDisk(embedder, tmp_path).embed(["bank letters", "rent day"])
    assert embedder.asked == ["rent day", "bank letters"]
    assert (again == vectors[[2, 0]]).all()


def test_the_table_tells_what_both_together_gain_on_the_better_one() -> None:
    questions = [ASKED, Question("02", "Who pays?", (3,), "reworded", held_out=True, leans=True)]
    words = Way("BM25", [[{0}], []], [[{0}], []])
    meaning = Way("dense", [[], []], [[], []])
    both = Way("hybrid", [[{0, 1}], [{0}]], [[{0, 1}], [{0}]], rivals=("BM25", "dense"))
    told = table("Conversations", questions, [words, meaning, both])
    assert "hybrid above the better single: R@5 +0.750" in told
    assert "1.000 1.000" in told
    assert "answer leans (1)" in by_style(questions, [both])
