"""What a part of a call, or all of it, comes to: the sentences, sentiment and direction that the call bears out."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from core.analysis import Direction, SentimentLabel
from nodes.call_analysis.extractive.dialogue import Line, Side
from nodes.call_analysis.judging.answers import Felt, Moved, Outline, Told
from nodes.call_analysis.judging.ground import Ground, Pages, Reason, Unproved

LONGEST = 240
"""Characters of one sentence of a summary."""
Made = TypeVar("Made")


@dataclass(frozen=True)
class Statement:
    """A sentence about a call, with the lines that it rests on."""

    text: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class View:
    """A proved outline. None is what was not shown; `reasons` are those for which something was left out."""

    statements: tuple[Statement, ...] = ()
    sentiment: tuple[SentimentLabel, tuple[Line, ...]] | None = None
    direction: tuple[Direction, tuple[Line, ...]] | None = None
    reasons: tuple[Reason, ...] = ()

    def told(self) -> Iterator[Statement]:
        """All of it as statements, to be summed up further."""
        yield from self.statements
        if self.sentiment:
            yield Statement(f"The customer's sentiment in this part: {self.sentiment[0]}.", self.sentiment[1])
        if self.direction:
            yield Statement(f"The deal in this part: {self.direction[0]}.", self.direction[1])


def view_of(outline: Outline, pages: Pages, ground: Ground) -> View:
    """What holds of a model's outline. A sentence that says more than it cites is left out: nothing can stand in."""
    reasons: list[Reason] = [Reason.MALFORMED] * outline.malformed
    statements = [_proved(partial(_statement, told, pages, ground), reasons) for told in outline.summary]
    return View(
        statements=tuple(statement for statement in statements if statement),
        sentiment=_proved(partial(_sentiment, outline.sentiment, pages, ground), reasons),
        direction=_proved(partial(_direction, outline.direction, pages, ground), reasons),
        reasons=tuple(reasons),
    )


def _proved(make: Callable[[], Made], reasons: list[Reason]) -> Made | None:
    try:
        return make()
    except Unproved as unproved:
        reasons.append(unproved.reason)
        return None


def _statement(told: Told, pages: Pages, ground: Ground) -> Statement:
    lines = ground.cited(told.sentences, pages)
    text = ground.supported(told.text, lines, LONGEST)
    if text is None:
        raise Unproved(Reason.SAYS_MORE)
    return Statement(text if text[-1] in ".!?…" else f"{text}.", lines)


def _sentiment(felt: Felt | None, pages: Pages, ground: Ground) -> tuple[SentimentLabel, tuple[Line, ...]] | None:
    """The sentiment, on the customer's own sentences."""
    if felt is None or felt.label == "unknown":
        return None
    return felt.label, ground.said_by("customer", ground.cited(felt.sentences, pages))


def _direction(moved: Moved | None, pages: Pages, ground: Ground) -> tuple[Direction, tuple[Line, ...]] | None:
    """The direction. That a deal is won or lost is the customer's to say."""
    if moved is None or moved.direction == "unknown":
        return None
    lines: Sequence[Line] = ground.cited(moved.sentences, pages)
    side: Side | None = "customer" if moved.direction in ("won", "lost") else None
    return moved.direction, ground.said_by(side, lines)
