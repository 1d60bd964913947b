"""A table for Slack: as a `data_table` that people sort and page through, or as text that every client shows.

Slack's SDK has no class for a data table yet, so it is a plain dictionary; its limits are those of Slack's reference:
a head and 1 to 100 rows, 20 columns, 10,000 letters in all cells.
"""

from collections.abc import Sequence
from typing import Any, Final

from core.links import goes_to_allowed
from nodes.chat.shape import Cell, Column, Table
from nodes.chat.tables import as_text, harmless
from tools.slack.port import Block
from tools.slack.text import SECTION_LIMIT, escape

MOST_ROWS: Final = 100
MOST_COLUMNS: Final = 20
MOST_LETTERS: Final = 10_000
PAGE: Final = 10
CELL: Final = 80
"""Letters of a cell."""
EMPTY: Final = "–"
"""What stands in an empty cell: Slack wants a letter in each."""
FENCE: Final = "```"
AROUND: Final = 3
"""Lines of a table as text that are no rows: its head, the rule below it, and the totals."""
NOTE: Final = 40
"""Letters for saying how many rows are not shown."""


def data_table(table: Table, caption: str, hosts: frozenset[str], room: int) -> tuple[Block, int]:
    """The table in at most so many letters, with links to these hosts only, and how many of its rows it shows.

    Its totals are not in it: who sorts the rows would carry them away (`below` tells them).
    """
    columns = table.columns[:MOST_COLUMNS]
    head = [_text(column.label) for column in columns]
    rows = [[_cell(cell, column, hosts) for cell, column in zip(row, columns, strict=False)] for row in table.rows]
    shown = _fitting(rows[:MOST_ROWS], min(room, MOST_LETTERS) - sum(len(cell["text"]) for cell in head))
    block = {
        "type": "data_table",
        "caption": harmless(caption, CELL) or EMPTY,
        "page_size": min(PAGE, max(1, len(shown))),
        "rows": [head, *shown],
    }
    return block, len(shown)


def text_table(table: Table, room: int) -> str | None:
    """The table in a block of letters of one width, with as many rows as fit; None where not even one does."""
    most = min(room, SECTION_LIMIT) - 2 * len(FENCE) - NOTE
    longest = max(len(escape(line)) + 1 for line in as_text(table, MOST_ROWS).splitlines())
    rows = min(len(table.rows), MOST_ROWS, most // longest - AROUND)
    return f"{FENCE}\n{escape(as_text(table, rows))}\n{FENCE}" if rows > 0 else None


def below(table: Table, shown: int) -> str | None:
    """What is told below a data table: its totals, and how much of it is not shown."""
    pairs = zip(table.columns, table.totals or (), strict=False)
    totals = [
        f"{harmless(column.label)} {harmless(cell.text)}" for column, cell in pairs if column.number and cell.text
    ]
    left = table.more + len(table.rows) - shown
    hidden = len(table.columns) - MOST_COLUMNS
    parts = [
        f"In all: {', '.join(totals)}" if totals else "",
        f"{left:,} more not shown" if left else "",
        f"{hidden} more columns not shown" if hidden > 0 else "",
    ]
    return escape(" · ".join(part for part in parts if part)) or None


def _fitting(rows: Sequence[list[Block]], room: int) -> list[list[Block]]:
    """The first rows that have room."""
    kept: list[list[Block]] = []
    for row in rows:
        room -= sum(_letters(cell) for cell in row)
        if room < 0:
            break
        kept.append(row)
    return kept


def _cell(cell: Cell, column: Column, hosts: frozenset[str]) -> Block:
    text = harmless(cell.text, CELL) or EMPTY
    if cell.link and goes_to_allowed(cell.link, hosts):
        element = {"type": "link", "url": cell.link, "text": text}
        section = {"type": "rich_text_section", "elements": [element]}
        return {"type": "rich_text", "elements": [section]}
    if column.number and isinstance(cell.value, int | float):
        return {"type": "raw_number", "value": cell.value, "text": text}
    return _text(text)


def _text(text: str) -> dict[str, Any]:
    return {"type": "raw_text", "text": harmless(text, CELL) or EMPTY}


def _letters(cell: Block) -> int:
    if cell["type"] == "rich_text":
        return sum(len(element["text"]) for section in cell["elements"] for element in section["elements"])
    return len(cell["text"])
