"""Training is reproducible, and what it gives carries over to calls by an author it has not seen."""

from pathlib import Path

import pytest

from core.analysis import Kind
from evals.labelled import SCENES, read_calls, read_scenes
from evals.run import report, scores_by
from evals.score import add_up
from evals.train import Material, fit, gather
from nodes.call_analysis.extractive import ExtractiveAnalyst


@pytest.fixture(scope="module")
def material() -> Material:
    return gather((*read_calls(), *read_scenes()))


def test_every_corpus_call_and_scene_can_be_read(material: Material) -> None:
    assert len(material.calls) == 61
    assert set(material.groups) == {"1", "2", "3", "4", "5", SCENES}
    assert {kind for source in material.sources for line in source.kinds for kind in line} == set(Kind)


def test_training_twice_writes_the_same_bytes(material: Material, tmp_path: Path) -> None:
    small = material.of(without="1").of(without="2").of(without="3")
    fit(small).save(tmp_path / "one.npz")
    fit(small).save(tmp_path / "two.npz")
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()


def test_an_unseen_authors_calls_are_read_well_enough(material: Material) -> None:
    analyst = ExtractiveAnalyst(fit(material.of(without="3")))
    scores = scores_by(analyst, material.only("3").calls)
    total = add_up(scores)
    assert total.macro_f1 is not None
    assert total.macro_f1 > 0.5
    steps = total.kinds[Kind.NEXT_STEP].f1
    assert steps is not None
    assert steps > 0.7
    assert "next_step" in report({"3": scores})
