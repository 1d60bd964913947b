"""An answer as plain text: its words, its table and its sources. Doors that can do better show it themselves."""

from collections.abc import Sequence
from typing import Final

from nodes.chat import tables
from nodes.chat.shape import AgentReply, Citation, TurnAnswer

SOURCES: Final = 8
"""Sources that people are shown; JSON has them all."""


def as_text(answer: TurnAnswer, rows: int = 10) -> str:
    """The whole answer in words, with at most so many rows of each table and without links."""
    shown = [tables.as_text(reply.table, rows) for reply in answer.replies if reply.table]
    return "\n\n".join(part for part in (answer.text, *shown) if part)


def in_one(*remarks: str | None) -> str | None:
    """Remarks on what is old or missing as one, each once; None where there are none."""
    said = tuple(dict.fromkeys(one for one in remarks if one))
    return "; ".join([*(one.removesuffix(".") for one in said[:-1]), *said[-1:]]) or None


def sources_text(citations: Sequence[Citation]) -> str:
    """The sources, one on each line, by their numbers."""
    return "\n".join(_source(citation) for citation in citations)


def worth_showing(answer: TurnAnswer) -> tuple[Citation, ...]:
    """The sources that are worth a line: not the records of which there are only figures."""
    figured = {citation.id for reply in answer.replies if _is_figures(reply) for citation in reply.citations}
    worth = [one for one in answer.citations if one.kind != "record" or one.id not in figured]
    return tuple(worth[:SOURCES])


def _is_figures(reply: AgentReply) -> bool:
    return reply.query is not None and reply.query.aggregate is not None


def _source(citation: Citation) -> str:
    when = f"{citation.at:%d %b %Y}" if citation.at else None
    about = ", ".join(part for part in (citation.speaker, when, citation.minute) if part)
    said = f" “{citation.quote}”" if citation.quote else ""
    link = f" {citation.link}" if citation.link else ""
    return f"[{citation.number}] {citation.title}{f' ({about})' if about else ''}{said}{link}"
