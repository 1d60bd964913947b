"""Turns of conversations with Sophia: each is found by its meaning, or by its words and its two neighbours' words.

Meaning is of the turn alone: its neighbours' words blur it (nDCG@10 .52 against .61 within one conversation).

A turn costs the same however long its thread is: the last few turns are read by index, and two entries are written.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import select
from sqlmodel import col

from core.analysis import Frozen
from memory.database import Database
from memory.passages import cut
from memory.store.entries import Entries
from memory.store.entry import Entry, Kept, namespace_of
from memory.tables import MemoryItemRow

Role = Literal["user", "assistant", "tool"]

NEIGHBOUR_WORDS = 40
"""Words that a window has of each neighbour: its end before the turn, its beginning after it."""

TURN_WORDS, TURN_PIECES = 150, 250
"""The most of a turn that is embedded at once; a longer one has several vectors."""

NEIGHBOUR_PIECES = 50


class Turn(Frozen):
    """What one said in a thread.

    `id` is what the door knows it by: a turn of the same id is the same turn, and replaces it. `audience` is who may
    be shown it (core/scope.py: said_at or said_by). `person` is the speaker's id, None for Sophia; `speaker` the name.
    """

    id: str
    role: Role
    text: str
    audience: str
    at: datetime
    speaker: str | None = None
    person: str | None = None


class Conversations:
    """Keeps turns under `tenant`."""

    def __init__(self, database: Database, entries: Entries, tenant: str) -> None:
        self._database = database
        self._entries = entries
        self._tenant = tenant

    async def keep_turn(self, thread: str, turn: Turn) -> int:
        """Keeps a turn, and renews the window of its neighbours; returns its place in the thread, from 0.

        A window holds nothing that another audience was told. Keeping the same turn again changes nothing.
        """
        namespace, key = namespace_of(self._tenant, turn.audience, "conversation"), f"{thread}/{turn.id}"
        known = await self._entries.get(namespace, key)
        place = known.position if known else await self._next_place(thread)
        around = await self._around(thread, turn, place)
        before = [each for each in around if each.position < place]
        after = [each for each in around if each.position > place]
        line, at = [*before, self._entry(thread, turn, place), *after], len(before)
        renewed = range(max(0, at - 1), min(at + 2, len(line)))
        await self._entries.put([_windowed(line, each) for each in renewed])
        return place

    async def renew_windows(self, thread: str) -> None:
        """Makes every window of a thread anew: once turns were removed, their words are in no neighbour's any more."""
        turns = await self._entries.of_source(source_of(thread), "conversation")
        for audience in {turn.audience for turn in turns}:
            line: list[Entry] = [_plain(turn) for turn in turns if turn.audience == audience]
            await self._entries.put([_windowed(line, at) for at in range(len(line))])

    async def _next_place(self, thread: str) -> int:
        position = col(MemoryItemRow.position)
        of_thread = select(position).where(col(MemoryItemRow.source) == source_of(thread))
        last = of_thread.order_by(position.desc()).limit(1)
        found: int | None = await self._database.read(lambda session: session.scalar(last))
        return 0 if found is None else found + 1

    async def _around(self, thread: str, turn: Turn, place: int) -> list[Entry]:
        """The two turns before and the two after that the same audience was told, in order."""
        item = MemoryItemRow
        of_thread = select(col(item.key)).where(
            col(item.source) == source_of(thread),
            col(item.kind) == "conversation",
            col(item.audience) == turn.audience,
            col(item.tenant) == self._tenant,
        )
        before = of_thread.where(col(item.position) < place).order_by(col(item.position).desc()).limit(2)
        after = of_thread.where(col(item.position) > place).order_by(col(item.position)).limit(2)
        keys = await self._database.read(
            lambda session: [key for part in (before, after) for key in session.scalars(part)]
        )
        namespace = namespace_of(self._tenant, turn.audience, "conversation")
        found = await self._entries.get_many([(namespace, key) for key in keys])
        return sorted((_plain(each) for each in found if each is not None), key=lambda each: each.position)

    def _entry(self, thread: str, turn: Turn, place: int) -> Entry:
        value = turn.model_dump(include={"text", "role", "speaker", "person"})
        return Entry(
            namespace=namespace_of(self._tenant, turn.audience, "conversation"),
            key=f"{thread}/{turn.id}",
            value=value | {"thread": thread, "turn": turn.id},
            kind="conversation",
            audience=turn.audience,
            source=source_of(thread),
            position=place,
            subjects=frozenset({source_of(thread), *([f"person:{turn.person}"] if turn.person else [])}),
            at=turn.at,
        )


def source_of(thread: str) -> str:
    """The thread as a source, and as a subject."""
    return f"thread:{thread}"


def _plain(kept: Kept) -> Entry:
    return Entry(**{name: getattr(kept, name) for name in Entry.model_fields})


def _windowed(line: Sequence[Entry], at: int) -> Entry:
    """The turn at this place with what is searched: its own words, with the end and beginning of its neighbours'."""
    before = _part(line[at - 1], -1) if at > 0 else ""
    after = _part(line[at + 1], 0) if at + 1 < len(line) else ""
    own = _said(line[at].value)
    embedded = {f"part.{number}": part for number, part in enumerate(cut(own, TURN_WORDS, TURN_PIECES))}
    text = "\n".join(part for part in (before, own, after) if part)
    return line[at].model_copy(update={"text": text or None, "embedded": embedded})


def _part(turn: Entry, which: Literal[0, -1]) -> str:
    """The beginning (0) or the end (-1) of what was said."""
    parts = cut(_said(turn.value), NEIGHBOUR_WORDS, NEIGHBOUR_PIECES)
    return parts[which] if parts else ""


def _said(value: dict[str, Any]) -> str:
    text = " ".join(str(value["text"]).split())
    return f"{value['speaker']}: {text}" if value["speaker"] and text else text
