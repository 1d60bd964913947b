"""BM25 over a handful of texts that a database found but cannot rank so itself (Robertson and Zaragoza, 2009)."""

from collections.abc import Mapping
from math import log

K1 = 1.2
B = 0.75
"""FTS5's own values, so that both databases rank alike."""


def inverse_frequency(frequency: int, rows: int) -> float:
    """What a word weighs that stands in `frequency` of `rows` rows; never nothing, as in FTS5."""
    return max(log((rows - frequency + 0.5) / (frequency + 0.5)) if frequency < rows else 0.0, 1e-6)


def bm25(times: Mapping[str, int], weights: Mapping[str, float], length: float) -> float:
    """The score of a text in which each word stands so many `times`; `length` is its share of the average length."""
    norm = K1 * (1 - B + B * length)
    return sum(weights[word] * count * (K1 + 1) / (count + norm) for word, count in times.items())
