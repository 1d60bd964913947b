"""Training is reproducible, and what it gives carries over to calls by an author it has not seen."""

from pathlib import Path

import pytest

from core.analysis import Kind
from evals.crossing import Crossed, cross_fit
from evals.labelled import SCENES, read_calls, read_scenes
from evals.material import FOLDS, Material, gather
from evals.report import report
from evals.run import precision_recall, scores_by_author, unseen
from evals.score import add_up
from evals.train import learn

FEW = frozenset({"1", "2", "3", "4"})
"""One author of each fold: enough to fit all there is to fit."""


@pytest.fixture(scope="module")
def material() -> Material:
    return gather(tuple(call for call in read_calls() if call.group in FEW))


@pytest.fixture(scope="module")
def crossed(material: Material) -> Crossed:
    return cross_fit(material)


def test_every_corpus_call_and_scene_can_be_read_and_stands_in_one_fold() -> None:
    calls, scenes = read_calls(), read_scenes()
    assert len(calls) == 228
    authors = [author for fold in FOLDS for author in fold]
    assert sorted(authors) == sorted({call.group for call in calls})
    assert {scene.group for scene in scenes} == {SCENES}
    assert {kind for call in calls for line in call.kinds for kind in line} == set(Kind)


def test_training_twice_writes_the_same_bytes(material: Material, crossed: Crossed, tmp_path: Path) -> None:
    for name in ("one.npz", "two.npz"):
        learn(material, crossed, crossed.models[0]).save(tmp_path / name)
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()


def test_unseen_authors_calls_are_read_well_enough_and_every_item_is_grounded(
    material: Material, crossed: Crossed
) -> None:
    read = unseen(material, crossed)
    by_author = scores_by_author(read)
    total = add_up(score for scores in by_author.values() for score in scores)
    assert total.macro_f1 is not None
    assert total.macro_f1 > 0.5
    steps = total.kinds[Kind.NEXT_STEP].f1
    assert steps is not None
    assert steps > 0.75
    assert total.grounded.share == 1
    sure = total.micro_sure.precision
    assert sure is not None
    assert sure > 0.8
    assert "next_step" in report(by_author)
    assert precision_recall(read).count("<polyline") == len(Kind)
