"""Texts embedded after they were kept, because the embedder was away when they were."""

import random
from collections.abc import Mapping
from functools import partial
from typing import Final

from core.errors import Rejected, ServiceError
from memory.database import Database
from memory.embedding.port import Embedder
from memory.store.packing import pack
from memory.vectors.batches import batches
from memory.vectors.outbox import keep_vectors
from memory.vectors.refusals import TOO_MANY
from memory.vectors.turn import Held

AT_ONCE: Final = 64
"""Texts embedded before their vectors are kept: a crash costs no more than some seconds of embedding."""


class LateEmbedding:
    """Embeds during one drain; an embedder that turns out to be away, or to refuse everything, is not asked again.

    `problem` is what went wrong, None when nothing did.
    """

    def __init__(self, database: Database, embedder: Embedder) -> None:
        self._database = database
        self._embedder = embedder
        self._away = False
        self._refused = 0
        self.problem: str | None = None

    async def embed(self, held: Held, model: str, texts: Mapping[str, str]) -> None:
        """Embeds texts by vector id, as far as it can be done now; only by the embedder that makes these vectors."""
        if model != self._embedder.model:
            return
        # In any order: a few that are refused every time must not always be the first ones, and end it for the others.
        mixed = random.sample(list(texts), len(texts))
        for ids in batches(mixed, AT_ONCE):
            if not self._away:
                await held.keep()
                await self._embed(model, {id: texts[id] for id in ids})

    async def _embed(self, model: str, texts: Mapping[str, str]) -> None:
        try:
            vectors = await self._embedder.embed(list(texts.values()))
        except Rejected as error:  # one text that is refused keeps no other one from being embedded
            self.problem = str(error)
            await self._after_refusal(model, texts)
        except ServiceError as error:
            self.problem = str(error)
            self._away = True
        else:
            self._refused = 0
            packed = dict(zip(texts, map(pack, vectors), strict=True))
            await self._database.write(partial(keep_vectors, model=model, vectors=packed))

    async def _after_refusal(self, model: str, texts: Mapping[str, str]) -> None:
        """Tries the texts one by one; one that was alone waits, and so does everything after TOO_MANY in a row."""
        if len(texts) == 1:
            self._refused += 1
            self._away = self._refused >= TOO_MANY
            return
        for id, text in texts.items():
            if not self._away:
                await self._embed(model, {id: text})
