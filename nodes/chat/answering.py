"""How every agent answers: what code can answer by itself it does; for the rest it looks up, and a model may word it.

Without a model, or when it is away or says what nothing proves, the answer is what was looked up, as it stands.
"""

import re
from collections.abc import Awaitable, Callable, Sequence

import structlog

from core.errors import LimitReached, NotAllowed, NotUsable, ServiceError
from nodes.chat.context import ChatContext
from nodes.chat.events import TurnEvent
from nodes.chat.shape import AgentReply, AgentTask, ToolCall
from nodes.chat.telling import in_one
from nodes.chat.tools.acting import acted
from nodes.chat.tools.naming import WHICH, still_offered
from nodes.chat.tools.records import queried
from nodes.chat.tools.shape import Unclear
from nodes.chat.writing.port import Looked, why_none
from nodes.querying.settling import settled
from nodes.spec import AgentSpec
from nodes.understanding.shape import Doubt, Named

LookUp = Callable[[AgentTask, ChatContext], Awaitable[Looked | None]]
"""Finds what the request is about by one of the agent's tools; None where this agent has nothing to look up for it."""

NO_MODEL = "no language model is set up to write that; this is what I found to write it from"
WRITING = re.compile(
    r"\b(draft|compose|reword|rephrase|translate|write( (me|us|up))? (an?|the|to|some))\b", re.IGNORECASE
)
"""Words that ask for a text that nobody has written yet."""

log = structlog.get_logger(__name__)


async def answered(spec: AgentSpec, task: AgentTask, context: ChatContext, look_up: LookUp) -> AgentReply:
    """The agent's answer to the request, whatever its kind; a question back where the words leave too much open."""
    context.tell(TurnEvent(kind="agent", name=spec.name))
    request = task.request
    if request.said is not None:
        return AgentReply(agent=spec.name, text=request.said)
    try:
        if request.doubt is not None:
            return await _of_the_fitting(spec, task, context, request.doubt)
        if request.kind == "action" and request.action is not None:
            return _reply(spec, Looked("make_change", {}, await acted(request.action, context, request.text)))
        if request.kind == "query" and request.query is not None:
            return _reply(spec, Looked("find_records", {}, await queried(request.query, context)))
        looked = await look_up(task, context)
        if looked is None:
            return AgentReply(agent=spec.name, handoff=_next(spec, task))
        return await _in_words(spec, task, context, looked)
    except Unclear as unclear:
        return await _asked_back(spec, context, unclear.question, unclear.choices)
    except (NotAllowed, NotUsable) as refused:
        return AgentReply(agent=spec.name, text=_told(refused))


async def _of_the_fitting(spec: AgentSpec, task: AgentTask, context: ChatContext, doubt: Doubt) -> AgentReply:
    """The answer of the only candidate that fits the rest of a question; else the question which one is meant."""
    seen = doubt.model_copy(update={"choices": await still_offered(doubt.choices, context)})
    known = await settled(task.request.model_copy(update={"doubt": seen}), context)
    if known is None:
        return await _asked_back(spec, context, doubt.question, doubt.choices)
    found = await queried(known.query, context)
    told = found.model_copy(update={"said": f"{found.said}\n{known.words}"})
    return _reply(spec, Looked("find_records", {}, told))


async def _asked_back(spec: AgentSpec, context: ChatContext, question: str, choices: Sequence[Named]) -> AgentReply:
    """The question back, with those of the choices that are the asker's to see now."""
    offered = await still_offered(choices, context)
    return AgentReply(agent=spec.name, doubt=question if offered or not choices else WHICH, choices=offered)


async def _in_words(spec: AgentSpec, task: AgentTask, context: ChatContext, looked: Looked) -> AgentReply:
    """The answer by the model, where there is one that answers and holds to its sources; else what was found."""
    plain = _reply(spec, looked)
    if not spec.tools and not looked.found.lines:
        return plain  # a model has nothing to read there, nor anything to look up
    if context.writer is None:
        return (
            plain.model_copy(update={"partial": in_one(NO_MODEL, plain.partial)})
            if WRITING.search(task.request.text)
            else plain
        )
    try:
        written = await context.writer.write(spec, task, context, looked)
    except LimitReached as reached:
        return plain.model_copy(update={"partial": in_one(str(reached), plain.partial)})
    except ServiceError as error:
        log.warning("model.not_answering", agent=spec.name, detail=str(error), next_step=error.next_step)
        return plain.model_copy(update={"partial": in_one(why_none(error), plain.partial)})
    return written or plain


def _reply(spec: AgentSpec, looked: Looked) -> AgentReply:
    """What was found as the agent's answer."""
    found = looked.found
    return AgentReply(
        agent=spec.name,
        text=found.said,
        citations=found.sources,
        table=found.table,
        query=found.query,
        done=found.done,
        results=found.results,
        partial=found.partial,
        tool_calls=(ToolCall(agent=spec.name, tool=looked.tool, arguments=looked.arguments),),
    )


def _next(spec: AgentSpec, task: AgentTask) -> str | None:
    """The next of the agents that the request is for, None when all of them have been asked."""
    asked = {*task.passed_by, spec.name}
    return next((name for name in task.request.agents if name not in asked), None)


def _told(error: NotAllowed | NotUsable) -> str:
    said = str(error)
    return f"{said[:1].upper()}{said[1:]}. {error.next_step or ''}".strip()
