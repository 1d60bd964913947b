"""`sophia memory search`: what is remembered about a question, as the terminal's person sees it."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from unicodedata import category

from rich.text import Text

from api.logs import settings_with_logs
from api.memory import open_database, open_memory
from api.memory_kinds import known_kinds
from api.terminal import notices, results
from core.clock import clock_at
from core.scope import EVERYTHING
from memory.recall.passage import Passage, Recalled
from nodes.showing import shorten

WIDTH = 600
"""Letters of a passage, and a sixth of them of what stands around it; --json has it whole."""


@dataclass(frozen=True)
class Search:
    """What is looked for; moments without a time zone are this machine's."""

    question: str
    kinds: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    count: int = 8


async def show_search(asked: Search, *, as_json: bool) -> None:
    """The command: finds and prints, and says on stderr what could not be searched."""
    kinds = known_kinds(asked.kinds)
    settings = settings_with_logs()
    async with open_database(settings) as database:
        clock = clock_at(settings.fixed_clock)
        async with open_memory(settings, database, clock, index="if free") as memory:
            found = await memory.recall.recall(
                asked.question,
                EVERYTHING,
                kinds=kinds,
                subjects=asked.subjects,
                since=_here(asked.since),
                until=_here(asked.until),
                count=asked.count,
            )
            away = memory.index_away
    if as_json:
        sys.stdout.write(_as_json(found) + "\n")
    else:
        _show(found)
    for told in dict.fromkeys(filter(None, (found.degraded, away if found.degraded else None))):
        notices().print(Text(f"Degraded: {told}"), soft_wrap=True)


def _here(moment: datetime | None) -> datetime | None:
    return moment.astimezone() if moment else None


def _as_json(found: Recalled) -> str:
    return found.model_dump_json(indent=2)


def _show(found: Recalled) -> None:
    if not found.passages:
        results().print("Nothing was found.")
    for number, passage in enumerate(found.passages, 1):
        for line in _lines(number, passage):
            results().print(line, soft_wrap=True)


def _lines(number: int, passage: Passage) -> Iterator[Text]:
    yield Text(f"{number}. {_plain(_head(passage))}", style="bold")
    for text in passage.before:
        yield Text(f"   … {shorten(_plain(text), WIDTH // 6)}", style="dim")
    yield Text(f"   {shorten(_plain(passage.text), WIDTH)}")
    if passage.quote and passage.quote not in passage.text:
        yield Text(f"   “{shorten(_plain(passage.quote), WIDTH)}”")
    for text in passage.after:
        yield Text(f"   … {shorten(_plain(text), WIDTH // 6)}", style="dim")
    if passage.link:
        yield Text(f"   {_plain(passage.link)}")
    yield Text()


def _what(passage: Passage) -> str:
    """Which sort of thing it is; a finding that is not sure, or was taken back, is called so."""
    notes = ["possible"] * passage.candidate + ["withdrawn"] * passage.withdrawn
    told = (passage.finding or passage.kind).replace("_", " ")
    return f"{told} ({', '.join(notes)})" if notes else told


def _plain(text: str) -> str:
    """The text without what a terminal would take for a command: control letters are spaces."""
    return "".join(" " if category(letter).startswith("C") else letter for letter in text)


def _head(passage: Passage) -> str:
    """Who, when and where, as far as it is known, and the score."""
    when = f"{passage.at.astimezone():%Y-%m-%d %H:%M}" if passage.at else None
    minute = f"at {passage.minute}" if passage.minute else None
    parts = (passage.speaker, when, minute, passage.source, _what(passage), f"score {passage.score:.3f}")
    return " · ".join(part for part in parts if part)
