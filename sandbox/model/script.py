"""What the double of a model server is asked and what it is told to answer."""

import json
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Literal

FinishReason = Literal["stop", "length", "tool_calls"]


@dataclass(frozen=True)
class Asked:
    """One request to /v1/chat/completions or /v1/embeddings, as it came in: the parsed body and the bearer key."""

    body: dict[str, Any]
    key: str | None

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The messages in their order, each with `role` and `content`."""
        messages: list[dict[str, Any]] = self.body["messages"]
        return messages

    @property
    def text(self) -> str:
        """The contents of all messages, one after the other."""
        return "\n".join(str(message.get("content") or "") for message in self.messages)

    @property
    def streamed(self) -> bool:
        return bool(self.body.get("stream"))

    @property
    def wants_usage(self) -> bool:
        """Whether usage is to be told: always in a whole answer, in a stream only when it is asked for."""
        return not self.streamed or bool((self.body.get("stream_options") or {}).get("include_usage"))

    @property
    def schema(self) -> dict[str, Any] | None:
        """The JSON Schema that the answer is to hold to; None when none was given."""
        asked = self.body.get("response_format") or {}
        return (asked.get("json_schema") or {}).get("schema") if asked.get("type") == "json_schema" else None

    @property
    def tools(self) -> list[dict[str, Any]]:
        """The functions that may be called."""
        return [tool["function"] for tool in self.body.get("tools") or []]


@dataclass(frozen=True)
class ToolCall:
    """A call of a function that the model makes instead of an answer; `arguments` is JSON."""

    name: str
    arguments: str = "{}"


@dataclass(frozen=True)
class Reply:
    """An answer. Tokens that are None are counted at four characters each; cached ones are then not told at all.

    `pause` is the seconds before its first byte and `gap` those between two pieces of a stream. With a `gate` it is
    held until a test sets that.
    """

    text: str = "ok"
    finish_reason: FinishReason = "stop"
    tool_calls: tuple[ToolCall, ...] = ()
    prompt_tokens: int | None = None
    cached_tokens: int | None = None
    completion_tokens: int | None = None
    pause: float = 0
    gap: float = 0
    gate: threading.Event | None = None

    @classmethod
    def of(cls, value: Any, **details: Any) -> "Reply":
        """The answer that is this value as JSON."""
        return cls(json.dumps(value, ensure_ascii=False), **details)


@dataclass(frozen=True)
class Refusal:
    """An error status with a message in OpenAI's form; `retry_after` is its Retry-After header."""

    status: int
    message: str = "the double was told to refuse"
    retry_after: str | None = None
    kind: str = "error"


@dataclass(frozen=True)
class Hanging:
    """A request that is held for good: in a stream after so many `pieces` of the reply, else without a byte."""

    reply: Reply = field(default_factory=Reply)
    pieces: int = 0


@dataclass(frozen=True)
class BrokenOff:
    """A server that dies: in a stream after so many `pieces` of the reply, else in the middle of the body.

    With no pieces the connection ends without a byte.
    """

    reply: Reply = field(default_factory=Reply)
    pieces: int = 0


Answer = Reply | Refusal | Hanging | BrokenOff
Script = Callable[[Asked], Answer | Awaitable[Answer]]
"""Makes the answer to a request. It runs in the thread that serves; only an async one may wait."""
