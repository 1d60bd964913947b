"""Having a model read a call: window by window, each with the candidates that lie in it.

A window that the server refuses as too long is halved until it is taken: the estimate of its tokens was too low. One
whose answer is cut off or does not fit is tried once more in two halves. What is refused then is left out and told.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import structlog

from core.errors import Rejected
from nodes.call_analysis.extractive.dialogue import Dialogue, Line
from nodes.call_analysis.judging.answers import WINDOW_SCHEMA, Judgement, read_judgement
from nodes.call_analysis.judging.candidates import Candidate
from nodes.call_analysis.judging.inquiry import (
    ANSWER_SHARE,
    Inquiry,
    all_of,
    fixed_tokens,
    is_setting,
    is_too_long,
)
from nodes.call_analysis.judging.page import ONLY_DATA, candidate_text, header_of, line_text, window_text
from nodes.call_analysis.judging.people import Roster
from nodes.call_analysis.judging.tokens import tokens_of
from nodes.call_analysis.judging.windows import best_window, cut, halves

SHORTENINGS = 4
"""How often a refused window is halved: to a sixteenth, since no vocabulary is that much finer than the estimate."""
LEAST_ROOM = 200
"""Tokens for a window below which a model's context is too small to be of use."""
USUAL_HEADER = 200
"""Tokens of a title and ten people with name and position."""
FRAME = tokens_of(f"<transcript>\n\n</transcript>\nCandidates:\nnone\n{ONLY_DATA}")

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Window:
    """Lines of a call, by index, and the candidates to be ruled on there."""

    lines: range
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True)
class Part:
    """A window and what the model made of it, None when no answer could be used."""

    window: Window
    judgement: Judgement | None

    def pages(self, dialogue: Dialogue) -> tuple[tuple[Line, ...], ...]:
        """The lines by the numbers that the model knows them by."""
        return tuple((dialogue.lines[index],) for index in self.window.lines)


@dataclass(frozen=True)
class _Tries:
    """How often a window may still be halved because it was refused, and because its answer was of no use."""

    shortenings: int = SHORTENINGS
    misfits: int = 1

    def after(self, refusal: Rejected) -> "_Tries | None":
        """What is left after this refusal, None when nothing is."""
        if is_too_long(refusal):
            return replace(self, shortenings=self.shortenings - 1) if self.shortenings else None
        return replace(self, misfits=self.misfits - 1) if self.misfits else None


class Reader:
    """Reads one call. `longest` is the most tokens a window may have, however much the context holds."""

    def __init__(self, inquiry: Inquiry, instructions: str, dialogue: Dialogue, roster: Roster, longest: int) -> None:
        self._inquiry = inquiry
        self._instructions = instructions
        self._dialogue = dialogue
        self._roster = roster
        self._header = header_of(dialogue, roster)
        self._longest = longest

    def windows(self, candidates: Sequence[Candidate]) -> tuple[Window, ...]:
        """The windows of the call; none when the model's context is too small for any."""
        room = self._inquiry.room(self._instructions, self._header, WINDOW_SCHEMA) - FRAME
        if room < LEAST_ROOM:
            return ()
        ranges = cut(self._costs(candidates), min(room, self._longest))
        return _shared_out(ranges, candidates)

    async def read(self, windows: Sequence[Window]) -> tuple[Part, ...]:
        """Every window's judgement, in the order of the call, however the answers come in."""
        parts = await all_of(self._tried, windows)
        return tuple(part for several in parts for part in several)

    def _costs(self, candidates: Sequence[Candidate]) -> list[int]:
        """Tokens of every line, with those of the candidates that begin there. Numbers count as their longest."""
        total = len(self._dialogue.lines)
        costs = [tokens_of(line_text(total, line, self._roster) + "\n") for line in self._dialogue.lines]
        for candidate in candidates:
            text = candidate_text(total, candidate.kind, [total] * len(candidate.lines))
            costs[candidate.lines[0]] += tokens_of(text + "\n")
        return costs

    async def _tried(self, window: Window, tries: _Tries = _Tries()) -> tuple[Part, ...]:
        try:
            return (Part(window, await self._judged(window)),)
        except Rejected as refusal:
            if is_setting(refusal):
                raise
            again = tries.after(refusal) if len(window.lines) > 1 else None
            log.warning("judging.window_refused", why=str(refusal), lines=len(window.lines), again=again is not None)
        if again is None:
            return (Part(window, None),)
        parts = [await self._tried(half, again) for half in _shared_out(halves(window.lines), window.candidates)]
        return tuple(part for several in parts for part in several)

    async def _judged(self, window: Window) -> Judgement:
        lines = [self._dialogue.lines[index] for index in window.lines]
        listed = [(candidate.kind, _numbers(candidate, window.lines)) for candidate in window.candidates]
        text = self._header + window_text(lines, listed, self._roster)
        value: Mapping[str, object] = await self._inquiry.ask(self._instructions, text, WINDOW_SCHEMA, "judgement")
        return read_judgement(value)


def least_context(instructions: str) -> int:
    """Tokens of context below which a model is of no use for calls."""
    fixed = fixed_tokens(instructions, WINDOW_SCHEMA) + USUAL_HEADER + FRAME + LEAST_ROOM
    return -(-fixed * ANSWER_SHARE // (ANSWER_SHARE - 1))


def _numbers(candidate: Candidate, window: range) -> list[int]:
    return [line - window.start + 1 for line in candidate.lines if line in window]


def _shared_out(ranges: Sequence[range], candidates: Sequence[Candidate]) -> tuple[Window, ...]:
    """Each candidate to the one window that sees it best."""
    places = [best_window(candidate.lines, ranges) for candidate in candidates]
    return tuple(
        Window(lines, tuple(c for c, place in zip(candidates, places, strict=True) if place == number))
        for number, lines in enumerate(ranges)
    )
