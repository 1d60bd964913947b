"""The double of a model server on a port of its own."""

import inspect
import json
import socket
from collections import deque
from itertools import takewhile
from typing import Self

from sandbox.model.abilities import Abilities
from sandbox.model.answers import tokens_of
from sandbox.model.app import ModelApi
from sandbox.model.fitting import fitting
from sandbox.model.script import Answer, Asked, Reply, Script, ToolCall
from sandbox.serving import Served, Serving

LOOPBACK = "127.0.0.1"


class ModelServer(Served):
    """Serves /v1/models, /v1/chat/completions and /v1/embeddings from a thread of this process, on loopback only.

    `key` is the bearer key it asks for (None lets everybody in), `models` the names it serves. `answer` is the script
    for requests that find the queue empty. `asked` is every request that was let in; `most_at_once` how many of them
    were under way at the same time at most. `embedded` is every request for embeddings, which only faults stand before:
    a Reply among them is sent as the whole body. It can be stopped and started again on its port.
    """

    def __init__(
        self,
        answer: Script | None = None,
        *,
        key: str | None = "sandbox-model-key",
        models: tuple[str, ...] = ("sandbox-model",),
        abilities: Abilities | None = None,
        port: int = 0,
    ) -> None:
        self.key = key
        self.models = models
        self.abilities = abilities or Abilities()
        self.answer = answer
        self.asked: list[Asked] = []
        self.embedded: list[Asked] = []
        self.most_at_once = 0
        self._under_way = 0
        self._queue: deque[Answer] = deque()
        self._faults: deque[tuple[Answer, int | None]] = deque()
        self._port = port
        self._serving: Serving | None = None

    @property
    def url(self) -> str:
        """Its OpenAI-compatible base URL, without a slash at the end."""
        return f"http://{LOOPBACK}:{self._port}/v1"

    def environment(self) -> dict[str, str]:
        """The settings of Sophia that point at it."""
        return {
            "SOPHIA_MODEL_URLS": self.url,
            "SOPHIA_MODEL_KEY": self.key or "",
            "SOPHIA_MODEL_NAME": self.models[0],
            "SOPHIA_MODEL_CONTEXT": str(self.abilities.context),
        }

    def embedding_environment(self) -> dict[str, str]:
        """The settings of Sophia that have it embed."""
        return {
            "SOPHIA_EMBEDDER": "endpoint",
            "SOPHIA_EMBEDDING_URLS": self.url,
            "SOPHIA_EMBEDDING_KEY": self.key or "",
            "SOPHIA_EMBEDDING_NAME": self.models[0],
            "SOPHIA_EMBEDDING_DIMENSIONS": str(self.abilities.dimensions),
        }

    def queue(self, *answers: Answer) -> None:
        """Puts answers behind those that wait already; each is given once."""
        self._queue.extend(answers)

    def fault(self, answer: Answer, *, times: int | None = 1) -> None:
        """Has the next requests met by this instead; None meets all until `mend`."""
        self._faults.append((answer, times))

    def mend(self) -> None:
        """Switches every fault off."""
        self._faults.clear()

    async def next_answer(self, asked: Asked) -> Answer:
        """Takes the next answer of the script; the request counts as under way from here until `ended`."""
        self.asked.append(asked)
        self._under_way += 1
        self.most_at_once = max(self.most_at_once, self._under_way)
        try:
            return await self._scripted(asked)
        except BaseException:
            self.ended()
            raise

    def next_fault(self, asked: Asked) -> Answer | None:
        """Takes the next fault for a request for embeddings."""
        self.embedded.append(asked)
        return self._next_fault() if self._faults else None

    def ended(self) -> None:
        """Counts a request as over."""
        self._under_way -= 1

    def start(self) -> Self:
        """Opens the port and serves; raises OSError for a taken port."""
        listening = socket.create_server((LOOPBACK, self._port))
        self._port = listening.getsockname()[1]
        try:
            self._serving = Serving(ModelApi(self).app(), listening, "model server")
        except BaseException:
            listening.close()
            raise
        return self

    def stop(self) -> None:
        """Closes the port and every connection, as a server that is ended does."""
        if self._serving is not None:
            self._serving.stop()
            self._serving = None

    async def _scripted(self, asked: Asked) -> Answer:
        if self._faults:
            return self._next_fault()
        if self._queue:
            return self._queue.popleft()
        if self.answer is None:
            return self._unscripted(asked)
        made = self.answer(asked)
        return await made if inspect.isawaitable(made) else made

    def _next_fault(self) -> Answer:
        answer, left = self._faults.popleft()
        if left is None or left > 1:
            self._faults.appendleft((answer, None if left is None else left - 1))
        return answer

    def _unscripted(self, asked: Asked) -> Answer:
        if asked.tools and asked.body.get("tool_choice") not in (None, "auto", "none"):
            tool = asked.tools[0]
            call = ToolCall(tool["name"], json.dumps(fitting(tool.get("parameters", {}))))
            return Reply("", "tool_calls", (call,), cached_tokens=self._cached(asked))
        if asked.schema is not None and self.abilities.json_schema:
            return Reply.of(fitting(asked.schema), cached_tokens=self._cached(asked))
        return Reply("ok", cached_tokens=self._cached(asked))

    def _cached(self, asked: Asked) -> int:
        """Tokens of the longest beginning that an earlier request had too, as prefix caching finds them."""
        texts = [earlier.text for earlier in self.asked if earlier is not asked]
        return max((tokens_of(asked.text[: _alike(asked.text, text)]) for text in texts), default=0)


def _alike(one: str, other: str) -> int:
    """How many characters they begin alike with."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
