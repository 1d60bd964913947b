"""What was learnt, in one file: `model.npz`, written by `python -m evals.asking.train`, read by the classifier.

Plain arrays without pickles: nothing in the file can run. Weights are in half precision, which changes no decision.
"""

from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nodes.understanding.classifier.heads import HEADS, Classifier, Head

PATH = Path(__file__).parent / "model.npz"

LEARNT_BY = "minilm-l6-384"
"""The embedder whose vectors the meaning was learnt of; those of another say nothing to it."""


def save(classifier: Classifier, path: Path = PATH) -> None:
    """Writes the file; the same learnt values give the same bytes."""
    arrays: dict[str, NDArray[np.generic]] = {"rarity": classifier.rarity.astype(np.float16)}
    for name, head in classifier.heads.items():
        arrays |= {
            f"{name}.classes": np.frombuffer("\n".join(head.classes).encode(), dtype=np.uint8),
            f"{name}.words": head.words.astype(np.float16),
            f"{name}.words_bias": head.words_bias.astype(np.float32),
            f"{name}.meaning": head.meaning.astype(np.float16),
            f"{name}.meaning_bias": head.meaning_bias.astype(np.float32),
            f"{name}.factors": np.array([head.alone, *head.together], dtype=np.float32),
        }
    np.savez_compressed(path, allow_pickle=False, **arrays)


def load(path: Path = PATH) -> Classifier:
    """Reads it."""
    with np.load(path, allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    heads = {}
    for name in HEADS:
        alone, *together = arrays[f"{name}.factors"].astype(float).tolist()
        heads[name] = Head(
            classes=tuple(arrays[f"{name}.classes"].tobytes().decode().split("\n")),
            words=arrays[f"{name}.words"].astype(np.float32),
            words_bias=arrays[f"{name}.words_bias"].astype(np.float64),
            meaning=arrays[f"{name}.meaning"].astype(np.float32),
            meaning_bias=arrays[f"{name}.meaning_bias"].astype(np.float64),
            alone=alone,
            together=(together[0], together[1]),
        )
    return Classifier(arrays["rarity"].astype(np.float32), heads)


@lru_cache(maxsize=1)
def shipped_classifier() -> Classifier:
    """The one that ships, read once."""
    return load()
