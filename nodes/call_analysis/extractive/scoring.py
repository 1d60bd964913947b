"""The score of every sentence for every kind of finding; orders to software score nothing.

Two looks. The linear model (model.py) sees every sentence with its words, cues and surroundings. The encoder
(encoder.py) sees the sentences of which the first look says that they might be something, and its word is added with
the weight that cross-validation gave it. A sentence it has not seen counts as one of which it says no.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from nodes.call_analysis.extractive.bars import Bar
from nodes.call_analysis.extractive.dialogue import Dialogue
from nodes.call_analysis.extractive.encoder import SentenceEncoder
from nodes.call_analysis.extractive.features import Look
from nodes.call_analysis.extractive.model import Model
from nodes.call_analysis.extractive.orders import is_order

LINES_AT_ONCE = 256
"""Lines whose features are held in memory together: all of a three-hour call would take some 300 MB."""
MOST_READ = 220
"""Sentences of one call that get a second look, the likeliest first: what one core reads in about half a second."""
UNREAD = -6.0
"""What the encoder says of a sentence it was not shown, in log-odds."""
FIRMEST = 8.0
"""Log-odds beyond which the encoder's word weighs no more."""


def first_look(dialogue: Dialogue, model: Model) -> NDArray[np.float64]:
    """The linear model's log-odds, by line and kind."""
    look, lines = Look(dialogue), dialogue.lines
    starts = range(0, len(lines), LINES_AT_ONCE)
    return np.vstack([model.scores([look.of(line) for line in lines[s : s + LINES_AT_ONCE]]) for s in starts])


def worth_reading(first: NDArray[np.float64], likely: Sequence[float]) -> NDArray[np.int64]:
    """Places of the lines that get a second look: above `likely` for some kind, at most MOST_READ."""
    above = (first - np.array(likely)).max(axis=1)
    places = np.flatnonzero(above >= 0)
    strongest = places[np.argsort(-above[places], kind="stable")][:MOST_READ]
    return np.sort(strongest)


def both_looks(
    dialogue: Dialogue,
    first: NDArray[np.float64],
    encoder: SentenceEncoder,
    likely: Sequence[float],
    weight: Sequence[float],
) -> NDArray[np.float64]:
    """The log-odds of both, by line and kind; `likely` and `weight` are by kind."""
    second = np.full_like(first, UNREAD)
    places = worth_reading(first, likely)
    if len(places):
        second[places] = np.clip(encoder.logits([dialogue.lines[place] for place in places]), -FIRMEST, FIRMEST)
    return np.asarray(first + np.array(weight) * second)


def above_the_bar(
    dialogue: Dialogue, table: NDArray[np.float64], bars: Mapping[str, Bar], kinds: Sequence[str]
) -> dict[str, list[float]]:
    """Log-odds above each kind's bar by kind and line, minus infinity where the line is an order to software."""
    barred = [is_order(line) for line in dialogue.lines]
    return {
        kind: [
            -math.inf if bar else float(score) - bars[kind].limit
            for bar, score in zip(barred, table[:, column], strict=True)
        ]
        for column, kind in enumerate(kinds)
    }
