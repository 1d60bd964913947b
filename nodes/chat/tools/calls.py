"""Calls: what was said about something, and one call as a whole."""

import re
from collections.abc import Mapping, Sequence
from datetime import tzinfo
from typing import Final

from pydantic import Field

from core.analysis import CallAnalysis, Finding, Kind
from core.calls import Call
from core.fencing import harmless
from core.query import Filter, Query, Sort
from memory.recall.passage import Passage
from memory.store.entry import Kind as MemoryKind
from nodes.audiences import record_subject
from nodes.chat.context import ChatContext
from nodes.chat.shape import Citation
from nodes.chat.tools.excerpt import excerpt
from nodes.chat.tools.naming import RECORDS, record_named
from nodes.chat.tools.shape import Arguments, ChatTool, Found, Unclear
from nodes.chat.tools.times import ANY_DAY, Days
from nodes.querying.fields import ID
from nodes.querying.plain import day_text
from nodes.querying.run import run_query
from nodes.showing import call_name, call_url, day, gist, minute, shorten, started_at
from nodes.sure import sure
from nodes.understanding.following.strangers import strangers
from nodes.understanding.lexicon import Lexicon
from nodes.understanding.shape import Named

PASSAGES: Final = 5
LONGEST_QUOTE: Final = 240
LONGEST_LINE: Final = 420
KINDS: Final[tuple[MemoryKind, ...]] = ("call_findings", "call_passages")
SHOWN: Final = (Kind.NEXT_STEP, Kind.OBJECTION, Kind.RISK, Kind.BUYING_SIGNAL, Kind.COMPETITOR, Kind.QUESTION_OPEN)
SPEAKERS: Final = re.compile(r"^(?:… ?)?([^\W\d_][^:\n]{0,60}): ", re.MULTILINE)
"""Who talks in a passage of several turns: each begins with a name, on a line of its own."""
CALL: Final = "call:"
EACH: Final = 2
"""Findings of each kind that a call is told with: a glance, and its page has them all."""


class SearchCalls(Arguments):
    """`about` is a company, contact or deal by name."""

    question: str = Field(description="What to look for in what was said, in a few words.")
    about: str | None = Field(None, description="The company, contact or deal it is about, by name; null for any.")


class ReadCall(Arguments):
    """Which call, in words."""

    about: str = Field(description="The company, contact or deal of the call, by name.")
    back: int = Field(0, ge=0, le=20, description="0 for the last call with them, 1 for the one before, and so on.")


async def search_calls(arguments: SearchCalls, context: ChatContext) -> Found:
    """Passages of calls that answer the question, with speaker, day, minute and link."""
    named = record_named(arguments.about, await context.lexicon()) if arguments.about else None
    return await passages_about(arguments.question, [named] if named else [], context)


async def passages_about(
    question: str,
    named: Sequence[Named],
    context: ChatContext,
    days: Days = ANY_DAY,
    call: Named | None = None,
) -> Found:
    """The passages of calls about these records (about any where there are none) that answer the question.

    Only those of calls on these `days`, and of this `call`, where they are given.
    """
    if context.recall is None:
        return Found(said="Calls are not remembered here, so I cannot look into them.")
    subjects = [record_subject(one.type, one.id) for one in named if one.type in RECORDS]  # type: ignore[arg-type]
    found = await context.recall.recall(
        question,
        context.scope,
        kinds=KINDS,
        subjects=subjects,
        sources=[f"{CALL}{call.id}"] if call else (),
        since=days.since,
        until=days.until,
        count=PASSAGES,
        neighbours=0,
    )
    passages = _naming(question, named, [_here(one, context.zone) for one in found.passages], await context.lexicon())
    titles = await _titles(passages, context)
    sources = tuple(_cited(number, passage, question, titles) for number, passage in enumerate(passages, 1))
    if not sources:
        about = f" with {named[0].name}" if named else ""
        when = " of that time" if days != ANY_DAY else ""
        said = f"I found nothing about that in the calls{about}{when} that you may see."
        return Found(said=said, partial=found.remark)
    lines = tuple(_line(source, passage) for source, passage in zip(sources, passages, strict=True))
    said = "\n".join(_told(source, passage) for source, passage in zip(sources, passages, strict=True))
    return Found(said=f"From the calls:\n{said}", lines=lines, sources=sources, partial=found.remark)


def _naming(question: str, named: Sequence[Named], passages: Sequence[Passage], lexicon: Lexicon) -> Sequence[Passage]:
    """Of a question with a name that no record bears, those passages in which it stands: the others are no answer."""
    unknown = {one.plain for one in strangers(question, lexicon.names.mentions(question)) if one.capital}
    if named or not unknown:
        return passages
    return [one for one in passages if any(name in one.text.casefold() for name in unknown)]


def _here(passage: Passage, zone: tzinfo) -> Passage:
    """The passage with its moment where the portal is."""
    at = passage.at
    return passage.model_copy(update={"at": at.astimezone(zone)}) if at and at.tzinfo else passage


async def _titles(passages: Sequence[Passage], context: ChatContext) -> Mapping[str, str]:
    """What the calls of the passages are called, by their subjects."""
    ids = list(dict.fromkeys(one.source.removeprefix(CALL) for one in passages if one.source.startswith(CALL)))
    calls = await context.house.records.calls.analysed_metadata(ids) if ids else {}
    return {f"{CALL}{id}": harmless(call_name(call), 100) for id, call in calls.items()}


async def read_call(arguments: ReadCall, context: ChatContext) -> Found:
    """One call: its summary and what was found in it, each with its quote."""
    named = record_named(arguments.about, await context.lexicon())
    field = {"companies": "company", "contacts": "contact", "deals": "deal"}[named.type]
    query = Query(
        object="calls",
        filters=(Filter(field=field, op="eq", value=named.id, name=named.name),),
        sort=(Sort(field="started", descending=True),),
        skip=arguments.back,
    )
    told = await call_told(query, context)
    if told is None:
        raise Unclear(f"I know of no such call with {named.name} that you may see. Which call do you mean?")
    return told


async def call_told(query: Query, context: ChatContext) -> Found | None:
    """The first call that meets the query and that the asker may see, as it was analysed; None where there is none.

    A call is told in no other way: one of which only the id is known is looked for by it, with the rights of now.
    """
    found = await run_query(query.model_copy(update={"limit": 1, "aggregate": None}), context)
    return await _told_whole(found.results[0], context) if found.results else None


def of_id(call_id: str) -> Query:
    """The query for this call."""
    return Query(object="calls", filters=(Filter(field=ID, op="eq", value=call_id),))


async def _told_whole(call: Named, context: ChatContext) -> Found:
    """One call, its summary and its sure findings, each with what proves it."""
    stored = await context.house.records.calls.get(call.id)
    if stored is None or stored.analysis is None:
        return Found(said="That call has not been analysed yet.", results=(call,))
    items = _items(stored.analysis)
    sources = tuple(_sources(stored.call, items))
    summary = shorten(harmless(stored.analysis.summary, LONGEST_LINE * 2), LONGEST_LINE * 2)
    told = [f"- {_label(item)}: {harmless(gist(item), LONGEST_QUOTE)} [{n}]" for n, item in enumerate(items, 2)]
    name = harmless(call_name(stored.call), 100)
    started = started_at(stored.call)
    when = day(started.astimezone(context.zone)) if started else "day unknown"
    said = "\n".join([f"{name}, {when}: {summary} [1]", *told])
    lines = [f"[1] Summary of “{name}” ({when}): {summary}"]
    lines += [
        f"[{n}] {_label(item)}, {item.speaker or 'unknown'}: {_quote(item.quote)}" for n, item in enumerate(items, 2)
    ]
    result = Named(type="calls", id=call.id, name=name, detail=when)
    return Found(said=said, lines=tuple(lines), sources=sources, results=(result,))


def _items(analysis: CallAnalysis) -> Sequence[Finding]:
    """The findings that a call is told with."""
    return [item for kind in SHOWN for item in sure(analysis, kind)[:EACH]]


def _sources(call: Call, items: Sequence[Finding]) -> Sequence[Citation]:
    about = {"kind": "call", "id": f"call:{call.id}", "title": harmless(call_name(call), 100), "at": call.started}
    whole = Citation.model_validate({"number": 1, "link": call_url(call), **about})
    return [
        whole,
        *(
            Citation.model_validate(
                {
                    "number": number,
                    "link": call_url(call, item.start_ms),
                    "quote": _quote(item.quote),
                    "speaker": harmless(item.speaker or "", 60) or None,
                    "minute": minute(item.start_ms),
                    **about,
                }
            )
            for number, item in enumerate(items, 2)
        ),
    ]


def _label(item: Finding) -> str:
    return item.kind.value.replace("_", " ").capitalize()


def _quote(text: str) -> str:
    return shorten(harmless(text, LONGEST_LINE), LONGEST_QUOTE)


def _cited(number: int, passage: Passage, question: str, titles: Mapping[str, str]) -> Citation:
    quote = passage.quote or excerpt(" ".join(passage.text.split()), question, LONGEST_QUOTE)
    return Citation(
        number=number,
        kind="call",
        id=passage.source,
        title=titles.get(passage.source) or (f"Call of {day_text(passage.at)}" if passage.at else "Call"),
        link=passage.link,
        quote=_quote(quote),
        speaker=_speaker(passage),
        minute=passage.minute,
        at=passage.at,
    )


def _speaker(passage: Passage) -> str | None:
    """Who said it; nobody by name where several talk, whose names stand in the text then."""
    if passage.quote is None and len(set(SPEAKERS.findall(passage.text))) > 1:
        return None
    return harmless(passage.speaker or "", 60) or None


def _line(source: Citation, passage: Passage) -> str:
    sort = f"{passage.finding.replace('_', ' ')}: " if passage.finding else ""
    doubt = " (not sure)" if passage.candidate else " (taken back later)" if passage.withdrawn else ""
    when = day_text(passage.at) if passage.at else ""
    return (
        f"[{source.number}] {source.speaker or 'several'}, {when} {passage.minute or ''}: {sort}{source.quote}{doubt}"
    )


def _told(source: Citation, passage: Passage) -> str:
    doubt = " (not sure)" if passage.candidate else " (taken back later)" if passage.withdrawn else ""
    when = day_text(passage.at) if passage.at else ""
    where = ", ".join(part for part in (source.speaker, when, passage.minute) if part)
    said = f"“{source.quote}”" if passage.quote else source.quote
    return f"- {said}{doubt} ({where}) [{source.number}]"


SEARCH_CALLS = ChatTool("search_calls", "Finds what was said on calls about something.", SearchCalls, search_calls)
READ_CALL = ChatTool("read_call", "Reads the summary and findings of one call.", ReadCall, read_call)
