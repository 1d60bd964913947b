"""The endpoints of the double: /v1/models, /v1/chat/completions, /v1/embeddings and /health."""

import hmac
import json
from collections.abc import Callable
from typing import Any, Protocol

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.model.abilities import Abilities
from sandbox.model.answers import CREATED, pieces, refusal, tokens_of, whole
from sandbox.model.delivery import Delivery, json_part
from sandbox.model.embedding import embedded, texts_of
from sandbox.model.script import Answer, Asked, Refusal, Reply

BEARER = "bearer "


class Scripted(Protocol):
    """Whoever says what is answered; hears of every request that was let in, and of its end."""

    key: str | None
    models: tuple[str, ...]
    abilities: Abilities

    async def next_answer(self, asked: Asked) -> Answer: ...

    def next_fault(self, asked: Asked) -> Answer | None: ...

    def ended(self) -> None: ...


class ModelApi:
    """Answers as the script says: key, model name, context and abilities come before it."""

    def __init__(self, scripted: Scripted) -> None:
        self._scripted = scripted
        self._number = 0

    def app(self) -> Starlette:
        """The API, its paths beginning with /v1."""
        return Starlette(
            routes=[
                Route("/v1/models", self._models),
                Route("/v1/chat/completions", self._chat, methods=["POST"]),
                Route("/v1/embeddings", self._embeddings, methods=["POST"]),
                Route("/health", self._health),
            ]
        )

    async def _health(self, request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def _models(self, request: Request) -> Response:
        if not self._knows(_key_of(request)):
            return _refused(UNKNOWN_KEY)
        about = {"object": "model", "created": CREATED, "owned_by": "sandbox"}
        if self._scripted.abilities.length_told:
            about["max_model_len"] = self._scripted.abilities.context
        return JSONResponse({"object": "list", "data": [{"id": name, **about} for name in self._scripted.models]})

    async def _chat(self, request: Request) -> Response:
        if not self._knows(_key_of(request)):
            return _refused(UNKNOWN_KEY)
        try:
            asked = Asked(json.loads(await request.body()), _key_of(request))
            refused = self._refusal(asked)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            return _refused(Refusal(400, f"the body cannot be read: {error!r}", kind="BadRequestError"))
        if refused is not None:
            return _refused(refused)
        return _Ending(await self._answered(asked), self._scripted.ended)

    async def _embeddings(self, request: Request) -> Response:
        if not self._knows(_key_of(request)):
            return _refused(UNKNOWN_KEY)
        try:
            asked = Asked(json.loads(await request.body()), _key_of(request))
            texts_of(asked.body)
            refused = self._unknown_model(asked)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            return _refused(Refusal(400, f"the body cannot be read: {error!r}", kind="BadRequestError"))
        return _refused(refused) if refused is not None else self._embedded(asked)

    def _embedded(self, asked: Asked) -> Response:
        """The vectors, or what the next fault says; a Reply among the faults is the whole body."""
        fault = self._scripted.next_fault(asked)
        body = embedded(asked.body["model"], asked.body, self._scripted.abilities.dimensions)
        if isinstance(fault, Refusal):
            return _refused(fault)
        if isinstance(fault, Reply):
            return Delivery(fault, iter([fault.text.encode()]), streamed=False)
        return Delivery(fault or Reply(), json_part(body), streamed=False)

    async def _answered(self, asked: Asked) -> Response:
        answer = await self._scripted.next_answer(asked)
        if isinstance(answer, Refusal):
            return _refused(answer)
        reply = answer if not hasattr(answer, "reply") else answer.reply
        self._number += 1
        about = (self._number, asked.body["model"], asked, reply, self._scripted.abilities)
        parts = pieces(*about) if asked.streamed else json_part(whole(*about))
        return Delivery(answer, parts, streamed=asked.streamed)

    def _knows(self, key: str | None) -> bool:
        return self._scripted.key is None or hmac.compare_digest(key or "", self._scripted.key)

    def _refusal(self, asked: Asked) -> Refusal | None:
        """What this server would refuse whatever the script says, in vLLM's words."""
        abilities = self._scripted.abilities
        if unknown := self._unknown_model(asked):
            return unknown
        if asked.tools and not abilities.tools:
            return Refusal(400, '"auto" tool choice requires --enable-auto-tool-choice', kind="BadRequestError")
        if asked.streamed and not abilities.streaming:
            return Refusal(400, "streaming is not supported", kind="BadRequestError")
        needed = tokens_of(asked.text) + _answer_tokens(asked.body)
        if needed <= abilities.context:
            return None
        message = f"This model's maximum context length is {abilities.context} tokens. You requested {needed} tokens."
        return Refusal(400, message, kind="BadRequestError")

    def _unknown_model(self, asked: Asked) -> Refusal | None:
        if asked.body["model"] in self._scripted.models:
            return None
        return Refusal(404, f"The model `{asked.body['model']}` does not exist.", kind="NotFoundError")


class _Ending(Response):
    """A response that says when it is over, however it ended."""

    def __init__(self, response: Response, ended: Callable[[], None]) -> None:
        super().__init__()
        self._response = response
        self._ended = ended

    async def __call__(self, *about: Any) -> None:
        try:
            await self._response(*about)
        finally:
            self._ended()


UNKNOWN_KEY = Refusal(401, "Invalid API Key", kind="authentication_error")


def _answer_tokens(body: dict[str, Any]) -> int:
    return int(body.get("max_completion_tokens") or body.get("max_tokens") or 0)


def _key_of(request: Request) -> str | None:
    header = request.headers.get("authorization", "")
    return header[len(BEARER) :].strip() if header.lower().startswith(BEARER) else None


def _refused(refused: Refusal) -> Response:
    headers = {} if refused.retry_after is None else {"Retry-After": refused.retry_after}
    return JSONResponse(refusal(refused), status_code=refused.status, headers=headers)
