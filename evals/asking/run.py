"""Measures how questions are understood: `python -m evals.asking`, and as a part of `make eval`.

Each training sentence is judged by models that have not seen its form (five folds of forms); those
written apart by the model of all forms, which has learnt nothing from them. Printed, and written to docs/.
"""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from evals.asking.figures import Told, confusion, sure_table, told
from evals.asking.fitting import Crossed, cross_fit, fit, scores_of
from evals.asking.sentences import looked_at, read_sentences
from evals.asking.train import vectors_of
from nodes.understanding.classifier.heads import HEADS, Classifier, HeadName

PAGE: Final = Path(__file__).parent.parent.parent / "docs" / "asking_quality.md"
LEVELS: Final = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
NAMES: Final[Mapping[HeadName, str]] = {
    "kind": "kind", "object": "object of a query", "agent": "first agent where words must be read",
    "verb": "verb of an action", "action_object": "object of an action",
}  # fmt: skip


@dataclass(frozen=True)
class Measured:
    """The scores of a set of sentences by head, and the classifier whose factors go with them."""

    classifier: Classifier
    scores: Mapping[HeadName, Crossed]

    def told(self, head: HeadName, *, with_meaning: bool) -> Told:
        return told(self.classifier.heads[head], self.scores[head], with_meaning=with_meaning)


def measure() -> None:
    """Prints the figures, and writes them to docs/."""
    figures = _measured()
    print(figures)
    PAGE.write_text(_page(figures), encoding="utf-8")


def _measured() -> str:
    looked, held = looked_at(read_sentences()), looked_at(read_sentences("heldout.jsonl"))
    vectors = {**vectors_of(looked), **vectors_of(held)}
    crossed = cross_fit(looked, vectors)
    classifier = fit(looked, vectors, crossed)
    unseen = Measured(classifier, crossed)
    other = Measured(classifier, {name: scores_of(classifier, name, held, vectors) for name in HEADS})
    forms = len({one.sentence.group for one in looked})
    return "\n\n".join(
        (
            f"{len(looked)} sentences of {forms} forms; {len(held)} sentences written apart",
            _accuracy(unseen, other),
            "kind, forms left out:\n" + confusion(unseen.told("kind", with_meaning=True)),
            "kind, written apart:\n" + confusion(other.told("kind", with_meaning=True)),
            "kind, forms left out, with an embedder:\n" + sure_table(unseen.told("kind", with_meaning=True), LEVELS),
            "kind, written apart, with an embedder:\n" + sure_table(other.told("kind", with_meaning=True), LEVELS),
            "kind, written apart, words alone:\n" + sure_table(other.told("kind", with_meaning=False), LEVELS),
        )
    )


def _accuracy(unseen: Measured, other: Measured) -> str:
    head = f"{'':<38}{'forms left out':>30}{'written apart':>30}"
    lines = [head, f"{'share right (calibration error)':<38}" + f"{'words':>15}{'with meaning':>15}" * 2]
    for name in HEADS:
        cells = [
            f"{found.accuracy:.3f} ({found.calibration_error:.3f})"
            for measured in (unseen, other)
            for found in (measured.told(name, with_meaning=False), measured.told(name, with_meaning=True))
        ]
        lines.append(f"{NAMES[name]:<38}" + "".join(f"{cell:>15}" for cell in cells))
    return "\n".join(lines)


def _page(figures: str) -> str:
    return (
        "# How well questions are understood\n"
        "Made by `make eval` (or `python -m evals.asking`). A sentence of evals/asking/sentences.jsonl is judged by "
        "models that have not seen its form, nor any sentence made of it. Those of heldout.jsonl were written apart, "
        "in other styles and before any figure was seen; none is learnt from, nor was looked at for what goes wrong. "
        "*Words* is without an "
        "embedder at hand, *with meaning* with MiniLM beside them. The object is counted among queries, the first "
        "agent among what needs an agent, the verb among actions.\n\n"
        "The forms were written to be unlike each other, so one that is left out is often the only one of its kind: "
        "the figures for them are a lower bound. Both sets are ours, and no user's: real messages differ from both.\n\n"
        f"```\n{figures}\n```\n"
    )


def main() -> None:
    """Prints the figures."""
    warnings.simplefilter("error")
    measure()


if __name__ == "__main__":
    main()
