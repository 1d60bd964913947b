"""The call analyst in a conversation: what was said on calls, and one call as a whole."""

import re
from typing import Final

from core.fencing import harmless
from core.query import Filter, Query, Sort
from nodes.chat.answering import answered
from nodes.chat.context import ChatContext
from nodes.chat.orchestrating import is_briefing
from nodes.chat.shape import AgentReply, AgentTask
from nodes.chat.tools.calls import READ_CALL, SEARCH_CALLS, call_told, of_id, passages_about
from nodes.chat.tools.records import FIND_RECORDS, queried
from nodes.chat.tools.shape import Found, Unclear
from nodes.chat.tools.times import days_of
from nodes.chat.tools.told import FIELD
from nodes.chat.writing.port import Looked
from nodes.spec import AgentSpec
from nodes.understanding.following.seen import THAT
from nodes.understanding.shape import Named, Request
from nodes.understanding.slots.slots import Slots, query_from

WHOLE_CALL: Final = re.compile(
    r"\b(summari[sz]e|summary|recap|how did .{0,60}\b(go|call|meeting|demo)\b|what (happened|came out)|takeaways?|"
    r"highlights|run me through|gist|next steps?|action items?)\b",
    re.IGNORECASE,
)
"""Words that ask for one call as a whole, and not for a passage of it."""

NO_SUCH_CALL: Final = "I know of no such call that you may see."


async def chat(spec: AgentSpec, task: AgentTask, context: ChatContext) -> AgentReply:
    """Answers from the calls that the asker may see."""
    return await answered(spec, task, context, _look_up)


async def _look_up(task: AgentTask, context: ChatContext) -> Looked | None:
    request = task.request
    named = [one for one in request.named if one.type in FIELD]
    spoken_of = next((one for one in request.named if one.type == "calls"), None)
    read = await _read(request, context)
    if spoken_of is not None:
        return await _of_call(spoken_of, request, read.query, context)
    if WHOLE_CALL.search(request.text) or is_briefing(request):
        told = await call_told(_last_call(request, named), context)
        if told is not None:
            about = named[0].name if named else told.results[0].name
            return Looked(READ_CALL.name, {"about": about, "back": 0}, told)
        if named:
            nothing = Found(said=f"I know of no call with {harmless(named[0].name, 80)} that you may see.")
            return Looked(READ_CALL.name, {"about": named[0].name, "back": 0}, nothing)
    if not named and _counts_findings(read.query):
        arguments = {"object": "calls", "words": request.text}
        return Looked(FIND_RECORDS.name, arguments, await queried(read.query, context))
    found = await passages_about(request.text, named, context, days_of(read.query, await context.lexicon()))
    about_one = {"about": named[0].name} if named else {"about": None}
    return Looked(SEARCH_CALLS.name, {"question": request.text, **about_one}, found)


async def _of_call(call: Named, request: Request, query: Query, context: ChatContext) -> Looked:
    """What was said on this call about what is asked; the call as a whole where nothing more is asked."""
    asks_more = any(one.field.startswith("finding") for one in query.filters)
    if asks_more and not WHOLE_CALL.search(request.text):
        found = await passages_about(request.text, [], context, call=call)
        if found.sources:
            return Looked(SEARCH_CALLS.name, {"question": request.text, "about": None}, found)
    told = await call_told(of_id(call.id), context) or Found(said=NO_SUCH_CALL)
    return Looked(READ_CALL.name, {"about": THAT["calls"], "back": 0}, told)


async def _read(request: Request, context: ChatContext) -> Slots:
    """What its words say of calls. Raises Unclear for a name that nobody has: calls of others are no answer to it."""
    read = query_from(request.text, "calls", await context.lexicon())
    unknown = next((doubt for doubt in read.doubts if not doubt.choices), None)
    if unknown is not None and not read.named:
        raise Unclear(unknown.question)
    return read


def _counts_findings(query: Query) -> bool:
    """Whether it asks for all findings of a kind, which is a list and no search."""
    fields = {one.field for one in query.filters}
    return "finding" in fields and "finding_text" not in fields


def _last_call(request: Request, named: list[Named]) -> Query:
    """The query for the last call that the request may be about: within its own, or with the records it names."""
    if request.query is not None and request.query.object == "calls":
        query = request.query
    else:
        filters = tuple(Filter(field=FIELD[one.type], op="eq", value=one.id, name=one.name) for one in named[:1])
        query = Query(object="calls", filters=filters)
    return query if query.sort else query.model_copy(update={"sort": (Sort(field="started", descending=True),)})


SPEC = AgentSpec(
    name="call_analysis",
    team="sales",
    description="Reads a call and says what was found in it, each finding with the sentence that proves it.",
    capabilities=(
        "fetch calls and transcripts from Gong",
        "analyse a call",
        "check evidence",
        "say what was said on calls",
        "summarise a call",
    ),
    steps=("fetch", "analyse", "verify"),
    tools=(SEARCH_CALLS.name, READ_CALL.name, FIND_RECORDS.name),
    prompt="chat_call_analysis.md",
    chat=chat,
)
