"""Makes one answer of what the agents replied: in the order of the requests, its sources numbered once for all."""

import re
from collections.abc import Iterable, Sequence
from datetime import tzinfo
from typing import Any, Final

from langchain_core.messages import AIMessage, ToolMessage
from langgraph.runtime import Runtime

from nodes.chat.arriving import answer_id
from nodes.chat.cleaning import clean_call, clean_citation, clean_reply, clean_request
from nodes.chat.context import ChatContext
from nodes.chat.numbering import Numbering
from nodes.chat.orchestrating import BRIEFED_BY
from nodes.chat.shape import AgentReply, Citation, ToolCall, TurnAnswer
from nodes.chat.state import ChatState
from nodes.chat.telling import as_text
from nodes.understanding.following import next_focus
from nodes.understanding.shape import Focus, Kind, Named, Understood

MARK: Final = re.compile(r"\[(\d{1,3})\]")
"""How a text points at a citation."""

NOTHING: Final = "I found nothing that I could tell you."

LOOKED_UP: Final = (AIMessage, ToolMessage)
"""What the thread keeps of an agent's run: calls of tools and what they found, never words in a person's mouth."""


async def compose(state: ChatState, runtime: Runtime[ChatContext]) -> dict[str, Any]:
    """The answer of the turn, what the thread keeps of it, and what the next turn goes on from."""
    context, understood = runtime.context, state.get("understood")
    replies = final_replies(context.turn.replies)
    if understood is None:
        raise ValueError("a turn is composed before it was understood")
    answer = answer_of(understood, replies, context.turn.replies, context)
    turn = state.get("turns", 0) + 1
    focus = next_focus(state.get("focus") or Focus(), understood, replies, turn)
    looked_up = [message for reply in replies for message in reply.messages if isinstance(message, LOOKED_UP)]
    said = AIMessage(as_text(answer, rows=ROWS_KEPT), id=answer_id(context))
    return {"answer": answer, "messages": [*looked_up, said], "focus": focus}


ROWS_KEPT: Final = 5
"""Rows of a table that the thread keeps: more would fill it with what HubSpot tells better."""


def is_complete(state: ChatState, context: ChatContext) -> bool:
    """Whether every agent that was asked has answered, itself or by another."""
    return len(final_replies(context.turn.replies)) >= state.get("expected", 0)


def final_replies(replies: Sequence[AgentReply]) -> tuple[AgentReply, ...]:
    """The replies that answer, in the order of the requests; not those of agents that handed on."""
    return tuple(sorted((reply for reply in replies if reply.handoff is None), key=_place))


def _place(reply: AgentReply) -> tuple[int, int]:
    """By its request; of those who tell of a record together in the order of a briefing, whoever was the first."""
    beside = BRIEFED_BY.index(reply.agent) if reply.agent in BRIEFED_BY else len(BRIEFED_BY)
    return reply.number, beside


def answer_of(
    understood: Understood, replies: Sequence[AgentReply], all_replies: Sequence[AgentReply], context: ChatContext
) -> TurnAnswer:
    """The answer as every door shows it."""
    hosts = context.link_hosts
    found, citations = renumbered(replies)
    numbered = tuple(clean_reply(reply, hosts) for reply in found)  # now: a mark that went may have parted an address
    numbered = _remarked_once(numbered)
    texts = [text for reply in numbered if (text := text_of(reply))]
    return TurnAnswer(
        text="\n\n".join(dict.fromkeys(texts)) or NOTHING,
        kind=_kind(understood, numbered),
        agents=tuple(dict.fromkeys(reply.agent for reply in numbered)),
        requests=tuple(clean_request(request, hosts) for request in understood.requests),
        replies=numbered,
        citations=tuple(_told_in(context.zone, clean_citation(one, hosts)) for one in citations),
        tool_calls=tuple(clean_call(call, hosts) for call in _tool_calls(all_replies, context)),
        model_calls=max(context.turn.spending.calls, sum(reply.model_calls for reply in all_replies)),
        milliseconds=context.turn.milliseconds,
    )


def _remarked_once(replies: Sequence[AgentReply]) -> tuple[AgentReply, ...]:
    """The replies with what is missing from several of them said by the last alone."""
    last = {reply.partial: at for at, reply in enumerate(replies)}
    return tuple(
        reply if last[reply.partial] == at else reply.model_copy(update={"partial": None})
        for at, reply in enumerate(replies)
    )


def _told_in(zone: tzinfo, citation: Citation) -> Citation:
    """The citation with its moment in this zone: its day is another in others."""
    at = citation.at
    return citation.model_copy(update={"at": at.astimezone(zone)}) if at and at.tzinfo else citation


def _tool_calls(replies: Sequence[AgentReply], context: ChatContext) -> Sequence[ToolCall]:
    """Every call of a tool, also those for a model whose words did not hold in the end."""
    told = [call for reply in replies for call in reply.tool_calls]
    return [*told, *(call for call in context.turn.tool_calls if call not in told)]


def renumbered(replies: Iterable[AgentReply]) -> tuple[tuple[AgentReply, ...], tuple[Citation, ...]]:
    """The replies with their citations numbered from 1 over all of them; the same source has one number."""
    numbering = Numbering()
    numbered = [_renumber(reply, numbering) for reply in replies]
    return tuple(numbered), tuple(numbering.found)


def _renumber(reply: AgentReply, numbering: Numbering) -> AgentReply:
    """The reply with the numbers that its sources have among all."""
    cited = [numbering.of(citation) for citation in reply.citations]
    new = {citation.number: same for citation, same in zip(reply.citations, cited, strict=True)}

    def mark(match: re.Match[str]) -> str:
        meant = new.get(int(match[1]))
        return f"[{meant.number}]" if meant else ""  # a mark of nothing is no source

    citations = tuple(dict.fromkeys(cited))
    return reply.model_copy(update={"text": MARK.sub(mark, reply.text), "citations": citations})


def text_of(reply: AgentReply) -> str:
    """What the reply says in words: itself, what it asks back, and what is missing."""
    parts = [reply.text, reply.doubt or "", choices_text(reply.choices) if reply.doubt else ""]
    if reply.partial:
        parts.append(f"({reply.partial})")
    return "\n".join(part for part in parts if part)


def choices_text(choices: Sequence[Named]) -> str:
    """What there is to choose from, numbered: the number is an answer, and so is the name."""
    lines = [
        f"{number}. {choice.name}{f' ({choice.detail})' if choice.detail else ''}"
        for number, choice in enumerate(choices, 1)
    ]
    return "\n".join(lines)


def _kind(understood: Understood, replies: Sequence[AgentReply]) -> Kind:
    """The kind of the turn: that of its first request, unless it must be asked back."""
    if any(reply.doubt for reply in replies) and len(replies) == 1:
        return "unclear" if understood.first.kind == "unclear" else understood.first.kind
    return understood.first.kind
