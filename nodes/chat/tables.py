"""A table as plain text that every place shows well: columns set out, and no cell in which is more than a text."""

import re
from collections.abc import Sequence
from typing import Final

from nodes.chat.shape import Column, Table
from nodes.querying.plain import ADDRESS, LINK_LEFT_OUT

WIDEST: Final = 40
"""Letters of a cell: four of them stand beside each other on a phone that is turned."""

LONGEST_READ: Final = 400
"""Letters of a cell that are looked at: what is left out makes it shorter, and no search in a long one is quick."""

MARKS: Final = str.maketrans(
    {"|": "/", "`": "'", "*": "·", "~": "-", "<": "‹", ">": "›", "[": "(", "]": ")", "\\": "/", "#": "№"}
)
"""What a message could take for more than a letter, and what stands there instead."""


def as_text(table: Table, rows: int | None = None, widest: int = WIDEST) -> str:
    """The table with its columns one below the other, numbers to the right; then what is not shown.

    At most so many `rows`, all that it has where none are named, and no cell with more than `widest` letters.
    """
    shown = [[harmless(cell.text, widest) for cell in row] for row in table.rows[:rows]]
    totals = [[harmless(cell.text, widest) for cell in table.totals]] if table.totals else []
    head = [harmless(column.label, widest) for column in table.columns]
    widths = [max(len(row[at]) for row in (head, *shown, *totals)) for at in range(len(head))]
    lines = [_line(row, table.columns, widths) for row in (head, *shown, *totals)]
    rule = "|".join(["", *(_rule(column, width) for column, width in zip(table.columns, widths, strict=True)), ""])
    left = table.more + len(table.rows) - len(shown)
    return "\n".join([lines[0], rule, *lines[1:], *([f"… and {left:,} more"] if left else [])])


def without_empty(table: Table) -> Table:
    """The table without columns in which nothing stands; the first one stays."""
    lines = [*table.rows, *([table.totals] if table.totals else [])]
    kept = [at for at in range(len(table.columns)) if not at or any(line[at].text for line in lines)]
    return table.model_copy(
        update={
            "columns": tuple(table.columns[at] for at in kept),
            "rows": tuple(tuple(row[at] for at in kept) for row in table.rows),
            "totals": tuple(table.totals[at] for at in kept) if table.totals else None,
        }
    )


def only_repeats(table: Table, text: str) -> bool:
    """Whether a table of one row says no more than the text above it."""
    return len(table.rows) == 1 and not table.more and all(cell.text in text for cell in table.rows[0])


def harmless(text: str, widest: int = WIDEST) -> str:
    """A text in one line that is no link, mark or column of a table, cut to `widest` letters."""
    plain = "".join(letter if letter.isprintable() else " " for letter in text[:LONGEST_READ])
    plain = " ".join(ADDRESS.sub(LINK_LEFT_OUT, plain).translate(MARKS).split())
    plain = re.sub(r"(?<!\w)_+|_+(?!\w)", "", plain)
    return plain if len(plain) <= widest else f"{plain[: widest - 1].rstrip()}…"


def _line(row: Sequence[str], columns: Sequence[Column], widths: Sequence[int]) -> str:
    padded = [
        text.rjust(width) if column.number else text.ljust(width)
        for text, column, width in zip(row, columns, widths, strict=True)
    ]
    return f"| {' | '.join(padded)} |"


def _rule(column: Column, width: int) -> str:
    """Three hyphens at least, or it is no table."""
    line = "-" * (width + 2)
    return f"{line[:-1]}:" if column.number else line
