"""One model server as it serves one role, through LangChain's client of OpenAI's API.

Every answer is streamed, also one that is wanted whole: only then a server that died or hangs is told from one that
writes a long answer. The client is made at the first request, since importing it takes 50 MB and seconds.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Final, cast
from urllib.parse import urlsplit

from langchain_core.messages import AIMessageChunk, BaseMessage
from pydantic import SecretStr

from core.llm.failures import told_as_ours
from core.llm.load import Load
from core.llm.request import Draft, Request

SEED: Final = 20_261_120
"""The same for every request: the same question gets the same answer, as far as the server can."""

CONNECT_S: Final = 5.0
"""A server that is there takes a connection at once; one that is not is found out before the time for an answer."""

NOT_STREAMED: Final = "nostream"
"""The tag by which LangGraph leaves a model's words out of the messages that it streams."""

NO_KEY: Final = SecretStr("none")
"""For servers that ask for none. Given none at all, the client would take OPENAI_API_KEY from the environment."""


@dataclass(frozen=True)
class Patience:
    """Seconds: how long a server may take to its first word and between two, and for one answer in all."""

    word: float
    answer: float


@dataclass(frozen=True)
class Address:
    """Where a model is served: base URL, key, and the model's name there. `key_setting` is where the key came from."""

    url: str
    key: SecretStr | None
    model: str
    key_setting: str = "SOPHIA_MODEL_KEY"

    @property
    def server(self) -> str:
        """How the server is named to people and in figures: host and port, never a user or a key."""
        parts = urlsplit(self.url)
        return f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)


class Endpoint:
    """One address with its load. `load` is shared by all roles that the server has."""

    def __init__(self, address: Address, load: Load, patience: Patience) -> None:
        self.address = address
        self.load = load
        self._patience = patience
        self._making = asyncio.Lock()
        self._client: Any = None
        self._http: Any = None

    @property
    def server(self) -> str:
        return self.address.server

    def draft(self, request: Request) -> Draft:
        """An answer that is still empty, its time running from now."""
        return Draft(request, self.server, self.address.model)

    async def write(self, draft: Draft) -> AsyncGenerator[str, None]:
        """Has the server write this answer, and gives its text in pieces; the draft is whole at the end.

        Raises Unavailable, Unauthorized or Rejected.
        """
        client = await self._chat_model()
        ends_at = time.monotonic() + self._patience.answer
        pieces = _pieces(client, draft.request)
        async with aclosing(cast("Any", pieces)):
            while (chunk := await self._next(pieces, draft, ends_at)) is not None:
                if text := draft.add(chunk):
                    yield text

    async def close(self) -> None:
        """Closes its connections."""
        if self._http is not None:
            await self._http.aclose()
        self._client = self._http = None

    async def _next(self, pieces: AsyncIterator[Any], draft: Draft, ends_at: float) -> AIMessageChunk | None:
        seconds = min(self._patience.word, ends_at - time.monotonic())
        with told_as_ours(self.server, self.address.key_setting, draft.request.messages):
            async with asyncio.timeout(seconds):
                return await anext(pieces, None)

    async def _chat_model(self) -> Any:
        async with self._making:  # those who come side by side share one
            if self._client is None:
                # In a thread: the import would hold up everything else in this process for seconds.
                self._http, self._client = await asyncio.to_thread(self._make)
            return self._client

    def _make(self) -> tuple[Any, Any]:
        import httpx
        from langchain_openai import ChatOpenAI
        from openai import DefaultAsyncHttpxClient, DefaultHttpxClient, Timeout

        timeout = Timeout(self._patience.word, connect=min(CONNECT_S, self._patience.word))
        certificates = httpx.create_ssl_context()  # once for both clients: it takes longer than all the rest
        http = DefaultAsyncHttpxClient(timeout=timeout, verify=certificates)
        client = ChatOpenAI(
            model=self.address.model,
            base_url=self.address.url,
            api_key=self.address.key or NO_KEY,
            temperature=0,
            seed=SEED,
            max_retries=0,  # another server is asked instead
            timeout=timeout,
            stream_usage=True,
            stream_chunk_timeout=None,  # ours counts the whole answer too
            http_async_client=http,
            http_client=DefaultHttpxClient(verify=certificates),  # never used, but made all the same
            use_responses_api=False,
        )
        return http, client


def _pieces(client: Any, request: Request) -> AsyncIterator[AIMessageChunk]:
    """The answer as it comes; never told as words of a graph that streams its messages."""
    messages, body = list(request.messages), request.body()
    if request.traced:
        told: AsyncIterator[AIMessageChunk] = client.astream(messages, {"tags": [NOT_STREAMED]}, extra_body=body)
        return told
    return _untraced(client, messages, body)


async def _untraced(client: Any, messages: list[BaseMessage], body: dict[str, Any]) -> AsyncGenerator[AIMessageChunk]:
    """Past LangChain's callbacks: they would count an answer twice that a chat model over the pool tells of."""
    async with aclosing(client._astream(messages, extra_body=body)) as pieces:
        async for piece in pieces:
            about = (piece.generation_info or {}) | piece.message.response_metadata
            yield piece.message.model_copy(update={"response_metadata": about})
