"""What is needed to index: entries whose texts are embedded at once, Chroma in a folder, and a Chroma server."""

import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from memory.database import Database
from memory.store.entries import Entries
from memory.store.entry import Entry, Kind, namespace_of
from memory.vectors.collections import Collections
from memory.vectors.embedded import EmbeddedIndex
from memory.vectors.indexing import Indexer
from memory.vectors.lock import FolderLock
from memory.vectors.port import VectorIndex
from memory.vectors.rebuilding import Rebuilding
from tests.memory.conftest import MovableClock
from tests.memory.vectors.directions import WordDirections

START_SECONDS = 30
CHROMA = Path(sys.executable).with_name("chroma")


class ChromaServer:
    """`chroma run` on a port that stays its own, with its data kept over kills."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self._command = [str(CHROMA), "run", "--path", str(folder / "data"), "--host", "127.0.0.1", "--port", str(port)]
        self._output = folder / "out"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts it, unless it runs, and waits until it answers."""
        if self._process is not None:
            return
        with self._output.open("ab") as output:
            self._process = subprocess.Popen(self._command, stdout=output, stderr=output)
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            assert time.monotonic() < deadline, self._output.read_text()
            time.sleep(0.02)

    def kill(self) -> None:
        """Ends it as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/api/v2/heartbeat").is_success
        except httpx.HTTPError:
            return False


@pytest.fixture(scope="module")
def chroma_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChromaServer]:
    """A server of this module's own."""
    server = ChromaServer(tmp_path_factory.mktemp("chroma-server"))
    server.start()
    yield server
    server.kill()


@pytest.fixture
def chroma_server(chroma_process: ChromaServer) -> ChromaServer:
    """The server, running whatever the test before did to it."""
    chroma_process.start()
    return chroma_process


@pytest.fixture
def embedder() -> WordDirections:
    return WordDirections()


@pytest.fixture
def entries(database: Database, embedder: WordDirections, clock: MovableClock) -> Entries:
    return Entries(database, embedder, clock)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "chroma"


@pytest.fixture
async def index(folder: Path) -> AsyncIterator[VectorIndex]:
    opened = await open_folder(folder)
    yield opened
    await opened.close()


@pytest.fixture
def indexer(database: Database, index: VectorIndex, embedder: WordDirections, clock: MovableClock) -> Indexer:
    return Indexer(database, index, embedder, clock)


@pytest.fixture
def rebuilding(
    database: Database, index: VectorIndex, embedder: WordDirections, clock: MovableClock, indexer: Indexer
) -> Rebuilding:
    return Rebuilding(database, index, embedder, clock, indexer)


@pytest.fixture
def collections(database: Database, clock: MovableClock) -> Collections:
    return Collections(database, clock)


async def open_folder(folder: Path) -> EmbeddedIndex:
    """Chroma in this folder, under its lock."""
    lock = FolderLock(folder)
    lock.take()
    return await EmbeddedIndex.open(lock)


def turn(number: int, kind: Kind = "conversation", text: str | None = None) -> Entry:
    """Something that was said, with words of its own."""
    said = text if text is not None else f"turn {number} about subject-{number} and topic-{number % 7}"
    namespace = namespace_of("main", "place:C1", kind)
    return Entry(
        namespace=namespace, key=f"t{number}", value={"n": number}, kind=kind, audience="place:C1",
        source="thread:slack-C1", position=number, text=said, embedded={"text": said},
    )  # fmt: skip
