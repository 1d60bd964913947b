"""The figures as a table for people: what each way to search found, and what both together gain on the better one."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from evals.recall.metrics import Ranking, interval, ndcg_at, recall_at
from evals.recall.questions import Question

Measured = Callable[[Ranking, int], float]

FIGURES: Mapping[str, Measured] = {
    "R@5": lambda ranking, golds: recall_at(ranking, golds, 5),
    "R@10": lambda ranking, golds: recall_at(ranking, golds, 10),
    "nDCG@10": lambda ranking, golds: ndcg_at(ranking, golds, 10),
    "15 shown": lambda ranking, golds: recall_at(ranking, golds, 15),
}
*COMPARED, SHOWN = FIGURES
"""Figures of the hits, and the one of what is shown: five hits and their neighbours, or fewer that show more."""


@dataclass(frozen=True)
class Way:
    """What one way to search made of each question: the golds of each hit, and of each row that a reader is shown."""

    name: str
    found: Sequence[Ranking]
    shown: Sequence[Ranking]
    rivals: tuple[str, ...] = ()
    """The single ways that this one puts together."""


def table(title: str, questions: Sequence[Question], ways: Sequence[Way]) -> str:
    """A row for each way, then what those that put others together gain on the best of them."""
    heads = [f"{head:^17}" for head in FIGURES]
    held_out = [number for number, question in enumerate(questions) if question.held_out]
    lines = [f"{title}, {len(questions)} questions", f"{'':<22} {'  '.join(heads)}  held out: R@5 nDCG@10"]
    lines += [_row(way, questions, held_out) for way in ways]
    by_name = {way.name: way for way in ways}
    lines += [_gain(way, [by_name[name] for name in way.rivals], questions) for way in ways if way.rivals]
    return "\n".join(lines)


def by_style(questions: Sequence[Question], ways: Sequence[Way]) -> str:
    """R@5 of each way by how questions are put."""
    lines = []
    for style, numbers in _styles(questions).items():
        shares = (f"{way.name} {_average(_values(way.found, 'R@5', questions, numbers)):.3f}" for way in ways)
        lines.append(f"{f'{style} ({len(numbers)})':<18} R@5  {'  '.join(shares)}")
    return "\n".join(lines)


def _styles(questions: Sequence[Question]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for number, question in enumerate(questions):
        found.setdefault(question.style, []).append(number)
        if question.leans:
            found.setdefault("answer leans", []).append(number)
    return dict(sorted(found.items()))


def _row(way: Way, questions: Sequence[Question], held_out: Sequence[int]) -> str:
    everything = range(len(questions))
    cells = [_cell(_values(way.found, figure, questions, everything)) for figure in COMPARED]
    cells.append(_cell(_values(way.shown, SHOWN, questions, everything)))
    apart = [_average(_values(way.found, figure, questions, held_out)) for figure in ("R@5", "nDCG@10")]
    return f"{way.name:<22} {'  '.join(cells)}      {apart[0]:.3f} {apart[1]:.3f}"


def _gain(way: Way, rivals: Sequence[Way], questions: Sequence[Question]) -> str:
    """For each figure by how much the way is above the best of its rivals, question by question."""
    parts = []
    for figure in COMPARED:
        own = _values(way.found, figure, questions, range(len(questions)))
        others = [_values(rival.found, figure, questions, range(len(questions))) for rival in rivals]
        best = max(others, key=_average)
        gains = {place: [a - b for a, b in zip(own[place], best[place], strict=True)] for place in own}
        low, high = interval(gains)
        parts.append(f"{figure} {_average(gains):+.3f} [{low:+.3f}, {high:+.3f}]")
    return f"  {way.name} above the better single: {'  '.join(parts)}"


Values = dict[str, list[float]]
"""Figures of questions by where they are asked."""


def _values(found: Sequence[Ranking], figure: str, questions: Sequence[Question], numbers: Iterable[int]) -> Values:
    values: Values = {}
    for number in numbers:
        question = questions[number]
        value = FIGURES[figure](found[number], len(question.gold))
        values.setdefault(question.place, []).append(value)
    return values


def _average(values: Values) -> float:
    each = [value for of_place in values.values() for value in of_place]
    return sum(each) / len(each)


def _cell(values: Values) -> str:
    low, high = interval(values)
    return f"{_average(values):.3f} [{low:.2f}, {high:.2f}]"
