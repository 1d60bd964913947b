"""The table of an answer: the first records with the columns that matter, or one row for each group."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from core.query import ASSOCIATED, OF_COMPANY, OWNER, Query
from nodes.chat.shape import Cell, Column, Table
from nodes.querying.cells import cell, value_text
from nodes.querying.fields import FINDING, FINDING_TEXT, ID, Field
from nodes.querying.items import Item, Said
from nodes.querying.plain import money_text, number_text
from nodes.querying.reading import Portal
from nodes.querying.shape import Figure
from nodes.querying.totals import counted_of, money_in_all
from nodes.querying.used import DEFAULT_FIELDS, asked_fields, asks_findings
from nodes.querying.values import read_value
from nodes.showing import minute, shorten

MORE_COLUMNS: Final = 2
MOST_FINDINGS: Final = 3
QUOTE_LENGTH: Final = 100
POSSIBLE: Final = "possible"
"""The word for what was found and is not sure."""

ABOUT: Final = Field("about", "About", "link")
GROUPS: Final = {
    "owner": "Owner", "stage": "Stage", "month": "Month", "week": "Week", "quarter": "Quarter", "year": "Year",
}  # fmt: skip
WORDS: Final = {"count": "Count", "sum": "Total", "avg": "Average", "min": "Lowest", "max": "Highest"}


def columns_of(query: Query, portal: Portal) -> list[str]:
    """The usual fields that the portal has, and those that the query speaks of; not one that is the same in all."""
    usual = [name for name in DEFAULT_FIELDS[query.object] if name == "about" or name in portal.fields]
    hidden = {FINDING, FINDING_TEXT, ID, *ASSOCIATED}
    besides = sorted(asked_fields(query) - hidden - {*usual})
    asked = [name for name in besides if name in portal.fields and not name.startswith(OF_COMPANY)]
    pinned = {one.field for one in query.filters if one.op == "eq" and one.field in (OWNER, *ASSOCIATED)}
    return [name for name in [*usual, *asked[:MORE_COLUMNS]] if name not in pinned]


def record_table(query: Query, shown: Sequence[Item], items: Sequence[Item], portal: Portal) -> Table | None:
    """The records that are shown of all that there are, with what their amounts come to in all."""
    if not shown:
        return None
    names = columns_of(query, portal)
    columns = [_column(portal.fields.get(name, ABOUT)) for name in names]
    rows = [[cell(item, name, portal) for name in names] for item in shown]
    is_of_all = query.aggregate is not None or query.limit is None  # below the three largest it would pass for theirs
    counted = counted_of(query, items)
    totals = _totals(names, counted) if len(counted) > 1 and is_of_all else None
    before = query.skip if len(counted) == len(items) else 0
    if asks_findings(query):
        columns.append(Column(field=FINDING, label="What was said"))
        rows = [[*row, _said(item)] for row, item in zip(rows, shown, strict=True)]
        totals = None
    return Table(
        columns=tuple(columns),
        rows=tuple(tuple(row) for row in rows),
        totals=totals,
        more=0 if query.limit is not None and query.aggregate is None else len(counted) - len(shown) - before,
    )


def figure_table(query: Query, figures: Sequence[Figure], portal: Portal, most: int) -> Table | None:
    """One row for each group, in each currency; `more` are the groups that are left out."""
    aggregate = query.aggregate
    if aggregate is None or aggregate.by is None or not figures:
        return None
    field = portal.fields.get(aggregate.field or "")
    group = portal.fields.get(aggregate.by)
    label = GROUPS.get(aggregate.by) or (group.label if group else aggregate.by)
    columns = [Column(field=aggregate.by, label=label), Column(field="records", label="Count", number=True)]
    is_count = aggregate.fn == "count"
    if not is_count:
        columns.append(Column(field=aggregate.field or "", label=WORDS[aggregate.fn], number=True))
    rows = [_row(figure, field, portal, is_count) for figure in figures[:most]]
    return Table(columns=tuple(columns), rows=tuple(rows), more=max(0, len(figures) - most))


def figure_text(figure: Figure, field: Field | None, portal: Portal) -> str:
    """A figure as people read it."""
    value = figure.value
    if value is None:
        return "none"
    if isinstance(value, str):
        moment = read_value("moment", value)
        return value_text(moment, field, None, portal.zone) if moment is not None else value
    number = Decimal(str(value))
    return value_text(number, field, figure.currency, portal.zone) if field else number_text(number)


def _column(field: Field) -> Column:
    return Column(field=field.name, label=field.label, number=field.kind == "number")


def _row(figure: Figure, field: Field | None, portal: Portal, is_count: bool) -> tuple[Cell, ...]:
    records = figure.records + figure.without
    counted = Cell(text=f"{records:,}", value=records)
    head = (Cell(text=figure.label or "", value=figure.group), counted)
    return head if is_count else (*head, Cell(text=_told(figure, field, portal), value=figure.value))


def _told(figure: Figure, field: Field | None, portal: Portal) -> str:
    """The figure of a group; nothing where none of its records has a value."""
    return figure_text(figure, field, portal) if figure.records else ""


def _totals(names: Sequence[str], items: Sequence[Item]) -> tuple[Cell, ...] | None:
    """What the amounts come to, where there is one currency."""
    sums = money_in_all("amount", items) if "amount" in names else {}
    if len(sums) != 1:
        return None
    ((currency, amount),) = sums.items()
    cells = [Cell(text=money_text(amount, currency)) if name == "amount" else Cell(text="") for name in names]
    return (Cell(text="In all"), *cells[1:])


def _said(item: Item) -> Cell:
    """The first findings that are asked for, the sure ones before others, with a link to the place of the first."""
    found = [*item.said[:MOST_FINDINGS], *item.possible[:1]]
    if not found:
        return Cell(text="")
    told = [_told_finding(one) for one in found]
    more = len(item.said) + len(item.possible) - len(found)
    return Cell(text="; ".join([*told, *([f"{more} more"] if more else [])]), link=item.link_at(found[0]))


def _told_finding(said: Said) -> str:
    """What was found, by whom it was said and when; of what is only possible the very words, to judge by."""
    who = f"{said.speaker}, {minute(said.start_ms)}" if said.speaker else minute(said.start_ms)
    return f"{POSSIBLE}: “{shorten(said.quote, QUOTE_LENGTH)}” ({who})" if said.candidate else f"{said.text} ({who})"
