"""Turns of conversations with Sophia: each is found by its meaning, or by its words and its two neighbours' words.

Meaning is of the turn alone: its neighbours' words blur it (nDCG@10 .52 against .61 within one conversation). The
rows of a table have none: they are found by their words, and embedding them takes longer than all the rest of a turn.

A turn costs the same however long its thread is: the last few turns are read by index, and two entries are written.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from core.analysis import Frozen
from memory.passages import cut
from memory.store.draft import LONGEST_TEXT
from memory.store.entries import Entries
from memory.store.entry import Entry, Kept, namespace_of
from memory.store.reading import at_places, kept_of
from memory.store.writing import renew_text
from memory.tables import MemoryItemRow

Role = Literal["user", "assistant", "tool"]

NEIGHBOUR_WORDS = 40
"""Words that a window has of each neighbour: its end before the turn, its beginning after it."""

NEIGHBOUR_CHARACTERS = 2_000
"""What of a neighbour these words are looked for in: 50 letters for each of them."""

TURN_WORDS, TURN_PIECES = 150, 250
"""The most of a turn that is embedded at once; a longer one has several vectors."""

MOST_PARTS = 64
"""Vectors of one turn, so some 9,600 words: more than anybody says, and embedded in two seconds. The rest of what was
pasted is found by its words."""

EMBEDDED_CHARACTERS = MOST_PARTS * TURN_WORDS * 8
"""What of a turn is cut into these parts: a word has some 6 letters with its space."""

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

    def __init__(self, entries: Entries, tenant: str) -> None:
        self._entries = entries
        self._tenant = tenant

    async def keep_turn(self, thread: str, turn: Turn) -> int:
        """Keeps a turn, and renews the window of its neighbours; returns its place in the thread, from 0."""
        return (await self.keep_turns(thread, [turn]))[0]

    async def keep_turns(self, thread: str, turns: Sequence[Turn]) -> list[int]:
        """Keeps turns that follow on each other, all or none of them, and renews the windows of their neighbours;
        returns their places in the thread, from 0.

        A window holds nothing that another audience was told. Keeping the same turn again changes nothing. All that is
        written is read in the same transaction: what is forgotten meanwhile does not come back, and no two turns that
        are kept at once get one place (but the very first two of a thread, on PostgreSQL).
        """
        kept = await self._entries.put_within([self._entry(thread, turn) for turn in turns], _in_line)
        return [each.position for each in kept]

    async def renew_windows(self, thread: str) -> None:
        """Makes every window of a thread anew: once turns were removed, their words are in no neighbour's any more."""
        found = await self._entries.of_source(source_of(thread), "conversation")
        turns = [turn for turn in found if turn.namespace[0] == self._tenant]
        for audience in {turn.audience for turn in turns}:
            line = [turn for turn in turns if turn.audience == audience]
            await self._entries.renew_texts([(turn, _window(line, at)) for at, turn in enumerate(line)])

    def _entry(self, thread: str, turn: Turn) -> Entry:
        value = turn.model_dump(include={"text", "role", "speaker", "person"})
        prose = _prose(turn.text)[:EMBEDDED_CHARACTERS]
        parts = cut(_said(value, prose), TURN_WORDS, TURN_PIECES)[:MOST_PARTS]
        return Entry(
            namespace=namespace_of(self._tenant, turn.audience, "conversation"),
            key=f"{thread}/{turn.id}",
            value=value | {"thread": thread, "turn": turn.id},
            kind="conversation",
            audience=turn.audience,
            source=source_of(thread),
            subjects=frozenset({source_of(thread), *([f"person:{turn.person}"] if turn.person else [])}),
            at=turn.at,
            embedded={f"part.{number}": part for number, part in enumerate(parts)},
        )


def source_of(thread: str) -> str:
    """The thread as a source, and as a subject."""
    return f"thread:{thread}"


def _in_line(session: Session, entry: Entry) -> Entry:
    """The turn in its place and with its window, as the thread stands now; the windows beside it are renewed."""
    place = _place(session, entry)
    before, after = _around(session, entry, place)
    line = [*before, entry.model_copy(update={"position": place}), *after]
    at = len(before)
    for kept, where in [*((each, at - 1) for each in before[-1:]), *((each, at + 1) for each in after[:1])]:
        text = _window(line, where)
        if text != kept.text:
            renew_text(session, kept, text)
    return line[at].model_copy(update={"text": _window(line, at)})


def _place(session: Session, entry: Entry) -> int:
    """Where the turn stands, or else the next place of its thread."""
    row = MemoryItemRow
    known = session.scalar(select(col(row.position)).where(at_places([(entry.namespace, entry.key)])))
    if known is not None:
        return known
    of_thread = select(col(row.id), col(row.position)).where(col(row.source) == entry.source)
    last = session.execute(of_thread.order_by(col(row.position).desc()).limit(1)).first()
    if last is None:
        return 0
    # Written, so that PostgreSQL lets only one of two transactions take the place behind it.
    taken = update(row).where(col(row.id) == last.id).values(position=last.position)
    session.execute(taken, execution_options={"synchronize_session": False})
    return int(last.position) + 1


def _around(session: Session, entry: Entry, place: int) -> tuple[list[Kept], list[Kept]]:
    """The two turns before and the two after that the same audience was told, each in order."""
    row, position = MemoryItemRow, col(MemoryItemRow.position)
    of_thread = select(row).where(
        col(row.source) == entry.source,
        col(row.kind) == "conversation",
        col(row.audience) == entry.audience,
        col(row.tenant) == entry.namespace[0],
    )
    before = session.scalars(of_thread.where(position < place).order_by(position.desc()).limit(2)).all()
    after = session.scalars(of_thread.where(position > place).order_by(position).limit(2)).all()
    kept = kept_of(session, [*reversed(before), *after])
    return kept[: len(before)], kept[len(before) :]


def _window(line: Sequence[Entry], at: int) -> str | None:
    """What is searched by words: the turn at this place, with the end and beginning of its neighbours'."""
    before = _end(line[at - 1]) if at > 0 else ""
    after = _beginning(line[at + 1]) if at + 1 < len(line) else ""
    own = _said(line[at].value, _text(line[at])[:LONGEST_TEXT])
    return "\n".join(part for part in (before, own, after) if part)[:LONGEST_TEXT] or None


def _beginning(turn: Entry) -> str:
    parts = cut(_said(turn.value, _text(turn)[:NEIGHBOUR_CHARACTERS]), NEIGHBOUR_WORDS, NEIGHBOUR_PIECES)
    return parts[0] if parts else ""


def _end(turn: Entry) -> str:
    text = _text(turn)
    said = text[-NEIGHBOUR_CHARACTERS:] if len(text) > NEIGHBOUR_CHARACTERS else _said(turn.value, text)
    parts = cut(" ".join(said.split()[-NEIGHBOUR_WORDS:]), NEIGHBOUR_WORDS, NEIGHBOUR_PIECES)
    return parts[-1] if parts else ""


def _text(turn: Entry) -> str:
    return str(turn.value["text"])


def _prose(text: str) -> str:
    """A text without the rows of tables, unless it has nothing else."""
    lines = text.splitlines()
    return "\n".join(line for line in lines if not line.startswith("|")) or text


def _said(value: dict[str, Any], text: str) -> str:
    """Words in one line, with the name of who says them."""
    words = " ".join(text.split())
    return f"{value['speaker']}: {words}" if value["speaker"] and words else words
