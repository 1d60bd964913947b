"""`sophia memory status`: what is remembered, by which embedder, and whether the vector index can be relied on."""

import asyncio
import sys
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from rich.table import Table
from rich.text import Text

from api.logs import settings_with_logs
from api.memory import open_database
from api.terminal import FAILED, notices, results
from core.analysis import Frozen
from core.clock import Clock, clock_at
from core.errors import ConfigurationError, SophiaError, Unavailable
from core.settings import Settings
from memory.database import Database
from memory.embedding.configured import open_embedder
from memory.embedding.port import Embedder
from memory.standing import KindStanding, standing
from memory.vectors.collections import Collection, Collections
from memory.vectors.configured import own_place
from memory.vectors.findings import Place, Verdict
from memory.vectors.lock import FolderLock
from memory.vectors.probing import Probing
from memory.vectors.server import ServerIndex


class CollectionStatus(Frozen):
    """A collection of the index. `points` is how many it says that it holds, `sound` whether a probe found known
    vectors in it; both are None where it was not probed. `reason` says what is wrong."""

    name: str
    model: str
    state: str
    points: int | None = None
    sound: bool | None = None
    reason: str | None = None


class KindStatus(KindStanding):
    """What is remembered of one kind, and its collections."""

    collections: tuple[CollectionStatus, ...] = ()


class EmbedderStatus(Frozen):
    """What turns text into vectors; `problem` says why it does not."""

    model: str
    dimensions: int
    problem: str | None = None


class IndexStatus(Frozen):
    """Where the index is. `in_use` says which process has it, so that it was not probed; `problem` what is wrong."""

    place: str
    in_use: str | None = None
    problem: str | None = None


class MemoryStatus(Frozen):
    """How memory stands."""

    embedder: EmbedderStatus
    index: IndexStatus
    kinds: tuple[KindStatus, ...]

    @property
    def is_well(self) -> bool:
        """Whether nothing wants a person; an index that another process has is none of that."""
        collections = [each for kind in self.kinds for each in kind.collections]
        unsound = any(each.sound is False or each.state == "damaged" for each in collections)
        return not unsound and self.embedder.problem is None and self.index.problem is None


async def show_status(*, as_json: bool) -> int:
    """The command: prints how memory stands; 1 when something is wrong."""
    settings = settings_with_logs()
    async with open_database(settings) as database, open_embedder(settings) as embedder:
        status = await memory_status(settings, database, embedder, clock_at(settings.fixed_clock))
    if as_json:
        sys.stdout.write(status.model_dump_json(indent=2) + "\n")
    else:
        _show(status)
    return 0 if status.is_well else FAILED


async def memory_status(settings: Settings, database: Database, embedder: Embedder, clock: Clock) -> MemoryStatus:
    """How memory stands now. What the probe finds damaged is marked as such, so that it is searched no more."""
    index, verdicts = await _probed(await own_place(settings, database, clock), database, clock)
    collections = await Collections(database, clock).all()
    kinds = await standing(database, embedder.model, clock.now())
    return MemoryStatus(
        embedder=await _tried(embedder),
        index=index,
        kinds=tuple(_kind(kind, collections, verdicts) for kind in kinds),
    )


async def _probed(place: Place, database: Database, clock: Clock) -> tuple[IndexStatus, Sequence[Verdict]]:
    where = place_shown(place)
    try:
        await _there(place)
        verdicts = await Probing(database, place, clock).probe()
    except ConfigurationError as error:
        return IndexStatus(place=where, in_use=str(error)), ()
    except Unavailable as error:
        return IndexStatus(place=where, problem=str(error)), ()
    away = next((verdict.reason for verdict in verdicts if verdict.sound is None), None)
    return IndexStatus(place=where, problem=away), verdicts


async def _there(place: Place) -> None:
    """Raises as the probe does, which asks nothing as long as there is nothing to be asked for."""
    if place.folder is None:
        index = ServerIndex(place.url or "", place.name)
        try:
            await index.collections()
        finally:
            await index.close()
    elif await asyncio.to_thread(place.folder.exists):
        lock = FolderLock(place.folder)
        await asyncio.to_thread(lock.take)
        await asyncio.to_thread(lock.give_back)


async def _tried(embedder: Embedder) -> EmbedderStatus:
    """The embedder, asked for one word."""
    try:
        await embedder.embed(["word"])
    except SophiaError as error:
        problem = " ".join(filter(None, (f"{error}.", error.next_step)))
        return EmbedderStatus(model=embedder.model, dimensions=embedder.dimensions, problem=problem)
    return EmbedderStatus(model=embedder.model, dimensions=embedder.dimensions)


def place_shown(place: Place) -> str:
    """The folder, or the server's host and port: never a password."""
    if place.folder is not None:
        return f"embedded in {place.folder}"
    server = urlsplit(place.url or "")
    return f"server at {server.hostname}:{server.port}" if server.port else f"server at {server.hostname}"


def _kind(kind: KindStanding, collections: Sequence[Collection], verdicts: Sequence[Verdict]) -> KindStatus:
    by_name = {verdict.collection: verdict for verdict in verdicts}
    own = [each for each in collections if each.kind == kind.kind and each.state != "retired"]
    return KindStatus(**kind.model_dump(), collections=tuple(_collection(each, by_name.get(each.name)) for each in own))


def _collection(collection: Collection, verdict: Verdict | None) -> CollectionStatus:
    found = None if verdict is None else verdict.reason
    return CollectionStatus(
        name=collection.name,
        model=collection.model,
        state=collection.state,
        points=None if verdict is None or verdict.sound is None else verdict.points,
        sound=None if verdict is None else verdict.sound,
        reason=found or collection.reason,
    )


def _show(status: MemoryStatus) -> None:
    console = results()
    console.print(_table(status.kinds))
    embedder = status.embedder
    console.print(Text(f"Embedder: {embedder.model}, {embedder.dimensions} dimensions"), soft_wrap=True)
    console.print(Text(f"Index: {status.index.in_use or status.index.place}"), soft_wrap=True)
    for told in _notices(status):
        notices().print(Text(told), soft_wrap=True)


def _table(kinds: Sequence[KindStatus]) -> Table:
    table = Table(
        "kind", "entries", "vectors", "to embed", "to index", "collection", "state", "holds", "probe", highlight=False
    )
    for kind in kinds:
        figures = [f"{count:,}" for count in (kind.entries, kind.vectors, kind.unembedded, kind.waiting)]
        first, *more = kind.collections or (None,)
        table.add_row(kind.kind, *figures, *_cells(first))
        for each in more:
            table.add_row("", "", "", "", "", *_cells(each))
    return table


def _cells(collection: CollectionStatus | None) -> Iterator[Text]:
    if collection is None:
        return
    holds = "" if collection.points is None else f"{collection.points:,}"
    word, style = {True: ("sound", "green"), False: ("damaged", "red"), None: ("not probed", "")}[collection.sound]
    for cell in (collection.name, collection.state, holds):
        yield Text(cell)
    yield Text(word, style=style)


def _notices(status: MemoryStatus) -> Iterator[str]:
    if status.index.in_use:
        yield "The index was not probed: the process that has it keeps it true. All else is read from the database."
    if status.index.problem:
        yield f"The index cannot be asked: {status.index.problem}. Recall goes by words and from the database."
    if status.embedder.problem:
        yield f"The embedder does not answer: {status.embedder.problem}"
    for each in (each for kind in status.kinds for each in kind.collections if each.reason):
        yield f"{each.name}: {each.reason}. `sophia serve` makes it anew by itself, `sophia memory reindex` now."
