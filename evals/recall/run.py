"""Measures recall: `python -m evals.recall`, and as a part of `make eval`.

Each question is asked within its own conversation or call, and of all of them; by words, by meaning and by both, and
as the product recalls. The table is printed and written to docs/recall.md. Vectors are kept in a folder of the
machine's temporary ones, so that the second run takes seconds.
"""

import asyncio
import tempfile
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

from core.clock import FixedClock
from evals.recall.filling import as_it_is, turns_alone
from evals.recall.questions import Question, about_calls, about_conversations
from evals.recall.searching import Search, Searches
from evals.recall.table import Way, by_style, table
from evals.recall.vectors import OnDisk
from memory.embedding.minilm import MiniLm

PAGE = Path(__file__).parent.parent.parent / "docs" / "recall.md"
NOW = datetime(2026, 12, 14, 9, tzinfo=UTC)
"""When the questions are asked: some days after the last thing that was said."""


def measure() -> None:
    """Prints the figures, and writes them to docs/."""
    measured = asyncio.run(_measured())
    print(measured)
    PAGE.write_text(_page(measured), encoding="utf-8")


async def _measured() -> str:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        embedder = OnDisk(MiniLm(), Path(tempfile.gettempdir()) / "sophia-evals")
        stack.push_async_callback(embedder.close)
        clock = FixedClock(NOW)
        print("filling a memory with conversations and calls ...", flush=True)
        memory = await as_it_is(folder / "whole", embedder, clock, stack)
        bare = await turns_alone(folder / "alone", embedder, clock, stack)
        alone, windows, passages = (
            Searches(bare, "conversation", embedder, clock),
            Searches(memory, "conversation", embedder, clock),
            Searches(memory, "call_passages", embedder, clock),
        )
        return "\n\n".join(
            [
                *[await _of_conversations(alone, windows, within) for within in (True, False)],
                *[await _of_calls(passages, within) for within in (True, False)],
            ]
        )


async def _of_conversations(alone: Searches, windows: Searches, within: bool) -> str:
    questions = about_conversations()
    bare = await _ways(alone, "turn", questions, within)
    whole = await _ways(windows, "window", questions, within)
    whole.append(await _recalled(windows, "window", questions, within))
    title = f"Conversations, asked of {'the one' if within else 'all'}"
    return f"{table(title, questions, [*bare, *whole])}\n{by_style(questions, whole)}"


async def _of_calls(searches: Searches, within: bool) -> str:
    questions = about_calls()
    ways = await _ways(searches, "passage", questions, within)
    ways.append(await _recalled(searches, "passage", questions, within))
    title = f"Calls, asked of {'the one' if within else 'all'}"
    return f"{table(title, questions, ways)}\n{by_style(questions, ways)}"


async def _ways(searches: Searches, of: str, questions: Sequence[Question], within: bool) -> list[Way]:
    words, meaning = f"BM25 ({of})", f"dense ({of})"
    return [
        await _way(searches, words, searches.words, questions, within),
        await _way(searches, meaning, searches.meaning, questions, within),
        await _way(searches, f"hybrid ({of})", searches.both, questions, within, rivals=(words, meaning)),
    ]


async def _recalled(searches: Searches, of: str, questions: Sequence[Question], within: bool) -> Way:
    rivals = (f"BM25 ({of})", f"dense ({of})")
    return await _way(searches, "recall as it ships", searches.recall, questions, within, rivals)


async def _way(
    searches: Searches,
    name: str,
    search: Search,
    questions: Sequence[Question],
    within: bool,
    rivals: tuple[str, ...] = (),
) -> Way:
    hits = [await search(question, within) for question in questions]
    asked = list(zip(questions, hits, strict=True))
    found = [searches.held(question, hit) for question, hit in asked]
    shown = [searches.shown(question, hit) for question, hit in asked]
    return Way(name, found, shown, rivals)


def _page(measured: str) -> str:
    """The page of figures in docs/."""
    return (
        "# How well memory recalls\n"
        "Made by `make eval` (`python -m evals.recall` alone takes a minute or two), from questions in people's own "
        "words over written conversations and the labelled calls. A hit is right when it names the turn, or the "
        "passage, that answers the question. *15 shown* is the share of the answers among the first fifteen turns or "
        "passages that a reader is shown: the hits in their order, each with its neighbours. In brackets stand "
        "bootstrap intervals (95 %) over conversations and calls. How the questions were written, and how far to "
        "trust the figures, stands in [evals/README.md](../evals/README.md).\n\n"
        f"```\n{measured}\n```\n"
    )


def main() -> None:
    """Measures recall."""
    measure()
