"""What `sophia reanalyze` shows a person; what comes from calls is shown as plain text."""

from collections import Counter
from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from api.reanalysis import Previewed, Redone, Stale
from nodes.call_analysis.difference import Difference
from nodes.showing import day, shorten

CELL = 110
"""Characters of one cell."""


def preview_tables(previewed: Sequence[Previewed]) -> Iterator[RenderableType]:
    """The difference of each call and, last, how many there are of each."""
    for each in previewed:
        yield Text(_title(each.stale), style="bold")
        if each.difference is None:
            yield Text(f"  no new analysis: {each.refused}")
        else:
            yield from _difference(each.difference)
            yield from (Text(f"  would write, if the rules allow: {line}") for line in each.writes)
    changes = Counter(item.change for each in previewed if each.difference for item in each.difference.items)
    told = ", ".join(f"{count} {change}" for change, count in sorted(changes.items())) or "no finding changed"
    yield Text(f"{len(previewed)} calls would be analysed anew: {told}. Nothing was stored.")


def redone_table(redone: Sequence[Redone]) -> Table:
    """What became of each call."""
    table = _table("call", "because of", "result", "reason")
    for each in redone:
        cells = (_name(each.stale), ", ".join(each.stale.reasons), each.result.replace("_", " "), each.reason or "")
        table.add_row(*map(_cell, cells))
    return table


def _difference(found: Difference) -> Iterator[RenderableType]:
    if found.is_none:
        yield Text("  says the same")
        return
    pairs = (("sentiment", found.sentiment), ("direction", found.direction), ("summary", found.summary))
    for name, pair in pairs:
        if pair is not None:
            yield Text(f"  {name}: {shorten(pair[0], CELL)} -> {shorten(pair[1], CELL)}")
    if found.items:
        table = _table("change", "kind", "was", "now", "quote")
        for item in found.items:
            table.add_row(*map(_cell, (item.change, item.kind, item.was or "", item.now or "", item.quote)))
        yield table


def _title(stale: Stale) -> str:
    return f"{_name(stale)}: {', '.join(stale.reasons)}"


def _name(stale: Stale) -> str:
    when = f"{day(stale.started)} " if stale.started else ""
    return f"{when}{stale.name} ({stale.call_id})"


def _cell(text: str) -> Text:
    return Text(shorten(text, CELL))


def _table(*columns: str) -> Table:
    table = Table(highlight=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table
