"""What a sentence looks like to the heads: hashed words, pieces of words and marks, each with its value.

Words and up to three of them together, from the front on too, since a request begins as what it is ("move", "who",
"remind me"); pieces of three to five letters, so that a word with an error in it is still known. They are hashed into
BUCKETS places, which needs no vocabulary: two that meet in one place cost little when there are few of each sentence.
"""

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from nodes.understanding.classifier.masks import Masked

BUCKETS: Final = 1 << 14
"""Twice as many were no better in cross-validation, and the file twice as large."""
MOST_WORDS: Final = 60
"""Of a sentence that count: a request longer than that says what it wants at its beginning or its end."""
PIECES_VALUE: Final = 0.7
FLAG_VALUE: Final = 0.3
"""What the pieces, and what each mark, count against one for all words."""


@dataclass(frozen=True)
class Sparse:
    """The features of one sentence: places in order, each once, and their values."""

    places: NDArray[np.int64]
    values: NDArray[np.float64]


def features_of(masked: Masked, rarity: NDArray[np.floating[Any]]) -> Sparse:
    """The weighed features of a sentence; `rarity` says of each place how much it tells."""
    words = _shortened(masked.words)
    parts = (
        _block(_hashed("w", _grams(words)), rarity, 1.0),
        _block(_hashed("c", _pieces(words)), rarity, PIECES_VALUE),
        dict.fromkeys(_hashed("f", _flags(masked, words)), FLAG_VALUE),
    )
    total: dict[int, float] = {}
    for part in parts:
        for place, value in part.items():
            total[place] = total.get(place, 0.0) + value
    places = sorted(total)
    return Sparse(np.array(places, dtype=np.int64), np.array([total[place] for place in places]))


def places_of(masked: Masked) -> set[int]:
    """The places that a sentence has features in, to be counted for their rarity."""
    words = _shortened(masked.words)
    return _hashed("w", _grams(words)) | _hashed("c", _pieces(words))


def _shortened(words: Sequence[str]) -> tuple[str, ...]:
    half = MOST_WORDS // 2
    return tuple(words) if len(words) <= MOST_WORDS else (*words[:half], *words[-half:])


def _hashed(family: str, features: Iterable[str]) -> set[int]:
    return {zlib.crc32(f"{family}={feature}".encode()) & (BUCKETS - 1) for feature in features}


def _block(places: set[int], rarity: NDArray[np.floating[Any]], length: float) -> dict[int, float]:
    """The places weighed by how rare they are, brought to one length, so that a long sentence does not shout."""
    ordered = sorted(places)
    weighed = rarity[ordered].astype(np.float64)
    size = float(np.sqrt((weighed**2).sum())) or 1.0
    return dict(zip(ordered, (weighed * (length / size)).tolist(), strict=True))


def _grams(words: Sequence[str]) -> Iterable[str]:
    edged = ("^", *words, "$")
    for count in (1, 2, 3):
        for start in range(len(edged) - count + 1):
            yield " ".join(edged[start : start + count])
    for first, last in zip(edged, edged[2:], strict=False):
        yield f"{first} _ {last}"


def _pieces(words: Sequence[str]) -> Iterable[str]:
    for word in words:
        if not word.isalpha():
            continue
        edged = f"<{word[:20]}>"
        for count in (3, 4, 5):
            for start in range(len(edged) - count + 1):
                yield edged[start : start + count]


def _flags(masked: Masked, words: Sequence[str]) -> Iterable[str]:
    yield f"length {min(len(words), 12) if len(words) < 6 else min(len(words) // 4, 8) + 10}"
    yield f"asks {'?' in words}"
    classes = sorted({word for word in words if word.startswith("<")})
    yield f"classes {' '.join(classes)}"
    yield from classes
    yield from (f"first {word}" for word in words[:1])
    yield from (f"strange {word}" for word in masked.strangers)
    yield f"strangers {bool(masked.strangers)}"
