"""Recall: what was remembered that answers a question, as far as whoever asks may be shown it.

The question goes two ways side by side, by meaning (vectors) and by words (BM25). What comes of both is fused by rank,
weighed a little by age, freed of repetitions, given its neighbours, and checked once more before it goes out.
"""

import asyncio
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement

from core.clock import Clock
from core.errors import ServiceError
from core.scope import Scope
from memory.database import Database
from memory.embedding.port import Embedder
from memory.recall.access import access
from memory.recall.asked import Asked
from memory.recall.choosing import Choice, chosen
from memory.recall.fusion import fused
from memory.recall.lexical import Lexical
from memory.recall.passage import Passage, Recalled, passage_of
from memory.recall.rows import candidates, surroundings, with_surroundings
from memory.recall.words import words_of
from memory.store.entry import KINDS, Kept, Kind
from memory.store.nearest import Found, Nearest

CANDIDATES = 30
"""Rows that each search names: with fifty the answers are as good, and a scope of a twentieth takes 5 ms longer."""

ONLY_WORDS = "Only words were searched, not meaning"
NO_VECTORS = "Meaning was not searched: `sophia serve` or `sophia memory reindex` makes that possible."

TIMES_COUNT = 4
"""For a large `count` so many times as many: of one content only one is given."""


class Recall:
    """Recalls what was kept under `tenant`."""

    def __init__(
        self, database: Database, nearest: Nearest, lexical: Lexical, embedder: Embedder, clock: Clock, tenant: str
    ) -> None:
        self._database = database
        self._nearest = nearest
        self._lexical = lexical
        self._embedder = embedder
        self._clock = clock
        self._tenant = tenant

    async def recall(
        self,
        question: str,
        scope: Scope,
        *,
        kinds: Collection[Kind] = KINDS,
        subjects: Collection[str] = (),
        sources: Collection[str] = (),
        since: datetime | None = None,
        until: datetime | None = None,
        count: int = 8,
        neighbours: int = 1,
    ) -> Recalled:
        """Up to `count` passages that answer the question, the best first, each with so many neighbours either side.

        `scope` is what the asker, or everybody at the place, may be shown. Only rows of these `kinds`, about any of
        the `subjects`, of any of the `sources`, from `since` on and before `until` are found; what is not given
        restricts nothing. A question without a word, and a scope of nothing, find nothing. Works without the vector
        index and without the embedder, and says so in `degraded`. Raises Unavailable when the database is away.
        """
        asked = Asked(
            access(scope, self._tenant), self._clock.now(), kinds, subjects, sources, since=since, until=until
        )
        if asked.access.is_nothing or not kinds or count < 1 or not words_of(question):
            return Recalled()
        rankings, missing = await self._searched(question, asked, max(CANDIDATES, TIMES_COUNT * count))
        scores = fused(*rankings)
        found = await candidates(self._database, asked, list(scores))
        choices = chosen(found, scores, asked.now, count)
        rows = await with_surroundings(self._database, asked, choices, neighbours)
        passages = _passages(choices, rows, neighbours)
        return Recalled(passages=passages, degraded=missing.degraded, remark=missing.remark)

    async def _searched(self, question: str, asked: Asked, count: int) -> tuple[list[list[int]], Recalled]:
        """The ids that each search found, the best first, and what could not be searched."""
        condition = asked.wanted()
        by_words, by_meaning = await asyncio.gather(
            self._lexical.best(question, count, condition), self._by_meaning(question, asked.kinds, count, condition)
        )
        rankings = [[id for id, _ in found] for found in (by_words, by_meaning.items) if found]
        is_most = bool(by_meaning.items) and len(by_meaning.items) >= len(by_words)
        remark = None if is_most else _remark(by_meaning.degraded)
        return rankings, Recalled(degraded=by_meaning.degraded, remark=remark)

    async def _by_meaning(
        self, question: str, kinds: Collection[Kind], count: int, condition: ColumnElement[bool]
    ) -> Found:
        try:
            vector = (await self._embedder.embed([question]))[0]
        except ServiceError as error:
            return Found((), f"{ONLY_WORDS}: {_plainly(error)}.")
        if not vector.any():  # the model knows none of the words
            return Found(())
        found = await self._nearest.nearest(kinds, vector, count, condition)
        if found.degraded is None:
            return found
        return Found(found.items, f"Not everything was searched by meaning: {_plainly(found.degraded)}.")


def _passages(choices: Sequence[Choice], rows: Sequence[Kept], neighbours: int) -> tuple[Passage, ...]:
    """The passages of the choices; what stands around a better one is no neighbour again."""
    by_id = {kept.id: kept for kept in rows}
    shown: set[int] = set()
    passages = []
    for choice in choices:
        kept = by_id.get(choice.best.id)
        if kept is None:
            continue
        around = [each for each in surroundings(choice, kept, rows, neighbours) if each.id not in shown]
        shown |= {each.id for each in around}
        before = [each for each in around if each.position < kept.position]
        after = [each for each in around if each.position > kept.position]
        passages.append(passage_of(kept, choice.score, before=before, after=after))
    return tuple(passages)


def _remark(degraded: str | None) -> str | None:
    """What is told to who asked: an embedder that is away comes back by itself, but vectors must be made."""
    return degraded if degraded is None or degraded.startswith(ONLY_WORDS) else NO_VECTORS


def _plainly(reason: object) -> str:
    return str(reason).rstrip(". ")
