"""HubSpot's records: lists and figures by query, and one record as a whole."""

from typing import Final

from pydantic import Field

from core.errors import NotAllowed
from core.fencing import harmless
from core.query import Filter, Query, QueryObject
from nodes.business_view.shape import BusinessView, ObjectKind
from nodes.business_view.viewing import view_of
from nodes.chat.context import ChatContext
from nodes.chat.shape import Citation
from nodes.chat.tables import as_text
from nodes.chat.telling import in_one
from nodes.chat.tools.naming import record_named
from nodes.chat.tools.shape import Arguments, ChatTool, Found, Unclear
from nodes.querying.fields import ID
from nodes.querying.run import run_query
from nodes.understanding.shape import Named
from nodes.understanding.slots.slots import query_from

ROWS: Final = 10
CELL: Final = 120
"""Letters of a cell that a model is given to read."""
VIEW_LETTERS: Final = 2400
"""Of a record's view that a model is given: its values, people, last calls and tasks."""


class FindRecords(Arguments):
    """What to list or count, in words."""

    object: QueryObject = Field(description="What to look for.")
    words: str = Field(
        description="The conditions in plain words: owner, stage, dates, amounts, company, order, count."
    )


class ReadRecord(Arguments):
    """Which record, by name."""

    name: str = Field(description="The company, contact or deal, by name.")


async def find_records(arguments: FindRecords, context: ChatContext) -> Found:
    """Records that meet conditions, or a count or sum of them."""
    slots = query_from(arguments.words, arguments.object, await context.lexicon())
    if slots.doubts:
        raise Unclear(slots.doubts[0].question, slots.doubts[0].choices)
    return await queried(slots.query, context)


async def queried(query: Query, context: ChatContext) -> Found:
    """A query carried out, as a tool gives it back."""
    result = await run_query(query, context)
    lines = [result.sentence, *(as_text(result.table, ROWS, widest=CELL).splitlines() if result.table else ())]
    mark = "[1] " if result.citations else ""
    return Found(
        said=result.sentence,
        lines=tuple(f"{mark}{harmless(line, 400)}" for line in lines),
        sources=result.citations,
        table=result.table,
        query=query,
        results=result.results,
        partial=result.partial,
    )


async def read_record(arguments: ReadRecord, context: ChatContext) -> Found:
    """All that is known of one company, contact or deal."""
    named = record_named(arguments.name, await context.lexicon())
    return await record_told(named, context)


async def record_told(named: Named, context: ChatContext, *, alone: bool = True) -> Found:
    """One record as it stands, in a few lines; raises NotAllowed alike for what is not there and not theirs.

    Its last call and tasks are told with it, unless others tell them beside it.
    """
    kind: ObjectKind = named.type  # type: ignore[assignment]
    view = await view_of(context.house, kind, named.id, context.scope)
    if view is None:
        raise NotAllowed(f"there is no {named.name} that you may read", next_step="Ask its owner or an admin.")
    source = Citation(
        number=1,
        kind="record",
        id=f"{view.type}:{view.id}",
        title=harmless(view.name, 100),
        link=view.source.link,
        at=view.source.at,
    )
    row = await run_query(_only(named), context) if view.current else None
    lines = tuple(f"[1] {harmless(line, 600)}" for line in view.as_text(VIEW_LETTERS).splitlines())
    told = row.sentence if row and row.results else _values(view)
    partial = _partial(view, row.partial if row else None)
    return Found(said=_in_short(view, told, alone), lines=lines, sources=(source,), results=(named,), partial=partial)


def _only(named: Named) -> Query:
    """The query for this record."""
    return Query(object=named.type, filters=(Filter(field=ID, op="eq", value=named.id, name=named.name),))


def _values(view: BusinessView) -> str:
    """What the view itself holds of the record: HubSpot's index does not know yet what was just made."""
    values = ", ".join(f"{one.label.lower()} {one.value}" for one in view.values)
    return f"{view.name}: {values}" if values else view.name


def _partial(view: BusinessView, of_row: str | None) -> str | None:
    """What must be said of the answer: what could not be read, how old it is, and what is missing in the row."""
    missing = f"could not be read now: {', '.join(view.missing)}" if view.missing else None
    stand = None if view.current else "HubSpot is away: this is how it was last known"
    return in_one(missing, stand, of_row)


def _in_short(view: BusinessView, row: str, alone: bool) -> str:
    """The record in a few lines for a person; `row` is what stands in its row of a list, in words."""
    lines = [f"{harmless(row, 400).rstrip('.')} [1]"]
    people = [f"{harmless(one.name, 60)} ({one.role})" for one in view.people[:5]]
    lines += [f"People: {', '.join(people)}"] if people else []
    if alone and view.calls:
        last = view.calls[0]
        lines.append(f"Last call: {harmless(last.name, 100)}. {harmless(last.summary, 300)}")
    lines += [f"Open task: {harmless(one.subject, 100)}" for one in view.tasks[:3] if alone]
    return "\n".join(lines)


FIND_RECORDS = ChatTool(
    "find_records", "Lists or counts deals, tasks, contacts, companies, calls or notes.", FindRecords, find_records
)
READ_RECORD = ChatTool(
    "read_record", "Reads all that is known of one company, contact or deal.", ReadRecord, read_record
)
