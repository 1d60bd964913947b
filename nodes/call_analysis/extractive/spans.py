"""From scored sentences to findings: neighbouring sentences about the same thing become one.

A finding starts from sentences above their kind's threshold. What the same side goes on to say at once, nearly as
strongly, belongs to it; a short interjection by the other does not end it. Next steps, which two sides
make together, are put together in arrangements.py.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nodes.call_analysis.extractive.dialogue import Dialogue, Line


@dataclass(frozen=True)
class Span:
    """Lines that make one finding, with every line's score above the threshold (log-odds) by its index."""

    lines: tuple[Line, ...]
    scores: Mapping[int, float]

    @property
    def strongest(self) -> Line:
        return max(self.lines, key=lambda line: self.scores[line.index])

    @property
    def score(self) -> float:
        return max(self.scores.values())


@dataclass(frozen=True)
class Reach:
    """How far a finding stretches: turns and lines between two of its sentences, and how much weaker one may be."""

    turns: int = 2
    lines: int = 3
    weaker: float = 0.5


def spans_of(dialogue: Dialogue, scores: Sequence[float], reach: Reach) -> tuple[Span, ...]:
    """The findings in one kind's scores by line, in the order of the call."""
    groups: list[list[Line]] = []
    for line in dialogue.lines:
        if scores[line.index] < -reach.weaker:
            continue
        if groups and _together(groups[-1][-1], line, reach):
            groups[-1].append(line)
        else:
            groups.append([line])
    spans = (Span(tuple(group), {line.index: float(scores[line.index]) for line in group}) for group in groups)
    return tuple(span for span in spans if span.score >= 0)


def _together(before: Line, line: Line, reach: Reach) -> bool:
    near = line.turn - before.turn <= reach.turns and line.index - before.index <= reach.lines
    return near and line.side == before.side
