"""An answer on a terminal: its words as they come, its table, its sources."""

import sys
from collections.abc import Callable

from rich.table import Table as RichTable
from rich.text import Text

from api.ask_live import LiveRegion
from api.terminal import notices, plain, results
from nodes.chat.composing import text_of
from nodes.chat.events import TurnEvent, unheard
from nodes.chat.shape import AgentReply, Citation, Table, TurnAnswer
from nodes.chat.tables import only_repeats, without_empty
from nodes.chat.telling import worth_showing


class Screen:
    """Hears of a turn while it goes on, and shows its answer. A quiet one shows nothing before the answer."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._region = None if quiet or not sys.stderr.isatty() else LiveRegion(notices())

    @property
    def tell(self) -> Callable[[TurnEvent], None]:
        """Who hears of the turn while it goes on: nobody where nobody watches, and the answer is made as a whole."""
        return unheard if self._region is None else self._region.hear

    def show(self, answer: TurnAnswer) -> None:
        """The whole answer."""
        self.close()
        console = results()
        several = len(answer.replies) > 1 and any(reply.table for reply in answer.replies)
        if not several:
            console.print(Text(plain(answer.text)), soft_wrap=True)
        for reply in answer.replies:
            if several:
                console.print(Text(plain(text_of(reply))), soft_wrap=True)
            _show_table(reply)
        for citation in worth_showing(answer):
            console.print(Text(plain(_source(citation, answer.text)), style="dim"), soft_wrap=True)

    def close(self) -> None:
        """Ends what tells that something goes on."""
        if self._region is not None:
            self._region.close()


def _show_table(reply: AgentReply) -> None:
    """The table of a reply below its words, where it says more than they do."""
    if reply.table is not None and reply.table.rows and not only_repeats(reply.table, reply.text):
        results().print(_drawn(without_empty(reply.table)))
        _more(reply)


def _more(reply: AgentReply) -> None:
    if reply.table is not None and reply.table.more:
        results().print(Text(f"… and {reply.table.more} more", style="dim"))


def _drawn(table: Table) -> RichTable:
    drawn = RichTable()
    for column in table.columns:
        drawn.add_column(Text(plain(column.label)), justify="right" if column.number else "left")
    for row in table.rows:
        drawn.add_row(*(Text(plain(cell.text)) for cell in row))
    if table.totals:
        drawn.add_section()
        drawn.add_row(*(Text(plain(cell.text), style="bold") for cell in table.totals))
    return drawn


def _source(citation: Citation, text: str) -> str:
    """A source with its link; of a call with who said it and when, and the words where the answer has them not."""
    is_told = citation.quote is not None and citation.quote in text
    quote = f" “{citation.quote}”" if citation.quote and not is_told else ""
    if citation.kind == "record":
        return f"[{citation.number}] {citation.title}{quote}{f'  {citation.link}' if citation.link else ''}"
    when = f"{citation.at.day} {citation.at:%b %Y}" if citation.at else None
    about = ", ".join(part for part in (citation.speaker, when, citation.minute) if part)
    link = f"\n    {citation.link}" if citation.link else ""
    return f"[{citation.number}] {citation.title}{f' ({about})' if about else ''}{quote}{link}"
