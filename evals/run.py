"""Measures the extractive analyst on the labelled calls: `python -m evals`.

By default every author is left out once: the analyst that reads an author's calls has learnt, thresholds and all,
from the other authors' alone, so the figures say how well it carries over to another hand. `--shipped` measures the
model file as it ships, which has seen these calls, and says only that it is in order.
"""

import argparse
from collections.abc import Iterable, Mapping

from evals.labelled import SCENES, Labelled, read_calls, read_scenes
from evals.score import Accuracy, Counts, Score, add_up, score_call
from evals.train import Material, fit, gather
from nodes.call_analysis.extractive import ExtractiveAnalyst
from nodes.call_analysis.extractive.learnt import learnt
from nodes.call_analysis.verify import verify


def cross_validated(material: Material) -> dict[str, tuple[Score, ...]]:
    """Scores by author, each by an analyst that has not seen the author."""
    groups = [group for group in material.groups if group != SCENES]
    return {
        group: scores_by(ExtractiveAnalyst(fit(material.of(without=group))), material.only(group).calls)
        for group in groups
    }


def shipped(calls: Iterable[Labelled]) -> dict[str, tuple[Score, ...]]:
    """Scores by author of the analyst as it ships."""
    analyst = ExtractiveAnalyst(learnt())
    by_group: dict[str, list[Labelled]] = {}
    for call in calls:
        by_group.setdefault(call.group, []).append(call)
    return {group: scores_by(analyst, members) for group, members in by_group.items()}


def scores_by(analyst: ExtractiveAnalyst, calls: Iterable[Labelled]) -> tuple[Score, ...]:
    """The score of each call."""
    return tuple(_score(analyst, call) for call in calls)


def _score(analyst: ExtractiveAnalyst, labelled: Labelled) -> Score:
    if labelled.gold is None:
        raise ValueError(f"{labelled.name} has no labels to be measured by")
    call = labelled.dialogue.call
    analysis = analyst.analyse(call, labelled.transcript)
    return score_call(labelled.gold, verify(analysis, call, labelled.transcript))


def report(by_group: Mapping[str, tuple[Score, ...]]) -> str:
    """The figures as a table: every kind over all calls, then each author."""
    total = add_up(score for scores in by_group.values() for score in scores)
    lines = [f"{'kind':<14} {'P':>5} {'R':>5} {'F1':>5}   right wrong missed"]
    lines += [_row(kind, counts) for kind, counts in total.kinds.items()]
    lines.append(_row("all (micro)", total.micro))
    lines.append(f"macro F1 {_share(total.macro_f1)}")
    lines.append(
        f"owner {_accuracy(total.owner)}  due {_accuracy(total.due)} (with a date {_accuracy(total.due_dated)})  "
        f"sentiment {_accuracy(total.sentiment)}  direction {_accuracy(total.direction)}"
    )
    lines.append(
        f"withdrawn steps told as live {total.withdrawn_as_live}, recognised {total.withdrawn_recognised}; "
        f"look-alikes reported {total.distractors}"
    )
    lines += [_author(group, add_up(scores)) for group, scores in sorted(by_group.items())]
    return "\n".join(lines)


def _row(name: str, counts: Counts) -> str:
    figures = " ".join(f"{_share(figure):>5}" for figure in (counts.precision, counts.recall, counts.f1))
    return f"{name:<14} {figures}   {counts.right:5} {counts.wrong:5} {counts.missed:6}"


def _author(group: str, score: Score) -> str:
    kinds = " ".join(f"{kind[:5]} {_share(counts.f1)}" for kind, counts in score.kinds.items())
    calls = f"owner {_accuracy(score.owner)} due {_accuracy(score.due)} sentiment {_accuracy(score.sentiment)}"
    return (
        f"author {group}xx ({score.calls} calls): macro {_share(score.macro_f1)} | {kinds} | {calls} "
        f"direction {_accuracy(score.direction)}"
    )


def _share(figure: float | None) -> str:
    return "-" if figure is None else f"{figure:.3f}"


def _accuracy(accuracy: Accuracy) -> str:
    return f"{_share(accuracy.share)} ({accuracy.right}/{accuracy.total})"


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(prog="python -m evals", description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--shipped", action="store_true", help="measure the model file as it ships, on calls it has seen"
    )
    if parser.parse_args().shipped:
        print(report(shipped(read_calls())))
    else:
        print(report(cross_validated(gather((*read_calls(), *read_scenes())))))


if __name__ == "__main__":
    main()
