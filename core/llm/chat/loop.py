"""What an agent's loop does around each model call: counts it, and answers a wrong call instead of ending the turn.

In a module of its own, since LangChain's agents take a second to import that only a house with a model needs.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from langchain.agents.middleware import AgentMiddleware, AgentState, ModelRequest, ModelResponse
from langchain_core.messages import BaseMessage, ToolMessage

from core.errors import Rejected
from core.llm.chat.answers import WrongCall
from core.llm.chat.model import PoolChatModel
from core.llm.chat.spending import Spending

SpendingOf = Callable[[Any], Spending | None]
"""Finds in the context of a run where its turn is counted; None counts nothing."""


class CheckedCalls(AgentMiddleware[AgentState[Any], Any]):
    """Give it to `create_agent`. A model that goes on calling wrongly is ended by the turn's budget.

    One whose server promised to hold it to the tools, and does not, is corrected once in a row.
    """

    def __init__(self, spending_of: SpendingOf | None = None) -> None:
        super().__init__()
        self._spending_of = spending_of

    async def awrap_model_call(
        self,
        request: ModelRequest[Any],
        handler: Callable[[ModelRequest[Any]], Awaitable[ModelResponse[Any]]],
    ) -> ModelResponse[Any]:
        """Asks the model; a wrong call is followed by what to do better, and the loop asks again."""
        try:
            return await handler(self._counted(request))
        except WrongCall as wrong:
            if isinstance(wrong.__cause__, Rejected) and _is_correction(request.messages[-1]):
                raise wrong.__cause__ from None  # a server that holds to no schema will not do better next time
            return ModelResponse(result=[wrong.message, *_corrections(wrong)])

    def _counted(self, request: ModelRequest[Any]) -> ModelRequest[Any]:
        spending = None if self._spending_of is None else self._spending_of(request.runtime.context)
        if spending is None or not isinstance(request.model, PoolChatModel):
            return request
        return request.override(model=request.model.counted(spending))


def _is_correction(message: BaseMessage) -> bool:
    return isinstance(message, ToolMessage) and message.status == "error"


def _corrections(wrong: WrongCall) -> list[BaseMessage]:
    names = {call["id"]: call["name"] for call in wrong.message.tool_calls}
    return [
        ToolMessage(f"Not done: {problem}.", tool_call_id=id, name=names[id], status="error")
        for id, problem in wrong.problems.items()
    ]
