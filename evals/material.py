"""What is learnt from: calls and scenes with the features of all their lines, and how their authors are divided.

Every figure and every bar comes from authors that the model in question has not seen. The authors are divided once
into four folds of like size, which the encoder (evals/encoder.py) and the linear model share.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from evals.labelled import SCENES, Labelled
from nodes.call_analysis.extractive.features import Look

FOLDS: tuple[frozenset[str], ...] = (
    frozenset({"1", "8", "12"}),
    frozenset({"2", "5", "9"}),
    frozenset({"3", "6", "7", "10"}),
    frozenset({"4", "11", "13"}),
)
"""Author groups that are left out together."""
UNPLACED = ("part=", "spart=", "cpart=", "upart=", "topic=")
"""Features of a scene that would say where in a call it stands, which it does not."""


@dataclass(frozen=True)
class Material:
    """Calls and scenes with the features of all their lines, worked out once for all folds."""

    sources: tuple[Labelled, ...]
    features: tuple[tuple[tuple[str, ...], ...], ...]

    def without(self, groups: frozenset[str]) -> "Material":
        """The material without some author groups."""
        return self._kept([place for place, source in enumerate(self.sources) if source.group not in groups])

    def only(self, groups: frozenset[str]) -> "Material":
        """The material of some author groups."""
        return self._kept([place for place, source in enumerate(self.sources) if source.group in groups])

    def _kept(self, places: Sequence[int]) -> "Material":
        return Material(tuple(self.sources[p] for p in places), tuple(self.features[p] for p in places))

    @property
    def groups(self) -> tuple[str, ...]:
        return tuple(sorted({source.group for source in self.sources}))

    @property
    def calls(self) -> tuple[Labelled, ...]:
        return tuple(source for source in self.sources if source.gold is not None)


def gather(sources: Sequence[Labelled]) -> Material:
    """The features of all lines of the sources."""
    return Material(tuple(sources), tuple(_features(source) for source in sources))


def _features(source: Labelled) -> tuple[tuple[str, ...], ...]:
    look = Look(source.dialogue)
    rows = [look.of(line) for line in source.dialogue.lines]
    if source.group == SCENES:
        rows = [[feature for feature in row if not feature.startswith(UNPLACED)] for row in rows]
    return tuple(tuple(row) for row in rows)
