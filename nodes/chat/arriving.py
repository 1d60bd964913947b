"""The first nodes of a turn: what was asked, by whom, what it means, and what was said about it before."""

from collections.abc import Sequence
from typing import Any, Final, Literal

import structlog
from langchain_core.messages import AnyMessage, RemoveMessage
from langgraph.runtime import Runtime
from langgraph.types import Command

from core.errors import NotUsable
from core.llm.told import encodable
from nodes.chat.context import ChatContext
from nodes.chat.shape import TurnAnswer
from nodes.chat.state import ChatState
from nodes.thread.steps import recall_older
from nodes.understanding.following import completed
from nodes.understanding.shape import Focus, Understood
from nodes.understanding.understanding import understand as understood_of

LONGEST_QUESTION: Final = 4000
"""Letters of a question that are understood; what is longer was pasted, and its beginning says what is wanted."""

LONGEST_SAID: Final = 20_000
"""Letters of a question that are kept and shown to a model."""

log = structlog.get_logger(__name__)


def as_said(question: str) -> str:
    """A question as it can be kept: of bounded length, and without halves of letters, which no database takes."""
    return encodable(question[:LONGEST_SAID])


async def arrive(state: ChatState, runtime: Runtime[ChatContext]) -> Command[Literal["understand", "__end__"]]:
    """Begins the turn: it is clear that somebody asked something, and nothing of a turn that was broken off is left.

    A turn that was answered before gives the same words again, and does nothing.
    """
    context, messages = runtime.context, state.get("messages", [])
    if not question_of(state, context).strip():
        raise NotUsable("nothing was asked", next_step="Write a question or what should be done.")
    before = next((each for each in messages if each.id == answer_id(context)), None)
    if before is not None:
        return Command(update={"answer": TurnAnswer(text=before.text, kind="chat")}, goto="__end__")
    log.debug("turn.began", turn=context.turn_id, role=context.asker.role, everything=context.scope.everything)
    unanswered: list[Any] = [RemoveMessage(id=str(each.id)) for each in broken_off(messages, question_id(context))]
    update: dict[str, Any] = {"messages": unanswered} if unanswered else {}
    return Command(update={**update, "expected": 0, "answer": None}, goto="understand")


def question_id(context: ChatContext) -> str:
    """The id of the message that the turn is about."""
    return f"{context.turn_id}:question"


def answer_id(context: ChatContext) -> str:
    """The id of the message that answers it."""
    return f"{context.turn_id}:answer"


def broken_off(messages: Sequence[AnyMessage], question: str) -> Sequence[AnyMessage]:
    """What stands between the last answer and this question: of turns that were never answered."""
    at = next((place for place, each in enumerate(messages) if each.id == question), len(messages))
    answered = [place for place, each in enumerate(messages[:at]) if str(each.id).endswith(":answer")]
    return messages[answered[-1] + 1 if answered else 0 : at]


async def understand(state: ChatState, runtime: Runtime[ChatContext]) -> dict[str, Any]:
    """What it means, by local code: requests with queries, actions and agents, in the light of the turns before."""
    focus = state.get("focus") or Focus()
    return {"understood": await understood_as(question_of(state, runtime.context), focus, runtime.context)}


async def understood_as(question: str, focus: Focus, context: ChatContext) -> Understood:
    """What a question means in a conversation about `focus`; no more requests of it than a turn may have."""
    lexicon = await context.lexicon()
    found = completed(
        await understood_of(question[:LONGEST_QUESTION], lexicon, focus, context.embedder), focus, lexicon
    )
    return Understood(requests=found.requests[: context.turn.limits.requests])


async def recall(state: ChatState, runtime: Runtime[ChatContext]) -> dict[str, Any]:
    """The older turns of this thread that help; agents recall calls and records themselves, as they need them."""
    context = runtime.context
    found = await recall_older(state, context.thread, question_of(state, context))
    context.turn.thread, context.turn.recalled = state, tuple(found)
    return {}


def question_of(state: ChatState, context: ChatContext) -> str:
    """What the person said in this turn."""
    wanted = question_id(context)
    said = next((each for each in reversed(state.get("messages", [])) if each.id == wanted), None)
    return said.text if said else ""
