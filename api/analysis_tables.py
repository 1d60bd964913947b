"""The analysis of one call for a person at a terminal: what is sure, what the deal is qualified by, what is possible.

What was said is shown as plain text: nothing in it is taken for markup.
"""

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from api.tables import table_of
from core.analysis import CallAnalysis, Finding, MeddpiccField, Proved, Qualification
from core.calls import Call
from nodes.showing import call_name, day, minute
from nodes.sure import ORDER_HEARD, candidates

POSSIBLE = "Possible, not sure enough to act on"
FIELDS = {field: field.value.replace("_", " ") for field in MeddpiccField}


def analysis_tables(call: Call, analysis: CallAnalysis) -> Iterator[RenderableType]:
    """What was found in a call, each item with its quote; what nothing is done about comes last, and dimmed."""
    yield Text(call_name(call), style="bold")
    yield Text(analysis.summary)
    yield Text(_overall(analysis))
    for note in analysis.notes:
        yield Text(f"Note: {note}")
    for order in (item for item in analysis.items if item.order):
        yield Text(f"{ORDER_HEARD}{_doubt(order)}: “{order.quote}” ({order.speaker or '?'}, {minute(order.start_ms)})")
    firm = [item for item in analysis.items if not item.candidate and not item.order]
    rows = [(minute(item.start_ms), item.kind.value, item.text, _who(item), _said(item)) for item in firm]
    yield table_of("Findings", ("at", "kind", "found", "who, by when", "quote"), rows, len(rows))
    if qualified := [field for field in analysis.meddpicc if not field.candidate]:
        yield _qualification(qualified)
    if possible := [found for found in candidates(analysis) if not (isinstance(found, Finding) and found.order)]:
        yield _possible(possible)


def _overall(analysis: CallAnalysis) -> str:
    sentiment, direction = analysis.sentiment, analysis.stage_direction
    mood = f"{sentiment.label}{' (possible, not sure)' if sentiment.candidate else ''}"
    return f"Sentiment {mood}, direction {direction.direction}."


def _doubt(order: Finding) -> str:
    return " (possible, not sure)" if order.candidate else ""


def _qualification(fields: Sequence[Qualification]) -> Table | Text:
    """The MEDDPICC fields in their usual order, each with all that the call says of it."""
    by_field = sorted(fields, key=lambda found: list(FIELDS).index(found.field))
    rows: list[tuple[str, ...]] = []
    for at, found in enumerate(by_field):
        is_first = at == 0 or by_field[at - 1].field is not found.field
        rows.append((FIELDS[found.field] if is_first else "", minute(found.start_ms), found.text, _said(found)))
    return table_of("MEDDPICC", ("field", "at", "found", "quote"), rows, len(rows))


def _possible(found: Sequence[Proved]) -> Table | Text:
    rows = [
        (minute(each.start_ms), _kind(each), each.text, f"{each.confidence:.0%}", _said(each))
        for each in sorted(found, key=lambda each: -each.confidence)
    ]
    table = table_of(POSSIBLE, ("at", "kind", "found", "confidence", "quote"), rows, len(rows))
    table.style = "dim"
    return table


def _kind(found: Proved) -> str:
    if isinstance(found, Qualification):
        return FIELDS[found.field]
    return found.kind.value if isinstance(found, Finding) else ""


def _said(found: Proved) -> str:
    return f"{found.speaker or '?'}: {found.quote}"


def _who(item: Finding) -> str:
    due = day(item.due) if item.due else None
    parts = (item.owner, due, item.severity, "withdrawn" if item.withdrawn else None)
    return ", ".join(part for part in parts if part)
