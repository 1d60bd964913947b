"""An answer as plain text: its words, its table and its sources. Doors that can do better show it themselves."""

from collections.abc import Sequence

from nodes.chat.shape import Citation, Table, TurnAnswer


def as_text(answer: TurnAnswer, rows: int = 10) -> str:
    """The whole answer in words, with at most so many rows of each table and without links."""
    tables = [table_text(reply.table, rows) for reply in answer.replies if reply.table]
    return "\n\n".join(part for part in (answer.text, *tables) if part)


def table_text(table: Table, rows: int) -> str:
    """A table as Markdown, with what is not shown told below."""
    head = [column.label for column in table.columns]
    shown = table.rows[:rows]
    lines = [_row(head), _row(["---"] * len(head)), *(_row([cell.text for cell in row]) for row in shown)]
    if table.totals:
        lines.append(_row([cell.text for cell in table.totals]))
    more = table.more + len(table.rows) - len(shown)
    return "\n".join([*lines, *([f"… and {more} more"] if more else [])])


def sources_text(citations: Sequence[Citation]) -> str:
    """The sources, one on each line, by their numbers."""
    return "\n".join(_source(citation) for citation in citations)


def _source(citation: Citation) -> str:
    when = f"{citation.at:%d %b %Y}" if citation.at else None
    about = ", ".join(part for part in (citation.speaker, when, citation.minute) if part)
    said = f" “{citation.quote}”" if citation.quote else ""
    link = f" {citation.link}" if citation.link else ""
    return f"[{citation.number}] {citation.title}{f' ({about})' if about else ''}{said}{link}"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(_cell(cell) for cell in cells)} |"


def _cell(text: str) -> str:
    """The text without what would end its cell."""
    return " ".join(text.replace("|", "¦").split())
