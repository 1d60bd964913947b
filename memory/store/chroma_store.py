"""LangGraph's store over what is remembered: any library that takes a store can remember here.

Values stand in the database, vectors there and in Chroma. What a library puts is of kind `other`, which recall shows
to nobody, unless its namespace is one of ours (`namespace_of`): then it is of that audience and kind.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

from langgraph.store.base import (
    BaseStore,
    GetOp,
    IndexConfig,
    Item,
    ListNamespacesOp,
    MatchCondition,
    Op,
    PutOp,
    Result,
    SearchItem,
    SearchOp,
    TTLConfig,
    validate_op_namespace,
)

from core.clock import Clock
from core.errors import ConfigurationError
from memory.embedding.port import Embedder
from memory.store.entries import Entries
from memory.store.entry import Entry, Kept, Namespace
from memory.store.filters import check
from memory.store.namespaces import ends_with, literal_part, standing_of, starts_with, under
from memory.store.nearest import Nearest
from memory.store.paths import WHOLE, texts_of
from memory.store.searching import Searching

Read = TypeVar("Read", GetOp, SearchOp, ListNamespacesOp)


class ChromaStore(BaseStore):
    """A store as LangGraph's InMemoryStore is one, but that it lasts, and that:

    - `created_at` stays when an item is put again;
    - a namespace is listed as long as an item is in it: a `get` makes none, and the last `delete` leaves none;
    - an item put again is found by its new texts alone, and one batch may put the same text twice;
    - a value comes back as its JSON (a tuple as a list), and one that is not JSON is refused (NotUsable);
    - a namespace with its key has 2,600 bytes at most, and of a text 200,000 letters are searched (draft.py);
    - `$` in the `index` of a put means the whole value, as it does in the configuration;
    - items without a question come in the order in which they were first put, whatever their namespace;
    - items without a vector follow those with a score, and an offset goes on among them where it left off;
    - `$gt` and its like are false for what has no order (filters.py), and a negative limit or offset is an error;
    - time to live is kept: in minutes, anew from each write and from each read that says `refresh_ttl`.

    What has expired is never there; `sweep_ttl` removes it. Texts are embedded by Sophia's own embedder, so `index`
    gives no `embed`, and its `fields` are the paths that are embedded, by default the whole value. Without `index`
    nothing is embedded and a question is left aside. Made on the event loop that its calls are to run on. Raises
    Unavailable when the database is away, or the embedder for a question; for a put the texts are embedded later then.
    """

    supports_ttl = True

    def __init__(
        self,
        entries: Entries,
        nearest: Nearest,
        embedder: Embedder,
        clock: Clock,
        *,
        index: IndexConfig | None = None,
        ttl: TTLConfig | None = None,
    ) -> None:
        self._entries = entries
        self._searching = Searching(entries, nearest, embedder, clock)
        self._loop = asyncio.get_running_loop()
        self._fields = None if index is None else _fields(index, embedder)
        self.index_config = index
        self.ttl_config = ttl

    def batch(self, ops: Iterable[Op]) -> list[Result]:
        """Carries out operations from another thread than the loop's, where it raises InvalidStateError; see abatch."""
        if not self._loop.is_running():
            raise asyncio.InvalidStateError("The event loop that this store was made on does not run any more.")
        if _running_loop() is self._loop:
            raise asyncio.InvalidStateError(
                "The event loop cannot wait for itself. Await aget, asearch, aput, adelete, alist_namespaces or abatch "
                "here; get, search and the like are for other threads."
            )
        return asyncio.run_coroutine_threadsafe(self.abatch(ops), self._loop).result()

    async def abatch(self, ops: Iterable[Op]) -> list[Result]:
        """Carries out operations: first all that read, then the last put of each item. Results are in their order.

        Raises InvalidNamespaceError, ValueError or NotUsable for what cannot be carried out; nothing is written then.
        """
        every = list(ops)
        for op in every:
            _check(op)
        puts = {(op.namespace, op.key): op for op in every if isinstance(op, PutOp)}
        entries = [self._entry(op, op.value) for op in puts.values() if op.value is not None]
        results: list[Result] = [None] * len(every)
        renewed = await self._get(_numbered(every, GetOp), results)
        renewed += await self._search(_numbered(every, SearchOp), results)
        for number, listing in _numbered(every, ListNamespacesOp).items():
            results[number] = await self._list(listing)
        await self._entries.renew(renewed)
        removed = [place for place, op in puts.items() if op.value is None]
        await self._entries.put(entries, remove=removed)
        return results

    async def sweep_ttl(self) -> int:
        """Removes what has expired; tells how many items."""
        return await self._entries.sweep()

    async def _get(self, ops: Mapping[int, GetOp], results: list[Result]) -> list[int]:
        """Puts what was found into the results, and tells what of it is to be renewed."""
        found = await self._entries.get_many([(op.namespace, op.key) for op in ops.values()])
        renewed: list[int] = []
        for (number, op), kept in zip(ops.items(), found, strict=True):
            if kept is not None:
                results[number] = Item(**_shown(kept))
                renewed += _to_renew(op, [kept])
        return renewed

    async def _search(self, ops: Mapping[int, SearchOp], results: list[Result]) -> list[int]:
        """Puts what was found into the results, and tells what of it is to be renewed."""
        questions = [op.query for op in ops.values() if op.query and self._fields is not None]
        vectors = await self._searching.embed(questions)
        renewed: list[int] = []
        for number, op in ops.items():
            scores = dict(await self._searching.page(op, vectors.get(op.query or "")))
            found = await self._entries.of_ids(list(scores))
            results[number] = [SearchItem(**_shown(kept), score=scores[kept.id]) for kept in found]
            renewed += _to_renew(op, found)
        return renewed

    async def _list(self, op: ListNamespacesOp) -> list[Namespace]:
        conditions = op.match_conditions or ()
        prefixes = [under(literal_part(each.path)) for each in conditions if each.match_type == "prefix"]
        found = await self._entries.namespaces(*prefixes)
        matching = {each[: op.max_depth] for each in found if all(_matches(each, one) for one in conditions)}
        return sorted(matching)[op.offset : op.offset + op.limit]

    def _entry(self, op: PutOp, value: Mapping[str, Any]) -> Entry:
        _, audience, kind = standing_of(op.namespace)
        paths = self._fields if op.index is None else op.index
        embedded = texts_of(value, paths) if self._fields is not None and paths else {}
        return Entry(
            namespace=op.namespace,
            key=op.key,
            value=dict(value),
            kind=kind,
            audience=audience,
            text=None if kind == "other" else "\n".join(embedded.values()) or None,
            embedded=embedded,
            ttl_minutes=op.ttl,
        )


def _fields(index: IndexConfig, embedder: Embedder) -> list[str]:
    if index.get("embed") is not None:
        raise ConfigurationError(
            "the store was given an embedding of its own, and its vectors could not be compared with the others",
            next_step="Leave `embed` out: SOPHIA_EMBEDDER says what turns text into vectors.",
        )
    if index.get("dims", embedder.dimensions) != embedder.dimensions:
        raise ConfigurationError(
            f"the store was told of vectors of {index['dims']} dimensions, and {embedder.model} makes "
            f"{embedder.dimensions}",
            next_step="Leave `dims` out of its index.",
        )
    return index.get("fields") or [WHOLE]


def _check(op: Op) -> None:
    if not isinstance(op, (GetOp, SearchOp, ListNamespacesOp, PutOp)):
        raise ValueError(f"Unknown operation type: {type(op)}")  # as LangGraph's own stores do
    validate_op_namespace(op)
    if isinstance(op, (SearchOp, ListNamespacesOp)) and min(op.limit, op.offset) < 0:
        raise ValueError(f"limit and offset cannot be negative: {op.limit}, {op.offset}")
    if isinstance(op, SearchOp):
        check(op.filter)
    for condition in (op.match_conditions or ()) if isinstance(op, ListNamespacesOp) else ():
        if condition.match_type not in ("prefix", "suffix"):
            raise ValueError(f"Unsupported match type: {condition.match_type}")


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:  # this thread has none
        return None


def _numbered(ops: Sequence[Op], kind: type[Read]) -> dict[int, Read]:
    return {number: op for number, op in enumerate(ops) if isinstance(op, kind)}


def _matches(namespace: Namespace, condition: MatchCondition) -> bool:
    matches = starts_with if condition.match_type == "prefix" else ends_with
    return matches(namespace, condition.path)


def _to_renew(op: GetOp | SearchOp, found: Sequence[Kept]) -> list[int]:
    return [kept.id for kept in found if op.refresh_ttl and kept.ttl_minutes is not None]


def _shown(kept: Kept) -> dict[str, Any]:
    return kept.model_dump(include={"namespace", "key", "value", "created_at", "updated_at"})
