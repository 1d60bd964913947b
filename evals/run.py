"""Measures the call analysts on the labelled calls, and what memory recalls: `python -m evals`.

Each call is read by an analyst that has not seen its author: sentence models, bars, and judges of vendors, sentiment
and direction are learnt from the other folds of authors (material.py). The table is printed and, with the chart,
written to docs/, so that a change which lowers a figure shows in its review. `--shipped` measures the files as they
ship, which have seen these calls, and says only that they are in order. `--model` has the owner's model judge too.
"""

import argparse
import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from core.analysis import CallAnalysis, Kind
from evals.asking import run as asking
from evals.bars import PRECISION
from evals.crossing import Crossed, Remembered, cross_fit
from evals.curve import chart
from evals.labelled import Labelled, read_calls, read_scenes
from evals.matching import match_items
from evals.material import FOLDS, Material, gather
from evals.recall import run as recall
from evals.report import report
from evals.score import Score, score_call, without_orders
from evals.train import learn
from nodes.call_analysis.extractive import ExtractiveAnalyst
from nodes.call_analysis.verify import verify

DOCS = Path(__file__).parent.parent / "docs"
Read = tuple[Labelled, CallAnalysis]
Extract = Callable[[Labelled], CallAnalysis]


def unseen(material: Material, crossed: Crossed) -> list[Read]:
    """Every call with its analysis by an analyst that has not seen its author."""
    return [(call, analyst(call)) for analyst, calls in unseen_analysts(material, crossed) for call in calls]


def unseen_analysts(material: Material, crossed: Crossed) -> list[tuple[Extract, tuple[Labelled, ...]]]:
    """For each fold of authors the analyst that has not seen them, and their calls."""
    found: list[tuple[Extract, tuple[Labelled, ...]]] = []
    for fold, sentences in zip(FOLDS, crossed.models, strict=True):
        calls = material.only(fold).calls
        knowledge = learn(material.without(fold), crossed, sentences)
        found.append((extractor(ExtractiveAnalyst(knowledge, Remembered(calls, crossed.second))), calls))
    return found


def extractor(analyst: ExtractiveAnalyst) -> Extract:
    """The analyst as a function of a labelled call."""
    return lambda call: verify(
        analyst.analyse(call.dialogue.call, call.transcript), call.dialogue.call, call.transcript
    )


def scores_by_author(read: Iterable[Read]) -> dict[str, tuple[Score, ...]]:
    """The score of each call, by author."""
    found: dict[str, tuple[Score, ...]] = {}
    for call, analysis in read:
        if call.gold is None:
            raise ValueError(f"{call.name} has no labels to be measured by")
        found[call.group] = (*found.get(call.group, ()), score_call(call.gold, analysis, call.transcript))
    return found


def precision_recall(read: Sequence[Read]) -> str:
    """The chart of all kinds, by the confidence of what was told."""
    told: Mapping[Kind, list[tuple[float, bool]]] = {kind: [] for kind in Kind}
    labelled = dict.fromkeys(Kind, 0)
    for call, analysis in read:
        if call.gold is None:
            continue
        matching = match_items(call.gold, without_orders(analysis))
        for pair in matching.matched:
            told[pair.found.kind].append((pair.found.confidence, True))
            labelled[pair.gold.kind] += 1
        for wrong in matching.wrong:
            told[wrong.found.kind].append((wrong.found.confidence, False))
        for missed in matching.missed:
            labelled[missed.kind] += 1
    return chart(told, labelled, PRECISION)


def measure(with_model: bool) -> None:
    """Prints the figures for unseen authors, and writes them to docs/."""
    material = gather((*read_calls(), *read_scenes()))
    print(f"fitting {len(FOLDS)} times, each without some authors of {len(material.calls)} calls ...", flush=True)
    crossed = cross_fit(material)
    if with_model:
        from evals.judged import judged_by_model

        read = asyncio.run(judged_by_model(unseen_analysts(material, crossed)))
        print(report(scores_by_author(read)))
        return
    read = unseen(material, crossed)
    table = report(scores_by_author(read))
    print(table)
    (DOCS / "precision_recall.svg").write_text(precision_recall(read), encoding="utf-8")
    (DOCS / "quality.md").write_text(page(table), encoding="utf-8")


def page(table: str) -> str:
    """The page of figures in docs/."""
    return (
        "# How well calls are read\n"
        "Made by `make eval`; counted by the rules of [evals/LABELS.md](../evals/LABELS.md), on calls of authors that "
        "the analyst has not learnt from. What is *sure* is acted on without a person and must hold at precision "
        f"{PRECISION:g}; the rest is shown as a candidate. How this is measured and how far to trust it stands in "
        "[evals/README.md](../evals/README.md).\n\n"
        f"```\n{table}\n```\n\n"
        "![Precision against recall by kind](precision_recall.svg)\n"
    )


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(prog="python -m evals", description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--shipped", action="store_true", help="measure the files as they ship, on calls they have seen"
    )
    parser.add_argument("--model", action="store_true", help="have the model of your settings judge the calls too")
    asked = parser.parse_args()
    if asked.shipped:
        extract = extractor(ExtractiveAnalyst())
        print(report(scores_by_author((call, extract(call)) for call in read_calls())))
    else:
        measure(asked.model)
        if not asked.model:
            recall.measure()
            asking.measure()


if __name__ == "__main__":
    main()
