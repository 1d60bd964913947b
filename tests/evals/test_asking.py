"""Questions are judged by what was learnt from others, and training gives the same bytes each time."""

from pathlib import Path

import numpy as np
import pytest

from evals.asking.fitting import fit
from evals.asking.sentences import looked_at, read_sentences
from evals.asking.train import vectors_of
from nodes.understanding.classifier.heads import HEADS
from nodes.understanding.classifier.learnt import save, shipped_classifier


def test_there_are_sentences_of_every_class_and_none_is_learnt_and_measured() -> None:
    learnt, held = read_sentences(), read_sentences("heldout.jsonl")
    assert len(learnt) >= 1500
    assert len(held) >= 200
    assert not {one.text.lower() for one in learnt} & {one.text.lower() for one in held if len(one.text) > 12}
    for head in HEADS:
        classes = set(shipped_classifier().heads[head].classes)
        assert {label for one in learnt if (label := one.label(head))} == classes
        assert {label for one in held if (label := one.label(head))} <= classes


def test_sentences_of_one_form_stand_in_one_fold() -> None:
    folds: dict[str, set[int]] = {}
    for one in read_sentences():
        folds.setdefault(one.group, set()).add(one.fold)
    assert {len(found) for found in folds.values()} == {1}


def test_sentences_written_apart_are_judged_well_enough_by_words_alone() -> None:
    classifier = shipped_classifier()
    held = looked_at(read_sentences("heldout.jsonl"))
    right = [classifier.judge(one.known, heads=("kind",)).best("kind") == one.sentence.kind for one in held]
    assert np.mean(right) > 0.8


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_training_twice_writes_the_same_bytes(tmp_path: Path) -> None:
    looked = looked_at(read_sentences()[::40])
    for name in ("one.npz", "two.npz"):
        save(fit(looked, vectors_of(looked)), tmp_path / name)
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()
