"""Receipts (table memory_receipt): that something was forgotten, when, at whose word, and how much of each.

While it is being done a receipt holds the whole order, so that nothing is lost by a crash. Afterwards a person is in it
only as a salted hash, by which one who knows the address can find it again.
"""

import asyncio
import hashlib
import secrets
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from core.analysis import Frozen
from core.clock import Clock
from memory.database import Database
from memory.forgetting.order import Order
from memory.forgetting.subject import Subject
from memory.tables import MemoryReceiptRow

SALT_BYTES: Final = 16
COST: Final = 2**13
"""Scrypt's n: 20 ms and 8 MB for each try at an address, for who would guess it."""

HASHED: Final = "person:scrypt:"
THEMSELVES: Final = "the person themselves"

ORDER, COUNTS = "order", "counts"


class Receipt(Frozen):
    """What was forgotten: `subject` as it was named, a person as a salted hash; `removed` counts by kind.

    `done_at` is None until nothing of it is left in Sophia's reach; `waiting` says in words what for. `not_reached`
    says what is kept elsewhere, and what to do about it.
    """

    id: str
    subject: str
    asked_by: str
    asked_at: datetime
    done_at: datetime | None = None
    removed: dict[str, int] = {}
    waiting: tuple[str, ...] = ()
    not_reached: tuple[str, ...] = ()


class Receipts:
    """Writes and reads receipts."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def begin(self, subject: Subject, order: Order, asked_by: str) -> Receipt:
        """Writes a receipt before anything is done."""
        asker = asked_by.strip()
        row = MemoryReceiptRow(
            id=secrets.token_hex(8),
            subject=await hashed(subject),
            asked_by=THEMSELVES if order.traces.are_in(asker) or asker.lower() == subject.id else asker,
            asked_at=self._clock.now(),
            removed={ORDER: order.model_dump(mode="json"), COUNTS: {}},
        )
        receipt = _receipt(row)
        await self._database.write(lambda session: session.merge(row))
        return receipt

    async def unfinished(self) -> list[tuple[Receipt, Order]]:
        """What was begun and is not done, the first asked first."""
        rows = await self._rows(done=False)
        return [(_receipt(row), Order.model_validate(row.removed[ORDER])) for row in rows if ORDER in row.removed]

    async def count(self, id: str, counts: dict[str, int]) -> Receipt:
        """Adds to what a receipt says was removed."""

        def work(session: Session) -> Receipt:
            row = session.get_one(MemoryReceiptRow, id)
            total = dict(row.removed.get(COUNTS, {}))
            for name, number in counts.items():
                total[name] = total.get(name, 0) + number
            row.removed = row.removed | {COUNTS: {name: number for name, number in total.items() if number}}
            return _receipt(row)

        return await self._database.write(work)

    async def through(self, id: str, outbox_to: int) -> Receipt:
        """Says that nothing but the index is waited for; whoever was forgotten goes out of the receipt too."""

        def work(session: Session) -> Receipt:
            row = session.get_one(MemoryReceiptRow, id)
            left = Order(subject="", through=True, outbox_to=outbox_to)
            row.removed = row.removed | {ORDER: left.model_dump(mode="json")}
            return _receipt(row)

        return await self._database.write(work)

    async def done(self, id: str) -> Receipt:
        """Says that all is done; of the order nothing is kept."""
        now = self._clock.now()

        def work(session: Session) -> Receipt:
            row = session.get_one(MemoryReceiptRow, id)
            row.done_at = row.done_at or now
            row.removed = {COUNTS: row.removed.get(COUNTS, {})}
            return _receipt(row)

        return await self._database.write(work)

    async def find(self, subject: Subject) -> list[Receipt]:
        """The receipts of a subject, the last first."""
        rows = [*await self._rows(done=True), *await self._rows(done=False)]
        matching = [row for row in rows if await is_of(row.subject, subject)]
        return [_receipt(row) for row in sorted(matching, key=lambda row: (row.asked_at, row.id), reverse=True)]

    async def _rows(self, *, done: bool) -> list[MemoryReceiptRow]:
        row = MemoryReceiptRow
        wanted = col(row.done_at).is_not(None) if done else col(row.done_at).is_(None)
        statement = select(row).where(wanted).order_by(col(row.asked_at), col(row.id))

        def work(session: Session) -> list[MemoryReceiptRow]:
            rows = list(session.scalars(statement))
            session.expunge_all()
            return rows

        return await self._database.read(work)


async def hashed(subject: Subject) -> str:
    """The subject as a receipt names it."""
    if subject.kind != "person":
        return str(subject)
    salt = secrets.token_hex(SALT_BYTES)
    return f"{HASHED}{salt}:{await asyncio.to_thread(_hash, subject.id, salt)}"


async def is_of(named: str, subject: Subject) -> bool:
    """Whether a receipt's name is this subject's."""
    if subject.kind != "person" or not named.startswith(HASHED):
        return named == str(subject)
    salt, _, expected = named.removeprefix(HASHED).partition(":")
    return secrets.compare_digest(await asyncio.to_thread(_hash, subject.id, salt), expected)


def _hash(text: str, salt: str) -> str:
    return hashlib.scrypt(text.encode(), salt=bytes.fromhex(salt), n=COST, r=8, p=1, dklen=32).hex()


def _receipt(row: MemoryReceiptRow) -> Receipt:
    counts: dict[str, Any] = row.removed.get(COUNTS, {})
    return Receipt(
        id=row.id,
        subject=row.subject,
        asked_by=row.asked_by,
        asked_at=row.asked_at,
        done_at=row.done_at,
        removed={str(name): int(number) for name, number in counts.items()},
    )
