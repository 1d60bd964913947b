"""The owner's model as LangChain's chat model: what `create_agent` calls, over the pool of all servers.

A call of a tool is one strict JSON object (constrained.py) unless the owner says that the servers do it well by
themselves (`SOPHIA_MODEL_TOOLS=native`); either way it is checked by code before any tool hears of it. What the pool
raises goes through as it is.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing
from typing import Annotated, Any, Final, Literal, Self, cast

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LangSmithParams
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.tools import BaseTool
from pydantic import ConfigDict, PrivateAttr, SkipValidation

from core.errors import ConfigurationError
from core.llm.chat.answers import message_of, wrong_calls_told
from core.llm.chat.asking import Boxes, Step, step_of
from core.llm.chat.constrained import ANSWER, step_text
from core.llm.chat.spending import Spending
from core.llm.chat.toolbox import Toolbox
from core.llm.port import Answer, LanguageModel, Role
from core.settings import Settings

MAX_TOKENS: Final = 1024
"""Of one step: an answer in chat is short, and a call of a tool shorter."""


class PoolChatModel(BaseChatModel):
    """The model of a role; `max_tokens` bounds one step. `spending` counts what it takes, see `counted`."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    pool: Annotated[LanguageModel, SkipValidation]
    role: Role = Role.DEEP
    max_tokens: int = MAX_TOKENS
    tools_by: Literal["constrained", "native"] = "constrained"
    toolbox: Annotated[Toolbox | None, SkipValidation] = None
    spending: Annotated[Spending | None, SkipValidation] = None
    _boxes: Boxes = PrivateAttr(default_factory=Boxes)

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | dict[str, Any] | bool | None = None,
        **settings: Any,
    ) -> "PoolChatModel":
        """This model with tools to call; `settings` of other makers' models mean nothing here."""
        return self.model_copy(update={"toolbox": self._boxes.of(tools, tool_choice)})

    def counted(self, spending: Spending) -> Self:
        """This model, what it takes counted there and bounded by its budget."""
        return self.model_copy(update={"spending": spending})

    @classmethod
    def of(cls, settings: Settings, pool: LanguageModel, role: Role = Role.DEEP, max_tokens: int = MAX_TOKENS) -> Self:
        """The model as the settings have it call tools."""
        return cls(pool=pool, role=role, max_tokens=max_tokens, tools_by=settings.model_tools)

    @property
    def _llm_type(self) -> str:
        return "sophia-pool"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        about: dict[str, Any] = {"model_name": self.pool.name(self.role), "max_tokens": self.max_tokens}
        return about if self.toolbox is None else about | {"tools": list(self.toolbox.offer.tools)}

    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        named = LangSmithParams(ls_provider=self._llm_type, ls_model_name=self.pool.name(self.role))
        return {**super()._get_ls_params(stop, **kwargs), **named}

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        raise ConfigurationError("this model is asked with ainvoke and astream only")

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        message = await self._whole(self._begin(messages, stop), messages)
        return ChatResult(generations=[ChatGeneration(message=message)])

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        """Words that come before the end are an answer's: a server that calls tools by itself may still do so after it
        has said something, so that its steps come as a whole."""
        step = self._begin(messages, stop)
        if step.offer is not None:
            message = await self._whole(step, messages)
            yield _last(message, message.text)
            return
        pieces = self.pool.stream(
            step.messages,
            role=self.role,
            max_tokens=self.max_tokens,
            schema=step.schema,
            schema_name=step.name,
            told=None if step.schema is None else ANSWER,
            traced=False,
        )
        with wrong_calls_told(self.toolbox, messages):
            async with aclosing(cast("Any", pieces)) as told:
                async for piece in told:
                    chunk = _told(piece) if isinstance(piece, str) else _last(self._message(piece, step, messages))
                    if run_manager is not None and isinstance(piece, str):
                        await run_manager.on_llm_new_token(piece, chunk=chunk)
                    yield chunk

    async def _whole(self, step: Step, messages: Sequence[BaseMessage]) -> AIMessage:
        with wrong_calls_told(self.toolbox, messages):
            answer = await self.pool.ask(
                step.messages,
                role=self.role,
                max_tokens=self.max_tokens,
                schema=step.schema,
                schema_name=step.name,
                offer=step.offer,
                traced=False,
            )
        return self._message(answer, step, messages)

    def _begin(self, messages: Sequence[BaseMessage], stop: Sequence[str] | None) -> Step:
        if stop:
            raise ConfigurationError("this model knows no stop words; a schema or max_tokens ends its answer")
        if self.spending is not None:
            self.spending.begin()
        return step_of(messages, self.toolbox, native=self.tools_by == "native")

    def _message(self, answer: Answer, step: Step, messages: Sequence[BaseMessage]) -> AIMessage:
        usage = answer.usage if self.spending is None else self.spending.add(answer, step.text)
        return message_of(answer, usage, self.toolbox, messages)


def _told(text: str) -> ChatGenerationChunk:
    return ChatGenerationChunk(message=AIMessageChunk(content=text))


def _last(message: AIMessage, words: str = "") -> ChatGenerationChunk:
    """What is known at the end of a stream; `words` are those of the message that were not told yet."""
    calls = [
        tool_call_chunk(name=call["name"], args=step_text(call["args"]), id=call["id"], index=place)
        for place, call in enumerate(message.tool_calls)
    ]
    chunk = AIMessageChunk(
        content=words,
        tool_call_chunks=calls,
        usage_metadata=message.usage_metadata,
        response_metadata=message.response_metadata,
        chunk_position="last",
    )
    return ChatGenerationChunk(message=chunk)
