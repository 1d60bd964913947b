"""The figures of many calls as a table for people: every kind, what is sure, and each author."""

from collections.abc import Mapping

from evals.score import Accuracy, Counts, Score, add_up


def report(by_group: Mapping[str, tuple[Score, ...]]) -> str:
    """Every kind over all calls, then each author."""
    total = add_up(score for scores in by_group.values() for score in scores)
    lines = [f"{'all that is told':<16}     P     R    F1   right wrong missed      sure:  P     R   right wrong"]
    lines += [_row(kind.value, counts, total.sure[kind]) for kind, counts in total.kinds.items()]
    lines.append(_row("all (micro)", total.micro, total.micro_sure))
    lines.append(f"macro F1 {_share(total.macro_f1)}")
    lines.append(
        f"owner {_accuracy(total.owner)}  due {_accuracy(total.due)} (with a date {_accuracy(total.due_dated)})  "
        f"sentiment {_accuracy(total.sentiment)}, sure {_accuracy(total.sure_sentiment)}  "
        f"direction {_accuracy(total.direction)}"
    )
    lines.append(
        f"withdrawn steps told as live {total.withdrawn_as_live}, recognised {total.withdrawn_recognised}; "
        f"look-alikes reported {total.distractors}; grounded {_accuracy(total.grounded)}"
    )
    orders = total.orders
    lines.append(
        f"instructions to software: right {orders.right}, wrong {orders.wrong}, missed {orders.missed}; "
        f"nothing sure told of calls that hold nothing {_accuracy(total.abstained)}"
    )
    lines += [_author(group, add_up(scores)) for group, scores in sorted(by_group.items(), key=_in_number)]
    return "\n".join(lines)


def _in_number(entry: tuple[str, object]) -> int:
    return int(entry[0])


def _row(name: str, counts: Counts, sure: Counts) -> str:
    figures = " ".join(f"{_share(figure):>5}" for figure in (counts.precision, counts.recall, counts.f1))
    sure_figures = " ".join(f"{_share(figure):>5}" for figure in (sure.precision, sure.recall))
    return (
        f"{name:<16} {figures}   {counts.right:5} {counts.wrong:5} {counts.missed:6}      "
        f"     {sure_figures}   {sure.right:5} {sure.wrong:5}"
    )


def _author(group: str, score: Score) -> str:
    kinds = " ".join(f"{kind[:5]} {_share(counts.f1)}" for kind, counts in score.kinds.items())
    return (
        f"author {group}xx ({score.calls} calls): macro {_share(score.macro_f1)} | {kinds} | "
        f"owner {_accuracy(score.owner)} due {_accuracy(score.due)} sentiment {_accuracy(score.sentiment)} "
        f"direction {_accuracy(score.direction)}"
    )


def _share(figure: float | None) -> str:
    return "-" if figure is None else f"{figure:.3f}"


def _accuracy(accuracy: Accuracy) -> str:
    return f"{_share(accuracy.share)} ({accuracy.right}/{accuracy.total})"
