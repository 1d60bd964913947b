"""The words of an agent's answer while a model writes them: read in pieces, told in sentences that hold.

A sentence loses its links, is held to its sources, and gets the numbers that its sources have in the answer; only then
anybody hears of it. What was told, joined, is the text of the reply.
"""

import re
from collections.abc import Iterable
from functools import cached_property
from typing import Final

from core.links import LinkFilter, only_allowed
from nodes.chat.composing import MARK
from nodes.chat.events import TurnEvent
from nodes.chat.numbering import Numbering
from nodes.chat.shape import Citation
from nodes.chat.writing.holding import Holding, lines_by_number
from nodes.chat.writing.run import Run

LONGEST_ANSWER: Final = 8000
"""Characters of an answer that are read: a server that keeps to no limit of tokens may send any number."""


class Words:
    """The words of one answer; `private` is what no sentence may recite."""

    def __init__(self, run: Run, private: str) -> None:
        self._run = run
        self._private = private
        self._links = LinkFilter(run.context.link_hosts)
        self._numbering = Numbering()
        self._told: list[str] = []
        self._read = 0

    @property
    def text(self) -> str:
        """All that was told."""
        return "".join(self._told)

    @property
    def citations(self) -> tuple[Citation, ...]:
        """The sources of what was told, by their numbers."""
        return tuple(self._numbering.found)

    @property
    def dropped(self) -> int:
        """Sentences that did not hold."""
        return self._holding.dropped

    def add(self, piece: str) -> None:
        """Takes the next piece of the answer, and tells the sentences that are whole with it."""
        piece = piece[: LONGEST_ANSWER - self._read]
        self._read += len(piece)
        self._tell(self._holding.add(self._links.feed(piece)))

    def end(self, whole: str) -> None:
        """Takes what is left of the whole answer, and tells all of it."""
        self.add(whole[self._read :])
        self._tell(self._holding.add(self._links.flush()))
        self._tell(self._holding.end())

    def follow(self, said: str) -> None:
        """Tells code's own words after them, which point at their sources themselves."""
        self._tell([f"\n{only_allowed(said, self._run.context.link_hosts)}"])

    def take_back(self) -> None:
        """Says that nothing of it stands."""
        if self._told:
            self._told.clear()
            self._hear(TurnEvent(kind="taken back", name=self._run.spec.name, number=self._run.task.number))

    @cached_property
    def _holding(self) -> Holding:
        """Made with the first word: by then all tools of the run have found what they find."""
        lines = lines_by_number(self._run.lines)
        return Holding(lines, self._run.task.request.text, self._private, self._finished)

    @cached_property
    def _sources(self) -> dict[int, Citation]:
        return {source.number: source for source in self._run.sources}

    def _finished(self, sentence: str) -> str:
        """The sentence as it is told. A mark that went may have parted an address: links are looked for once more."""
        return only_allowed(MARK.sub(self._mark, sentence), self._run.context.link_hosts)

    def _mark(self, written: re.Match[str]) -> str:
        source = self._sources.get(int(written[1]))
        return f"[{self._numbering.of(source).number}]" if source else ""

    def _tell(self, pieces: Iterable[str]) -> None:
        for piece in pieces:
            self._told.append(piece)
            self._hear(TurnEvent(kind="text", name=self._run.spec.name, number=self._run.task.number, text=piece))

    def _hear(self, event: TurnEvent) -> None:
        self._run.context.tell(event)
