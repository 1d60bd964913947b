"""The ways to search that are compared, each as a function of a question and of where it is asked."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass

from core.clock import Clock
from core.scope import EVERYTHING
from evals.recall.filling import TENANT, Memory, source_of_call
from evals.recall.questions import Question
from memory.conversations import source_of
from memory.embedding.port import Embedder
from memory.recall.access import access
from memory.recall.asked import Asked
from memory.recall.fusion import fused
from memory.recall.lexical import Lexical
from memory.recall.recall import CANDIDATES, Recall
from memory.store.entry import Kind
from memory.store.nearest import Nearest

Hits = list[tuple[int, ...]]
"""The row that each hit names, the best hit first, and after it those that are shown as found beside it."""
Search = Callable[[Question, bool], Awaitable[Hits]]
"""Hits for a question, asked within its own conversation or call (True) or of all (False)."""

DEPTH = 10


@dataclass(frozen=True)
class Searches:
    """The searches over rows of one kind in a memory."""

    memory: Memory
    kind: Kind
    embedder: Embedder
    clock: Clock

    async def words(self, question: Question, within: bool) -> Hits:
        """By words alone: BM25."""
        return _each_alone(await self._by_words(question, within, DEPTH))

    async def meaning(self, question: Question, within: bool) -> Hits:
        """By meaning alone: vectors."""
        return _each_alone(await self._by_meaning(question, within, DEPTH))

    async def both(self, question: Question, within: bool) -> Hits:
        """By both, fused by rank."""
        words = await self._by_words(question, within, CANDIDATES)
        scores = fused(words, await self._by_meaning(question, within, CANDIDATES))
        return _each_alone(sorted(scores, key=lambda id: -scores[id])[:DEPTH])

    async def recall(self, question: Question, within: bool) -> Hits:
        """As the product recalls: both, weighed by age, what says the same once."""
        nearest, lexical = Nearest(self.memory.database, None, self.embedder), Lexical(self.memory.database)
        recall = Recall(self.memory.database, nearest, lexical, self.embedder, self.clock, TENANT)
        sources = self._sources(question, within)
        found = await recall.recall(question.text, EVERYTHING, kinds=[self.kind], sources=sources, count=DEPTH)
        return _each_alone([passage.item_id for passage in found.passages])

    def held(self, question: Question, hits: Hits) -> list[set[int]]:
        """The golds that the row of each hit holds, by number."""
        return [self._golds(question, hit[0]) for hit in hits]

    def shown(self, question: Question, hits: Hits) -> list[set[int]]:
        """The golds of each row that is shown, each row once: that of a hit, what was found beside it, neighbours."""
        rows = dict.fromkeys(id for hit in hits for id in (*hit, *self.memory.beside(hit[0])))
        return [self._golds(question, id) for id in rows]

    def _golds(self, question: Question, id: int) -> set[int]:
        return {number for number, gold in enumerate(question.gold) if self._is(question, id, gold)}

    def _is(self, question: Question, id: int, gold: int | str) -> bool:
        row = self.memory.rows[id]
        if row.source != self._source(question):
            return False
        return row.position == gold - 1 if isinstance(gold, int) else gold in (row.text or "")

    async def _by_words(self, question: Question, within: bool, count: int) -> list[int]:
        asked = self._asked(self._sources(question, within))
        found = await Lexical(self.memory.database).best(question.text, count, asked.wanted())
        return [id for id, _ in found]

    async def _by_meaning(self, question: Question, within: bool, count: int) -> list[int]:
        asked = self._asked(self._sources(question, within))
        vector = (await self.embedder.embed([question.text]))[0]
        nearest = Nearest(self.memory.database, None, self.embedder)
        found = await nearest.nearest([self.kind], vector, count, asked.wanted())
        return [id for id, _ in found.items]

    def _asked(self, sources: Collection[str]) -> Asked:
        return Asked(access(EVERYTHING, TENANT), self.clock.now(), [self.kind], sources=sources)

    def _sources(self, question: Question, within: bool) -> list[str]:
        return [self._source(question)] if within else []

    def _source(self, question: Question) -> str:
        return source_of(question.place) if self.kind == "conversation" else source_of_call(question.place)


def _each_alone(ids: Sequence[int]) -> Hits:
    return [(id,) for id in ids]
