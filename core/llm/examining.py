"""Finds out what a model server can do by asking it small things; none of them holds a word of a customer's.

Servers differ: some ignore a schema silently, some refuse tools, some do not count cached tokens. What Sophia needs is
a server that answers, streams, and holds its answers to a JSON Schema; the rest is good to know.
"""

import json
import secrets
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Literal

import httpx

from core.analysis import Frozen
from core.llm.endpoint import Address
from core.llm.samples import (
    ANSWER_TOKENS,
    PROSE,
    SCHEMA,
    TOOL,
    cached_in,
    context_by_refusal,
    context_of,
    speed,
)
from core.llm.structured import Form, Misfit
from core.llm.wire import UNREADABLE, Refused, Wire

Ability = Literal["reachable", "model", "streaming", "usage", "json_schema", "tools", "cached_tokens", "context"]
NEEDED: Final = frozenset({"reachable", "streaming", "json_schema"})


class Lacking(Frozen):
    """Something a server does not do, why, and what to do about it."""

    ability: Ability
    detail: str
    next_step: str

    @property
    def needed(self) -> bool:
        return self.ability in NEEDED


class Examined(Frozen):
    """What one server can do. Speeds are tokens a second of one request alone; None is what could not be found out."""

    server: str
    model: str
    models: tuple[str, ...] = ()
    abilities: dict[Ability, bool] = {}
    context: int | None = None
    prompt_speed: float | None = None
    generation_speed: float | None = None
    lacking: tuple[Lacking, ...] = ()

    @property
    def usable(self) -> bool:
        """Whether Sophia can work with it."""
        return not any(lack.needed for lack in self.lacking)


async def examine(address: Address, seconds: float) -> Examined:
    """Asks one server; each part of an answer may take so many seconds. An empty model name takes what is served."""
    async with Wire(address, seconds) as wire:
        examination = _Examination(address, wire)
        if await examination.listed():
            named = address if address.model else Address(address.url, address.key, examination.first_model())
            async with Wire(named, seconds) as asking:
                await examination.asked(asking)
        return examination.result()


class _Examination:
    """What has been found out so far."""

    def __init__(self, address: Address, wire: Wire) -> None:
        self._address = address
        self._wire = wire
        self._models: tuple[str, ...] = ()
        self._can: dict[Ability, bool] = {}
        self._lacking: list[Lacking] = []
        self._context: int | None = None
        self._speeds: tuple[float | None, float | None] = (None, None)

    def result(self) -> Examined:
        return Examined(
            server=self._address.server,
            model=self._address.model or self.first_model(),
            models=self._models,
            abilities=self._can,
            context=self._context,
            prompt_speed=self._speeds[0],
            generation_speed=self._speeds[1],
            lacking=tuple(self._lacking),
        )

    def first_model(self) -> str:
        return self._models[0] if self._models else ""

    async def listed(self) -> bool:
        """Whether it is there and lets us in; notes the names it serves and what it says of its context."""
        step = f"See that a server listens at {self._address.url} and that this is its …/v1."
        listing = await self._try(
            "reachable", lambda: self._wire.get("models"), step, {401: self._key_step(), 403: self._key_step()}
        )
        if listing is None:
            return False
        try:
            self._models = tuple(str(entry["id"]) for entry in listing["data"])
            self._context = context_of(listing["data"], self._address.model)
        except UNREADABLE as error:
            self._lack("reachable", f"its list of models cannot be read ({type(error).__name__})", step)
            return False
        if self._address.model and self._address.model not in self._models:
            served = ", ".join(self._models) or "none"
            self._lack(
                "model", f"it does not serve {self._address.model}", f"Set SOPHIA_MODEL_NAME to one of: {served}."
            )
        else:
            self._can["model"] = True
        return True

    async def asked(self, wire: Wire) -> None:
        """Everything that is found out by asking the model."""
        if await self._streams(wire):
            await self._holds_schema(wire)
            await self._calls_tools(wire)
            await self._tells_context(wire)

    async def _streams(self, wire: Wire) -> bool:
        prompt = f"{secrets.token_hex(4)} {PROSE} What did the team talk about?"  # new each time: not in any cache
        step = "Serve a chat model, with streaming; see the server's own log."
        first = await self._try("streaming", lambda: wire.stream(prompt, ANSWER_TOKENS), step)
        if first is None:
            return False
        if not first.pieces:
            self._lack("streaming", "the answer had no text", step)
            return False
        self._usage(first.usage)
        if first.usage:
            fresh = first.usage.get("prompt_tokens", 0) - cached_in(first.usage)
            self._speeds = (speed(fresh, first.first), speed(first.pieces - 1, first.last - first.first))
        again = await self._try("streaming", lambda: wire.stream(prompt, 1), step)
        self._cached(None if again is None else again.usage)
        return True

    def _usage(self, usage: Mapping[str, Any]) -> None:
        if usage:
            self._can["usage"] = True
        else:
            self._lack("usage", "streams do not tell tokens", "Cost cannot be counted; a newer server may tell them.")

    def _cached(self, usage: Mapping[str, Any] | None) -> None:
        if usage and cached_in(usage) > 0:
            self._can["cached_tokens"] = True
            return
        step = "Switch prefix caching on (vLLM: --enable-prefix-caching and --enable-prompt-tokens-details)."
        self._lack("cached_tokens", "it tells of none, asked the same twice", step)

    async def _holds_schema(self, wire: Wire) -> None:
        form = Form("sample", SCHEMA)
        step = "Sophia needs it: take a server with strict json_schema (vLLM, llama.cpp, Ollama, LM Studio do)."
        asked = "Write a short poem about the sea, in prose, and no JSON."
        told = await self._try(
            "json_schema", lambda: wire.chat(asked, ANSWER_TOKENS, response_format=form.response_format()), step
        )
        if told is None:
            return
        try:
            choice = told["choices"][0]
            form.value(choice["message"]["content"])
        except Misfit as misfit:
            cut_off = f" (cut off after {ANSWER_TOKENS} tokens)" if choice.get("finish_reason") == "length" else ""
            self._lack("json_schema", f"an answer {misfit}{cut_off}", step)
        except UNREADABLE as error:
            self._lack("json_schema", f"an answer cannot be read ({type(error).__name__})", step)

    async def _calls_tools(self, wire: Wire) -> None:
        step = "Sophia does without: it asks for tools by json_schema."
        told = await self._try(
            "tools",
            lambda: wire.chat("What is the weather in Oslo?", ANSWER_TOKENS, tools=[TOOL], tool_choice="required"),
            step,
        )
        if told is None:
            return
        try:
            call = told["choices"][0]["message"]["tool_calls"][0]["function"]
            if call["name"] != "weather" or "city" not in json.loads(call["arguments"]):
                self._lack("tools", "it called a tool wrongly", step)
        except UNREADABLE:
            self._lack("tools", "it called none although it had to", step)

    async def _tells_context(self, wire: Wire) -> None:
        self._context = self._context or await self._context_by_properties() or await context_by_refusal(wire)
        if self._context is None:
            step = "Set SOPHIA_MODEL_CONTEXT to what the server was started with."
            self._lack("context", "it does not tell its length", step)
        else:
            self._can["context"] = True

    async def _context_by_properties(self) -> int | None:
        """As llama.cpp tells it, beside its API."""
        try:
            told = await self._wire.get("../props")
            return int(told["default_generation_settings"]["n_ctx"])
        except (Refused, httpx.HTTPError, *UNREADABLE):
            return None

    async def _try(
        self, ability: Ability, ask: Callable[[], Awaitable[Any]], step: str, steps: Mapping[int, str] | None = None
    ) -> Any:
        """What it answers, with the ability noted; None with what is lacking when it does not."""
        try:
            told = await ask()
        except Refused as refused:
            self._lack(ability, str(refused), (steps or {}).get(refused.status, step))
        except httpx.TimeoutException:
            self._lack(ability, "no answer in time", step)
        except httpx.HTTPError as error:
            self._lack(ability, f"{type(error).__name__}: {error}".rstrip(": "), step)
        except UNREADABLE as error:
            self._lack(ability, f"its answer cannot be read ({type(error).__name__})", step)
        else:
            self._can[ability] = True
            return told
        return None

    def _lack(self, ability: Ability, detail: str, step: str) -> None:
        self._can[ability] = False
        self._lacking.append(Lacking(ability=ability, detail=detail, next_step=step))

    def _key_step(self) -> str:
        return f"Set {self._address.key_setting} to a key that it takes."
