"""The owner's model behind all its servers: chooses one, goes on to the next when it fails, and counts.

A request goes to the server of its role with the fewest requests under way (load.py); when all are full it waits its
turn (places.py). A server that cannot be reached, is too slow, over its limit or dies in mid-answer is left alone for a
while and the request goes to the next one. What a server refuses for what it is (too long, a wrong key) goes nowhere
else: the owner must act. Neither prompts nor answers are logged.
"""

from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing, contextmanager
from datetime import timedelta
from typing import Any, Final, Literal, cast

import structlog
from langchain_core.messages import BaseMessage

from core.errors import ServiceError, Unauthorized, Unavailable
from core.llm.endpoint import Endpoint
from core.llm.failures import CHECK, SERVICE
from core.llm.load import BUSY, Load, Place
from core.llm.places import Places
from core.llm.port import Answer, Limits, Offer, Role, Usage
from core.llm.request import Draft, Request
from core.llm.structured import Form

TRIES_WHEN_BUSY: Final = 3
"""How often a request goes to a server that says each time that it will be free in a moment."""

Result = Literal["answered", "unavailable", "unauthorized", "rejected", "left"]
"""How a request to one server ended; `left` is one that whoever asked did not wait for."""

Observe = Callable[[str, Role, Result, Usage], None]
"""Told of every request to a server: the server, the role, how it ended, and what it took."""

log = structlog.get_logger(__name__)


class ModelPool:
    """A LanguageModel over the endpoints of each role, in the owner's order. `context` is tokens of one request."""

    def __init__(
        self, endpoints: Mapping[Role, Sequence[Endpoint]], context: int, observe: Observe | None = None
    ) -> None:
        self._endpoints = endpoints
        self._context = context
        self._observe = observe
        self._places = Places()

    def limits(self, role: Role) -> Limits:
        parallel = sum(endpoint.load.parallel for endpoint in self._endpoints[role])
        return Limits(context_tokens=self._context, parallel=parallel)

    def name(self, role: Role) -> str:
        return self._endpoints[role][0].address.model

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
        request = Request(tuple(messages), max_tokens, _form(schema_name, schema), offer, traced=traced)
        async with aclosing(self._written(request, role, handed_on=False)) as pieces:
            return cast("Answer", [piece async for piece in pieces][-1])

    async def stream(
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
    ) -> AsyncGenerator[str | Answer, None]:
        request = Request(tuple(messages), max_tokens, _form(schema_name, schema), offer, told, traced)
        async with aclosing(self._written(request, role, handed_on=True)) as pieces:
            async for piece in pieces:
                yield piece

    async def close(self) -> None:
        """Closes all connections."""
        for endpoint in {id(endpoint): endpoint for role in self._endpoints.values() for endpoint in role}.values():
            await endpoint.close()

    async def _written(self, request: Request, role: Role, *, handed_on: bool) -> AsyncGenerator[str | Answer, None]:
        """The answer in pieces and last as a whole, by the first server that gives it.

        When its pieces are `handed_on`, an answer that has begun cannot be begun again by another server.
        """
        tries = _Tries(self._endpoints[role])
        while True:
            endpoint, place = await self._placed(tries)
            begun = False
            try:
                async with aclosing(self._written_by(endpoint, place, request, role)) as pieces:
                    async for piece in pieces:
                        begun = True
                        yield piece
                return
            except Unavailable as error:
                if begun and handed_on:
                    raise _half_told(error) from error
                tries.failed(endpoint, error)

    async def _placed(self, tries: "_Tries") -> tuple[Endpoint, Place]:
        """A place at a server that was not tried yet; raises Unavailable when no such server is well."""
        left = {endpoint.load: endpoint for endpoint in tries.left()}
        place = await self._places.take(tuple(left)) if left else None
        if place is None:
            raise tries.unavailable()
        return left[place.load], place

    async def _written_by(
        self, endpoint: Endpoint, place: Place, request: Request, role: Role
    ) -> AsyncGenerator[str | Answer, None]:
        draft = endpoint.draft(request)
        try:
            with place, self._observed(draft, role):
                async with aclosing(endpoint.write(draft)) as pieces:
                    async for text in pieces:
                        yield text
                answer = draft.answer()
        finally:
            self._places.serve()
        yield answer

    @contextmanager
    def _observed(self, draft: Draft, role: Role) -> Iterator[None]:
        """Counts and logs one request to one server, however it ends."""
        result: Result = "left"
        try:
            yield
            result = "answered"
        except ServiceError as error:
            result = _result_of(error)
            log.warning("model.failed", server=draft.server, role=role.value, result=result, status=error.status)
            raise
        finally:
            spent = draft.spent()
            log.debug("model.asked", server=draft.server, role=role.value, result=result, **spent.model_dump())
            if self._observe is not None:
                self._observe(draft.server, role, result, spent)


class _Tries:
    """Which servers one request has been to."""

    def __init__(self, endpoints: Sequence[Endpoint]) -> None:
        self._endpoints = endpoints
        self._left = {endpoint.load: TRIES_WHEN_BUSY for endpoint in endpoints}
        self._last: Unavailable | None = None

    def left(self) -> list[Endpoint]:
        """Those it may still go to."""
        return [endpoint for endpoint in self._endpoints if self._left[endpoint.load] > 0]

    def failed(self, endpoint: Endpoint, error: Unavailable) -> None:
        """Notes a failure; only a server that is merely busy is tried again."""
        self._left[endpoint.load] = self._left[endpoint.load] - 1 if error.status == BUSY else 0
        self._last = error

    def unavailable(self) -> Unavailable:
        """That none of them answered, and when to try again."""
        loads: list[Load] = [endpoint.load for endpoint in self._endpoints]
        names = ", ".join(endpoint.server for endpoint in self._endpoints)
        why = "" if self._last is None else f"; the last: {str(self._last).removeprefix(f'{SERVICE}: ')}"
        return Unavailable(
            SERVICE,
            f"no server answers ({names}){why}",
            retry_after=timedelta(seconds=min(load.cooling for load in loads)),
            status=None if self._last is None else self._last.status,
            next_step=CHECK,
        )


def _form(name: str, schema: Mapping[str, Any] | None) -> Form | None:
    return None if schema is None else Form(name, schema)


def _half_told(error: Unavailable) -> Unavailable:
    """An answer that ended in the middle, when its beginning has been handed on."""
    message = f"{str(error).removeprefix(f'{SERVICE}: ')} after part of the answer was told"
    next_step = "Ask again for the whole answer; another server takes it if this one stays away."
    return Unavailable(SERVICE, message, retry_after=error.retry_after, status=error.status, next_step=next_step)


def _result_of(error: ServiceError) -> Result:
    if isinstance(error, Unavailable):
        return "unavailable"
    return "unauthorized" if isinstance(error, Unauthorized) else "rejected"
