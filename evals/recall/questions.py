"""The questions, and the conversations that some of them are about (data/, written by hand: evals/README.md)."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from evals.labelled import Labelled, read_calls

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True)
class Said:
    """A turn of a conversation, its `number` counted from 1."""

    number: int
    at: datetime
    speaker: str
    text: str


@dataclass(frozen=True)
class Question:
    """Something that somebody asks, and what answers it: numbers of turns in a conversation, or quotes from a call.

    `place` is the conversation or the call. `style` tells how it is put: `named` by names and numbers, `reworded` with
    hardly a word of the answer, `mixed`. An answer that `leans` is not understood without the turn before it. Nothing
    is chosen with a look at what is `held_out`, which is whole conversations and calls.
    """

    place: str
    text: str
    gold: tuple[int | str, ...]
    style: str
    held_out: bool
    leans: bool = False


@cache
def conversations() -> dict[str, tuple[Said, ...]]:
    """The turns of every conversation, by its number."""
    found: dict[str, list[Said]] = {}
    for row in _rows("conversations"):
        turn = Said(row["turn"], datetime.fromisoformat(row["at"]), row["speaker"], row["text"])
        found.setdefault(row["conversation"], []).append(turn)
    return {number: tuple(turns) for number, turns in found.items()}


@cache
def calls() -> dict[str, Labelled]:
    """All labelled calls, by their number; the bundled ones are among them."""
    return {call.name: call for call in read_calls()}


def about_conversations() -> tuple[Question, ...]:
    """The questions about conversations."""
    return tuple(_question(row, row["conversation"]) for row in _rows("conversation_questions"))


def about_calls() -> tuple[Question, ...]:
    """The questions about calls."""
    return tuple(_question(row, row["call"]) for row in _rows("call_questions"))


def _question(row: dict[str, Any], place: str) -> Question:
    leans = row.get("leans", False)
    return Question(place, row["question"], tuple(row["gold"]), row["style"], row["held_out"], leans)


def _rows(name: str) -> Iterator[dict[str, Any]]:
    for line in (DATA / f"{name}.jsonl").read_text(encoding="utf-8").splitlines():
        yield json.loads(line)
