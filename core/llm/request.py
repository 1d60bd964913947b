"""One request to a model, whichever server it goes to, and the answer while it is being written."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from langchain_core.messages import AIMessageChunk, BaseMessage

from core.errors import Rejected, Unavailable
from core.llm.failures import CHECK, SERVICE, NotInForm
from core.llm.port import Answer, Offer, Usage
from core.llm.structured import Form, Misfit
from core.llm.told import ToldText
from core.llm.written_calls import WrittenCalls

BROKEN_ENDS: Final = (None, "abort", "error")
"""Ends of an answer that its server did not mean: no end at all, or those vLLM gives when its engine fails."""


@dataclass(frozen=True)
class Request:
    """What is asked. The messages go out in this order and unchanged, so that a server finds their beginning again.

    `told` names the property of the form whose text is handed on while it is written.
    """

    messages: Sequence[BaseMessage]
    max_tokens: int
    form: Form | None = None
    offer: Offer | None = None
    told: str | None = None
    traced: bool = True

    def body(self) -> dict[str, Any]:
        """What goes into the request beside messages and model. Every server knows `max_tokens`, not all its heir."""
        asked: dict[str, Any] = {"max_tokens": self.max_tokens}
        if self.form is not None:
            asked["response_format"] = self.form.response_format()
        if self.offer is not None:
            asked |= {"tools": list(self.offer.tools), "tool_choice": self.offer.choice}
        return asked


@dataclass
class Draft:
    """An answer that a server is writing, from the request on."""

    request: Request
    server: str
    model: str
    began: float = field(default_factory=time.monotonic)
    usage: Usage = field(default_factory=Usage)
    _text: list[str] = field(default_factory=list)
    _calls: WrittenCalls = field(default_factory=WrittenCalls)
    _told: ToldText | None = None
    _end: str | None = None

    def __post_init__(self) -> None:
        if self.request.told is not None:
            self._told = ToldText(self.request.told)

    def add(self, chunk: AIMessageChunk) -> str:
        """Takes a piece of it, and returns the text in that piece that may be handed on."""
        text = str(chunk.text)
        self._text.append(text)
        self._calls.add(chunk.tool_call_chunks)
        self._end = chunk.response_metadata.get("finish_reason", self._end)
        self.model = chunk.response_metadata.get("model_name", self.model)
        if chunk.usage_metadata is not None:
            self.usage = Usage(
                prompt_tokens=chunk.usage_metadata["input_tokens"],
                cached_tokens=chunk.usage_metadata.get("input_token_details", {}).get("cache_read", 0),
                completion_tokens=chunk.usage_metadata["output_tokens"],
            )
        return text if self._told is None else self._told.add(text)

    def spent(self) -> Usage:
        """What it took so far."""
        return self.usage.model_copy(update={"seconds": time.monotonic() - self.began})

    def answer(self) -> Answer:
        """The whole answer; raises Unavailable when it has no end, Rejected when it cannot be used."""
        if self._end in BROKEN_ENDS:
            raise Unavailable(SERVICE, f"{self.server} broke off in the middle of an answer", next_step=CHECK)
        text = "".join(self._text)
        return Answer(
            text=text,
            value=self._value(text),
            calls=self._calls.all(),
            model=self.model,
            endpoint=self.server,
            usage=self.spent(),
        )

    def _value(self, text: str) -> dict[str, Any] | None:
        if self._end == "length":
            message = f"the answer of {self.server} was cut off after {self.request.max_tokens} tokens"
            raise Rejected(SERVICE, message, next_step="Ask for less at once, or allow more tokens.")
        if self._end == "content_filter":
            raise Rejected(SERVICE, f"{self.server} withheld the answer", next_step="Switch off its content filter.")
        if self.request.form is None:
            return None
        try:
            return self.request.form.value(text)
        except Misfit as misfit:
            raise NotInForm(f"the answer of {self.server} {misfit}", text) from misfit
