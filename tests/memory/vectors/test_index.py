"""Both ways of having Chroma: a folder of this process, and a server."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from core.errors import Rejected, Unavailable
from memory.vectors.damage import Damaged
from memory.vectors.port import Point, VectorIndex
from memory.vectors.server import ServerIndex
from tests.memory.vectors.conftest import ChromaServer, open_folder
from tests.memory.vectors.seen import ids_of
from tests.servers import ROOT

NAME = "conversation__hashed-8__v1"


@pytest.fixture(params=["embedded", "server"])
async def index(request: pytest.FixtureRequest, folder: Path) -> AsyncIterator[VectorIndex]:
    if request.param == "embedded":
        opened: VectorIndex = await open_folder(folder)
    else:
        server: ChromaServer = request.getfixturevalue("chroma_server")
        opened = ServerIndex(server.url, "main")
    for left in await opened.collections():
        await opened.drop(left)
    yield opened
    await opened.close()


def points(count: int, dimensions: int = 8) -> list[Point]:
    vectors = np.random.default_rng(1).normal(size=(count, dimensions)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return [
        Point(f"p{number}", vector.tolist(), {"item": number, "audience": "a" if number % 2 else "b"})
        for number, vector in enumerate(vectors)
    ]


async def test_the_nearest_comes_first_and_similarity_is_the_cosine(index: VectorIndex) -> None:
    await index.create(NAME)
    await index.upsert(NAME, points(50))
    one, *_ = points(50)

    near = await index.nearest(NAME, [2 * each for each in one.vector], 3)

    assert near[0].id == "p0"
    assert near[0].similarity == pytest.approx(1, abs=1e-5)
    cosines = sorted((float(np.dot(one.vector, other.vector)) for other in points(50)), reverse=True)
    assert [each.similarity for each in near] == pytest.approx(cosines[:3], abs=1e-5)


async def test_a_filter_leaves_only_what_it_names(index: VectorIndex) -> None:
    await index.create(NAME)
    await index.upsert(NAME, points(20))

    near = await index.nearest(NAME, points(1)[0].vector, 100, where={"audience": "a"})

    assert sorted(ids_of(near)) == sorted(f"p{number}" for number in range(1, 20, 2))


async def test_more_points_go_in_than_chroma_takes_at_once(index: VectorIndex) -> None:
    await index.create(NAME)
    await index.upsert(NAME, points(6000))

    assert await index.count(NAME) == 6000
    assert len(await index.vectors(NAME, [f"p{number}" for number in range(6000)])) == 6000


async def test_a_point_put_in_again_stands_once_with_its_new_vector(index: VectorIndex) -> None:
    await index.create(NAME)
    await index.upsert(NAME, points(3))
    await index.upsert(NAME, [Point("p0", points(3)[1].vector, {"item": 0, "audience": "a"})])

    assert await index.count(NAME) == 3
    assert (await index.vectors(NAME, ["p0"]))["p0"] == pytest.approx(points(3)[1].vector, abs=1e-6)


async def test_what_is_taken_out_is_found_no_more_and_what_is_not_there_changes_nothing(index: VectorIndex) -> None:
    await index.create(NAME)
    await index.upsert(NAME, points(5))

    await index.delete(NAME, ["p0", "p4", "never there"])
    await index.delete(NAME, [])
    await index.upsert(NAME, [])

    assert sorted(ids_of(await index.nearest(NAME, points(1)[0].vector, 10))) == ["p1", "p2", "p3"]
    assert set(await index.vectors(NAME, ["p0", "p1", "never there"])) == {"p1"}
    assert await index.vectors(NAME, []) == {}


async def test_an_empty_collection_finds_nothing(index: VectorIndex) -> None:
    await index.create(NAME)

    assert await index.nearest(NAME, points(1)[0].vector, 5) == []
    assert await index.count(NAME) == 0


async def test_making_a_collection_twice_keeps_what_is_in_it(index: VectorIndex) -> None:
    await index.create(NAME)
    await index.upsert(NAME, points(2))
    await index.create(NAME)

    assert await index.count(NAME) == 2
    assert await index.collections() == [NAME]


async def test_a_text_without_a_word_can_be_put_in(index: VectorIndex) -> None:
    await index.create(NAME)
    await index.upsert(NAME, [Point("zero", [0.0] * 8, {"item": 1, "audience": ""}), *points(2)])

    assert set(await index.vectors(NAME, ["zero"])) == {"zero"}
    assert ids_of(await index.nearest(NAME, points(1)[0].vector, 1)) == ["p0"]


async def test_a_dropped_collection_is_gone_and_dropping_it_again_changes_nothing(index: VectorIndex) -> None:
    await index.create(NAME)
    await index.upsert(NAME, points(2))
    await index.drop(NAME)
    await index.drop(NAME)

    assert await index.collections() == []
    with pytest.raises(Damaged, match="not there"):
        await index.nearest(NAME, points(1)[0].vector, 1)
    with pytest.raises(Damaged, match="not there"):
        await index.upsert(NAME, points(1))


async def test_a_vector_of_another_length_is_refused(index: VectorIndex) -> None:
    await index.create(NAME)
    await index.upsert(NAME, points(2))

    with pytest.raises(Rejected, match="dimension"):
        await index.upsert(NAME, points(1, dimensions=4))


async def test_what_a_folder_holds_is_there_when_it_is_opened_again(folder: Path) -> None:
    for _ in range(3):
        index = await open_folder(folder)
        await index.create(NAME)
        await index.upsert(NAME, points(30))
        assert await index.count(NAME) == 30
        assert ids_of(await index.nearest(NAME, points(30)[7].vector, 1)) == ["p7"]
        await index.close()


async def test_two_folders_are_open_at_once_and_know_nothing_of_each_other(tmp_path: Path) -> None:
    one, other = await open_folder(tmp_path / "one"), await open_folder(tmp_path / "other")
    await one.create(NAME)

    assert await other.collections() == []
    await one.close()
    await other.create(NAME)
    assert await other.collections() == [NAME]
    await other.close()


async def test_a_closed_index_is_away_and_may_be_closed_again(folder: Path) -> None:
    index = await open_folder(folder)
    await index.create(NAME)
    await index.close()
    await index.close()

    for asked in (index.collections(), index.nearest(NAME, points(1)[0].vector, 1), index.upsert(NAME, points(1))):
        with pytest.raises(Unavailable, match="closed") as away:
            await asked
        assert not isinstance(away.value, Damaged)


async def test_what_was_asked_before_an_index_is_closed_is_answered(folder: Path) -> None:
    index = await open_folder(folder)
    await index.create(NAME)

    waiting = [asyncio.create_task(index.count(NAME)) for _ in range(20)]
    await asyncio.sleep(0)
    await index.close()

    assert await asyncio.gather(*waiting) == [0] * 20


async def test_a_server_that_is_away_is_told_and_used_once_it_is_there(chroma_server: ChromaServer) -> None:
    chroma_server.kill()
    index = ServerIndex(chroma_server.url, "away")

    with pytest.raises(Unavailable) as away:
        await index.create(NAME)
    assert not isinstance(away.value, Damaged)
    assert away.value.next_step is not None
    assert "chroma run" in away.value.next_step

    chroma_server.start()
    await index.create(NAME)
    await index.upsert(NAME, points(3))
    chroma_server.kill()
    with pytest.raises(Unavailable):
        await index.nearest(NAME, points(1)[0].vector, 1)
    chroma_server.start()
    assert ids_of(await index.nearest(NAME, points(1)[0].vector, 1)) == ["p0"]
    await index.close()


async def test_tenants_of_a_server_see_only_their_own(chroma_server: ChromaServer) -> None:
    one, other = ServerIndex(chroma_server.url, "acme"), ServerIndex(chroma_server.url, "globex")
    await one.create(NAME)

    assert await one.collections() == [NAME]
    assert await other.collections() == []
    await one.close()
    await other.close()


IMPORTS = """
import asyncio, sys, threading
from core.errors import Unavailable
from memory.vectors.server import ServerIndex

class Watch:
    def find_spec(self, name, path=None, target=None):
        if name.startswith("chromadb") and threading.current_thread() is threading.main_thread():
            print(name)

async def main():
    index = ServerIndex("http://127.0.0.1:9", "main")
    try:
        await index.collections()
    except Unavailable:
        print("away")

sys.meta_path.insert(0, Watch())
asyncio.run(main())
"""


def test_the_client_of_a_server_is_imported_beside_the_event_loop() -> None:
    told = subprocess.run([sys.executable, "-c", IMPORTS], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert told == "away\n"
