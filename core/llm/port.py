"""What Sophia asks of a language model, whichever server answers.

A caller names a role, not a server: `fast` for small decisions, `deep` for judgement. Which endpoint serves a role,
what happens when one is down, and what it cost are the pool's business (pool.py).
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from enum import StrEnum
from typing import Any, Protocol

from langchain_core.messages import BaseMessage

from core.analysis import Frozen


class Role(StrEnum):
    """What a request is for."""

    FAST = "fast"
    DEEP = "deep"


class Limits(Frozen):
    """What the endpoints of a role take: tokens in one request (prompt and answer), requests at once over all."""

    context_tokens: int
    parallel: int


class Usage(Frozen):
    """Tokens as the server counted them (0 where it does not say), and seconds from request to last byte."""

    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0


class Offer(Frozen):
    """Tools for the endpoint's own tools API: OpenAI's form of each, and its `tool_choice`."""

    tools: tuple[dict[str, Any], ...]
    choice: str | dict[str, Any] = "auto"


class WrittenCall(Frozen):
    """A call of a tool as the model wrote it, checked by nobody yet; `arguments` should be JSON."""

    name: str
    arguments: str


class Answer(Frozen):
    """A whole answer. `value` is the parsed object when a schema was asked for; `model` is the served model's name.

    `calls` are those of the tools that were offered.
    """

    text: str
    value: dict[str, Any] | None = None
    calls: tuple[WrittenCall, ...] = ()
    model: str
    endpoint: str
    usage: Usage = Usage()


class LanguageModel(Protocol):
    """A model behind one or more endpoints.

    Both methods raise Unavailable when no endpoint of the role answered in time (`retry_after` says when to try again),
    and Rejected when the request itself is refused (too long for the context, a schema the server cannot hold to)
    or the answer is cut off or does not fit the schema, and Unauthorized when a key is refused, with the setting to
    change. A request that is not `traced` is unknown to LangChain's tracers: whoever asks for it in the name of a run
    of its own tells them. Temperature is 0 and the seed fixed. Messages are sent in their order, unchanged: put first
    what stays the same, and the server finds it in its cache.
    """

    def limits(self, role: Role) -> Limits:
        """What one request may hold and how many may run at once."""
        ...

    def name(self, role: Role) -> str:
        """The model's name for a role, as it is stored beside what it made."""
        ...

    async def ask(
        self,
        messages: Sequence[BaseMessage],
        *,
        role: Role,
        max_tokens: int,
        schema: Mapping[str, Any] | None = None,
        schema_name: str = "answer",
        offer: Offer | None = None,
        traced: bool = True,
    ) -> Answer:
        """One answer; `max_tokens` bounds it. With a `schema` (JSON Schema of an object) `value` holds to it.

        A server that fails, even in mid-answer, is replaced by the next one. Waits for a place as long as it takes.
        """
        ...

    def stream(
        self,
        messages: Sequence[BaseMessage],
        *,
        role: Role,
        max_tokens: int,
        schema: Mapping[str, Any] | None = None,
        schema_name: str = "answer",
        told: str | None = None,
        offer: Offer | None = None,
        traced: bool = True,
    ) -> AsyncIterator[str | Answer]:
        """The answer's text in pieces as it is written, and last the whole `Answer`.

        With a schema the text is JSON; `told` names a string among its properties, and the pieces are then those of
        that string, decoded, which may be none at all. Another server is asked only while no piece was handed on; a
        break after that is Unavailable.
        """
        ...
