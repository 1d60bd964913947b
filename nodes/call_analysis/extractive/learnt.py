"""Everything that was learnt, in one file: `model.npz`, written by `python -m evals.train`, read by the analyst.

Plain arrays without pickles: nothing in the file can run. Text lists are stored as UTF-8 bytes, weights in half
precision, which changes no decision and halves the file.
"""

from collections.abc import Mapping
from dataclasses import astuple, dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nodes.call_analysis.extractive.bars import Bar
from nodes.call_analysis.extractive.model import Linear, Model, Vocabulary

PATH = Path(__file__).parent / "model.npz"
Arrays = Mapping[str, NDArray[np.generic]]


@dataclass(frozen=True)
class Learnt:
    """The sentence classifiers, the judge of names, and the two of whole calls.

    `likely` is the score by kind from which a sentence gets the encoder's look, `weight` what that look counts. `bars`
    are by kind, with "vendor" for names and "sentiment" for the share of the likeliest sentiment. `common` are words
    that begin sentences without being names.
    """

    sentences: Model
    likely: tuple[float, ...]
    weight: tuple[float, ...]
    bars: Mapping[str, Bar]
    vendor: Linear
    sentiment: Linear
    direction: Linear
    common: frozenset[str]

    def save(self, path: Path = PATH) -> None:
        """Writes the file; the same learnt values give the same bytes."""
        arrays: dict[str, NDArray[np.generic]] = {
            "features": _bytes(self.sentences.vocabulary.features),
            "rarity": self.sentences.vocabulary.rarity.astype(np.float16),
            "kinds": _bytes(self.sentences.kinds),
            "weights": self.sentences.weights.astype(np.float16),
            "bias": self.sentences.bias.astype(np.float32),
            "likely": np.array(self.likely, dtype=np.float32),
            "weight": np.array(self.weight, dtype=np.float32),
            "bars.names": _bytes(tuple(sorted(self.bars))),
            "bars": np.array([astuple(self.bars[name]) for name in sorted(self.bars)], dtype=np.float32),
            "common": _bytes(tuple(sorted(self.common))),
        }
        for name, linear in (("vendor", self.vendor), ("sentiment", self.sentiment), ("direction", self.direction)):
            arrays |= {
                f"{name}.features": _bytes(linear.features),
                f"{name}.classes": _bytes(linear.classes),
                f"{name}.weights": linear.weights.astype(np.float32),
                f"{name}.bias": linear.bias.astype(np.float32),
            }
        np.savez_compressed(path, allow_pickle=False, **arrays)

    @classmethod
    def load(cls, path: Path = PATH) -> "Learnt":
        """What a file written by `save` holds."""
        with np.load(path, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        kinds = _texts(arrays["kinds"])
        return cls(
            sentences=Model(
                vocabulary=Vocabulary(_texts(arrays["features"]), arrays["rarity"].astype(np.float64)),
                kinds=kinds,
                weights=arrays["weights"].astype(np.float32),
                bias=arrays["bias"].astype(np.float64),
            ),
            likely=tuple(arrays["likely"].astype(float).tolist()),
            weight=tuple(arrays["weight"].astype(float).tolist()),
            bars={
                name: Bar(*values)
                for name, values in zip(
                    _texts(arrays["bars.names"]), arrays["bars"].astype(float).tolist(), strict=True
                )
            },
            vendor=_linear(arrays, "vendor"),
            sentiment=_linear(arrays, "sentiment"),
            direction=_linear(arrays, "direction"),
            common=frozenset(_texts(arrays["common"])),
        )


@lru_cache(maxsize=1)
def learnt() -> Learnt:
    """What the shipped file holds, read once."""
    return Learnt.load()


def _linear(arrays: Arrays, name: str) -> Linear:
    return Linear(
        features=_texts(arrays[f"{name}.features"]),
        classes=_texts(arrays[f"{name}.classes"]),
        weights=arrays[f"{name}.weights"].astype(np.float64),
        bias=arrays[f"{name}.bias"].astype(np.float64),
    )


def _bytes(texts: tuple[str, ...]) -> NDArray[np.uint8]:
    return np.frombuffer("\n".join(texts).encode(), dtype=np.uint8)


def _texts(stored: NDArray[np.generic]) -> tuple[str, ...]:
    return tuple(stored.tobytes().decode().split("\n"))
