"""A receipt is there before anything is done, is gone on with after any crash, and names nobody once it is done."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from memory.database import Database
from memory.forgetting.forgetting import Forgetting
from memory.tables import MemoryOutboxRow, MemoryReceiptRow
from memory.vectors.embedded import EmbeddedIndex
from memory.vectors.indexing import Indexer
from memory.vectors.lock import FolderLock
from memory.vectors.rebuilding import Rebuilding
from tests.embedders import HashedWords
from tests.memory.forgetting.house import EMAIL, NAME, House, canaries, places_of

T = TypeVar("T")
SUBJECT = f"person:{EMAIL}"


async def told(house: House) -> None:
    """Tells the index, which is none, of everything."""

    def work(session: Session) -> None:
        for row in session.scalars(select(MemoryOutboxRow)):
            session.delete(row)

    await house.database.write(work)


def forgetting(house: House) -> Forgetting:
    return Forgetting(house.database, house.entries, house.checkpoints, house.clock, drain=lambda: told(house))


async def rows(database: Database) -> list[dict[str, Any]]:
    statement = select(MemoryReceiptRow).order_by(col(MemoryReceiptRow.asked_at))
    return await database.read(lambda session: [row.model_dump(mode="json") for row in session.scalars(statement)])


async def test_a_receipt_tells_how_much_and_names_nobody(house: House) -> None:
    receipt = await forgetting(house).forget(SUBJECT, "bob@ours.example")
    assert receipt.done_at == house.clock.now()
    assert receipt.waiting == ()
    assert receipt.removed["calls"] == 2
    assert receipt.removed["sentences"] == 2
    assert receipt.removed["threads"] == 4
    assert {"entries", "findings", "effects", "approvals", "records", "events", "deliveries"} <= receipt.removed.keys()
    assert any("HubSpot" in line for line in receipt.not_reached)
    (row,) = await rows(house.database)
    stored = json.dumps(row)
    assert EMAIL not in stored
    assert "Quillon" not in stored
    assert row["asked_by"] == "bob@ours.example"


async def test_one_who_knows_the_address_finds_the_receipt_and_nobody_else(house: House) -> None:
    receipt = await forgetting(house).forget(SUBJECT, EMAIL)
    assert receipt.asked_by == "the person themselves"
    found = await house.forgetting.find(f"person:{EMAIL.upper()}")
    assert [each.id for each in found] == [receipt.id]
    assert await house.forgetting.find("person:zyra@elsewhere.example") == []
    await forgetting(house).forget("call:9", "bob@ours.example")
    assert [each.subject for each in await house.forgetting.find("call:9")] == ["call:9"]


async def test_two_receipts_of_one_person_cannot_be_told_to_be_of_one(house: House) -> None:
    for _ in range(2):
        await forgetting(house).forget(SUBJECT, "bob@ours.example")
    one, other = await rows(house.database)
    assert one["subject"] != other["subject"]
    assert len(await house.forgetting.find(SUBJECT)) == 2


async def test_a_receipt_waits_for_the_index_and_says_for_how_much(house: House) -> None:
    receipt = await house.forgetting.forget(SUBJECT, "bob@ours.example")
    assert receipt.done_at is None
    (waiting,) = receipt.waiting
    assert int(waiting.removeprefix("waiting for the index: ")) > 0
    assert EMAIL not in json.dumps(await rows(house.database))
    assert [each.done_at for each in await house.forgetting.resume()] == [None]
    await told(house)
    (done,) = await house.forgetting.resume()
    assert done.done_at is not None
    assert await house.forgetting.resume() == []


class Death(Exception):
    """The process is gone."""


def dying(database: Database, at: int) -> Callable[..., Awaitable[Any]]:
    """The database's `write`, of a process that dies before the write of this number."""
    write, left = database.write, iter(range(at - 1, -1, -1))

    async def until_then(work: Callable[[Session], T]) -> T:
        if next(left) == 0:
            raise Death
        return await write(work)

    return until_then


async def dies(house: House, at: int) -> bool:
    """Whether a process that is to die at this write does, before it is through."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(house.database, "write", dying(house.database, at))
        try:
            await forgetting(house).forget(SUBJECT, "bob@ours.example")
        except Death:
            return True
    return False


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_a_process_that_dies_again_and_again_is_followed_by_one_that_ends_it(house: House) -> None:
    deaths = 0
    while await dies(house, deaths + 1):
        deaths += 1
    assert deaths > 15
    await forgetting(house).resume()
    assert await places_of(house.database, canaries()) == set()
    assert all(row["done_at"] for row in await rows(house.database))


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("at", [2, 4, 7, 11, 16])
async def test_one_death_anywhere_and_the_start_after_it_leave_nothing(house: House, at: int) -> None:
    assert await dies(house, at)
    (receipt,) = await forgetting(house).resume()
    assert receipt.done_at is not None
    assert await places_of(house.database, canaries()) == set()


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_the_index_is_told_and_what_it_stores_of_a_vector_names_nobody(house: House, tmp_path: Path) -> None:
    folder = tmp_path / "chroma"
    lock = FolderLock(folder)
    lock.take()
    index = await EmbeddedIndex.open(lock)
    indexer = Indexer(house.database, index, HashedWords(), house.clock)
    try:
        await Rebuilding(house.database, index, HashedWords(), house.clock, indexer).mend()
        await indexer.drain()
        names = await index.collections()
        before = {name: await index.count(name) for name in names}
        drained = Forgetting(house.database, house.entries, house.checkpoints, house.clock, drain=indexer.drain)
        receipt = await drained.forget(SUBJECT, "bob@ours.example")
        assert (receipt.waiting, receipt.done_at is not None) == ((), True)
        after = {name: await index.count(name) for name in names}
        assert sum(after.values()) < sum(before.values())
    finally:
        await index.close()
    # Not the *.bin files: hnswlib writes out memory that it never filled, with whatever this process had there before.
    files = [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".bin"]
    held = {path: path.read_bytes().lower() for path in files}
    assert held
    words = [word.lower().encode() for word in (*canaries(), NAME)]
    assert {path.name: word for path, data in held.items() for word in words if word in data} == {}
