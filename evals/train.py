"""Trains what the extractive analyst learns: `python -m evals.train` writes its model file again, byte for byte.

scikit-learn fits linear models for everything (needed here only). Each value that depends on scores (bars, weights of
the two looks, the judge of vendor names, the two classifiers of whole calls) is learnt from scores for calls of authors
whom the scoring models have not seen, for that is how it will be in use. The encoder is trained apart, with torch, by
`python -m evals.encoder`, which also leaves its values for unseen authors here (second_looks.npz).
"""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace

from core.analysis import Kind
from evals.bars import bar_of
from evals.crossing import Crossed, cross_fit
from evals.labelled import Labelled, read_calls, read_scenes
from evals.looks import likely_from, tables_of, weight_of
from evals.material import Material, gather
from evals.sentences import KINDS, fit_sentences
from evals.vendors import fit_vendor
from evals.whole_calls import class_bar, fit_classes, untaught
from nodes.call_analysis.extractive.analyst import items_of
from nodes.call_analysis.extractive.bars import Bar
from nodes.call_analysis.extractive.learnt import PATH, Learnt
from nodes.call_analysis.extractive.model import Model
from nodes.call_analysis.extractive.scoring import above_the_bar
from nodes.call_analysis.extractive.verdict import signs_of

SENTIMENT_STRENGTH, DIRECTION_STRENGTH = 0.5, 1.0
"""Inverse regularisation of the classifiers of whole calls."""


def learn(material: Material, crossed: Crossed, sentences: Model) -> Learnt:
    """Everything that goes with a linear model, from the crossed scores of the material's calls."""
    calls = material.calls
    likely = likely_from(calls, crossed)
    weight = weight_of(calls, crossed, likely)
    tables = tables_of(calls, crossed, likely, weight)
    bars: dict[str, Bar] = {kind.value: bar_of(kind, calls, tables) for kind in Kind}
    common = _common_words(material)
    scores = [above_the_bar(c.dialogue, table, bars, KINDS) for c, table in zip(calls, tables, strict=True)]
    vendor, bars["vendor"] = fit_vendor(calls, [found[Kind.COMPETITOR] for found in scores], common)
    nothing = untaught("unknown")
    draft = Learnt(sentences, likely, weight, bars, vendor, nothing, nothing, common)
    return _with_whole_calls(draft, calls, scores)


def _with_whole_calls(draft: Learnt, calls: Sequence[Labelled], scores: Sequence[Mapping[str, list[float]]]) -> Learnt:
    signs = [
        signs_of(call.dialogue, items_of(call.dialogue, found, draft), found)
        for call, found in zip(calls, scores, strict=True)
    ]
    golds = [call.gold for call in calls if call.gold is not None]
    moods, ways = [gold.sentiment for gold in golds], [gold.deal_stage_direction for gold in golds]
    groups = [call.group for call in calls]
    return replace(
        draft,
        sentiment=fit_classes(signs, moods, SENTIMENT_STRENGTH),
        direction=fit_classes(signs, ways, DIRECTION_STRENGTH),
        bars={
            **draft.bars,
            "sentiment": class_bar(signs, moods, groups, SENTIMENT_STRENGTH),
            "direction": class_bar(signs, ways, groups, DIRECTION_STRENGTH),
        },
    )


def _common_words(material: Material) -> frozenset[str]:
    """Words heard in lower case: one that opens a sentence with a capital is no name."""
    return frozenset(
        word.strip(".,;:!?…\"“”'")
        for source in material.sources
        for line in source.dialogue.lines
        for word in line.text.replace("’", "'").split()[1:]
        if word[:1].islower()
    ) - {""}


def main() -> None:
    """Fits on everything and writes the model file."""
    warnings.simplefilter("error")
    material = gather((*read_calls(), *read_scenes()))
    print(f"scoring {len(material.calls)} calls by models that have not seen their authors ...", flush=True)
    crossed = cross_fit(material)
    learn(material, crossed, fit_sentences(material)).save()
    print(f"{PATH.name}: {PATH.stat().st_size / 1e6:.2f} MB from {len(material.calls)} calls")


if __name__ == "__main__":
    main()
