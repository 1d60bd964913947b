"""The first nodes of a turn: what was asked, by whom, what it means, and what was said about it before."""

from typing import Any, Final

import structlog
from langchain_core.messages import HumanMessage
from langgraph.runtime import Runtime

from core.errors import NotUsable
from nodes.chat.context import ChatContext
from nodes.chat.state import ChatState
from nodes.thread.steps import recall_older
from nodes.understanding.following import completed
from nodes.understanding.shape import Focus, Understood
from nodes.understanding.understanding import understand as understood_of

LONGEST_QUESTION: Final = 4000
"""Letters of a question that are understood; what is longer was pasted, and its beginning says what is wanted."""

log = structlog.get_logger(__name__)


async def arrive(state: ChatState, runtime: Runtime[ChatContext]) -> dict[str, Any]:
    """Begins the turn: nothing of the turn before is left, and it is clear that somebody asked something."""
    if not question_of(state).strip():
        raise NotUsable("nothing was asked", next_step="Write a question or what should be done.")
    asker = runtime.context.asker
    log.debug("turn.began", turn=runtime.context.turn_id, role=asker.role, everything=runtime.context.scope.everything)
    return {"replies": None, "expected": 0, "answer": None}


async def understand(state: ChatState, runtime: Runtime[ChatContext]) -> dict[str, Any]:
    """What it means, by local code: requests with queries, actions and agents, in the light of the turns before."""
    focus = state.get("focus") or Focus()
    return {"understood": await understood_as(question_of(state), focus, runtime.context)}


async def understood_as(question: str, focus: Focus, context: ChatContext) -> Understood:
    """What a question means in a conversation about `focus`; no more requests of it than a turn may have."""
    lexicon = await context.lexicon()
    found = completed(
        await understood_of(question[:LONGEST_QUESTION], lexicon, focus, context.embedder), focus, lexicon
    )
    return Understood(requests=found.requests[: context.turn.limits.requests])


async def recall(state: ChatState, runtime: Runtime[ChatContext]) -> dict[str, Any]:
    """The older turns of this thread that help; agents recall calls and records themselves, as they need them."""
    found = await recall_older(state, runtime.context.thread, question_of(state))
    return {"recalled": tuple(found)}


def question_of(state: ChatState) -> str:
    """What the person said last."""
    said = next((each for each in reversed(state.get("messages", [])) if isinstance(each, HumanMessage)), None)
    return said.text if said else ""
