"""What goes out in an answer, with no link or image that leads elsewhere: whatever wrote it, and wherever it stands.

Texts of records, quotes of calls and what agents of other packages say are written by others. So not only an answer's
words are looked through, but every name, cell and source that a door may show.
"""

from collections.abc import Sequence

from core.links import goes_to_allowed, only_allowed
from core.query import Filter, Query
from nodes.chat.shape import AgentReply, Cell, Citation, Done, Table, ToolCall
from nodes.understanding.shape import Doubt, Named, Request

MARKS = frozenset("[]<>.:/\\&%@#!")
"""A text without any of these holds no link, and needs no look; most cells and names have none."""


def clean_reply(reply: AgentReply, hosts: frozenset[str]) -> AgentReply:
    """The reply with links to these hosts only, in every part of it that is shown."""
    return reply.model_copy(
        update={
            "text": clean(reply.text, hosts),
            "doubt": _optional(reply.doubt, hosts),
            "partial": _optional(reply.partial, hosts),
            "choices": clean_names(reply.choices, hosts),
            "citations": tuple(clean_citation(one, hosts) for one in reply.citations),
            "table": _table(reply.table, hosts) if reply.table else None,
            "done": _done(reply.done, hosts) if reply.done else None,
            "query": _query(reply.query, hosts) if reply.query else None,
        }
    )


def clean_request(request: Request, hosts: frozenset[str]) -> Request:
    """The request as doors show it: what is asked back, and the names in it."""
    doubt = request.doubt and Doubt(
        question=clean(request.doubt.question, hosts),
        choices=clean_names(request.doubt.choices, hosts),
        field=request.doubt.field,
    )
    query = _query(request.query, hosts) if request.query else None
    return request.model_copy(update={"doubt": doubt, "query": query, "named": clean_names(request.named, hosts)})


def clean_call(call: ToolCall, hosts: frozenset[str]) -> ToolCall:
    """A call of a tool as doors show it: its arguments are a model's words, or a record's name."""
    given = {name: clean(value, hosts) if isinstance(value, str) else value for name, value in call.arguments.items()}
    return call.model_copy(update={"arguments": given, "error": _optional(call.error, hosts)})


def clean_citation(citation: Citation, hosts: frozenset[str]) -> Citation:
    """A source with its own link only where that leads to these hosts."""
    return citation.model_copy(
        update={
            "title": _line(citation.title, hosts),
            "quote": _optional(citation.quote, hosts),
            "speaker": _optional(citation.speaker, hosts),
            "link": _link(citation.link, hosts),
        }
    )


def clean_names(names: Sequence[Named], hosts: frozenset[str]) -> tuple[Named, ...]:
    """Names of records and people, each in one line."""
    return tuple(
        one.model_copy(update={"name": _line(one.name, hosts), "detail": _optional(one.detail, hosts)}) for one in names
    )


def clean(text: str, hosts: frozenset[str]) -> str:
    """A text without other links, and without letters that nobody sees."""
    if text.isprintable() and MARKS.isdisjoint(text):
        return text
    return only_allowed(text, hosts)


def _line(text: str, hosts: frozenset[str]) -> str:
    return clean(" ".join(text.split()), hosts)


def _optional(text: str | None, hosts: frozenset[str]) -> str | None:
    return clean(text, hosts) if text else text


def _link(address: str | None, hosts: frozenset[str]) -> str | None:
    return address if address and goes_to_allowed(address, hosts) else None


def _query(query: Query, hosts: frozenset[str]) -> Query:
    """The query with the names that stand beside its ids cleaned; the ids and values are no text to be read."""
    groups = [tuple(_filter(one, hosts) for one in group) for group in (query.filters, *query.any_of)]
    return query.model_copy(update={"filters": groups[0], "any_of": tuple(groups[1:])})


def _filter(one: Filter, hosts: frozenset[str]) -> Filter:
    return one if one.name is None else one.model_copy(update={"name": _line(one.name, hosts)})


def _table(table: Table, hosts: frozenset[str]) -> Table:
    return table.model_copy(
        update={
            "columns": tuple(one.model_copy(update={"label": _line(one.label, hosts)}) for one in table.columns),
            "rows": tuple(tuple(_cell(cell, hosts) for cell in row) for row in table.rows),
            "totals": tuple(_cell(cell, hosts) for cell in table.totals) if table.totals else None,
        }
    )


def _cell(cell: Cell, hosts: frozenset[str]) -> Cell:
    text, link = _line(cell.text, hosts), _link(cell.link, hosts)
    return cell if (text, link) == (cell.text, cell.link) else cell.model_copy(update={"text": text, "link": link})


def _done(done: Done, hosts: frozenset[str]) -> Done:
    parts = {name: _optional(getattr(done, name), hosts) for name in ("words", "label", "before", "after", "undo")}
    return done.model_copy(update=parts)
