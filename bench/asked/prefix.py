"""How much of what a model is sent it has read before: a conversation with the embedded server and small weights.

The weights (.weights/smollm2.gguf) say nothing of use, so most of what they write is left out and the answer is what
was found; what is sent to them is what any model is sent. Beside it, what a server could find again at the most: all
that the former request of the thread sent and got.
"""

import asyncio
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from pydantic import SecretStr

from api.asking import Asking, Question
from bench.asked.house import open_house
from bench.figure import Figure
from core.llm import Answer
from core.people import TERMINAL
from tests.servers import WEIGHTS, LlamaServer

CONVERSATIONS: Final = {
    "about one call, 10 turns": (
        "What did Kestrel Residential say about pricing?",
        "And what did they say about the timeline?",
        "What did they object to?",
        "What did they ask for?",
        "What worries Kestrel Residential about the rollout?",
        "Who at Kestrel Residential has to agree?",
        "What did we promise them?",
        "What do they use today?",
        "Why would Kestrel Residential switch?",
        "How did the last call with Kestrel Residential go?",
    ),
    "by several agents, 10 turns": (
        "What did Kestrel Residential say about pricing?",
        "What is missing to qualify Kestrel Residential?",
        "Draft a short follow-up mail to them",
        "What did they object to?",
        "Tell me all about Kestrel Residential",
        "What should we do next with Kestrel Residential?",
        "How many deals close this quarter?",
        "What worries Kestrel Residential about the rollout?",
        "How far is Saltgrass qualified?",
        "What did Saltgrass object to on the last call?",
    ),
}
CONTEXT: Final = 8192


@dataclass
class Sent:
    """The requests of a conversation: tokens of each prompt, of those found again, and of each answer."""

    prompt: list[int] = field(default_factory=list)
    cached: list[int] = field(default_factory=list)
    written: list[int] = field(default_factory=list)

    def note(self, answer: Answer) -> None:
        self.prompt.append(answer.usage.prompt_tokens)
        self.cached.append(answer.usage.cached_tokens)
        self.written.append(answer.usage.completion_tokens)

    @property
    def share(self) -> float:
        """Of the prompts after the first, what was found again."""
        return 100 * sum(self.cached[1:]) / max(1, sum(self.prompt[1:]))

    @property
    def shared(self) -> float:
        """Of what each request before had sent, what was found again by the next one."""
        again = sum(min(found, before) for found, before in zip(self.cached[1:], self.prompt, strict=False))
        return 100 * again / max(1, sum(self.prompt[:-1]))


def prefix(folder: Path) -> list[Figure]:
    """The figures of each conversation; none without the weights or xllamacpp."""
    if not WEIGHTS.is_file() or find_spec("xllamacpp") is None:
        return []
    with ExitStack() as stack:
        server = LlamaServer(WEIGHTS, Path(stack.enter_context(tempfile.TemporaryDirectory())), context=CONTEXT)
        server.start()
        stack.callback(server.stop)
        return asyncio.run(_measured(folder, server))


async def _measured(folder: Path, server: LlamaServer) -> list[Figure]:
    changes = {
        "model_urls": server.url,
        "model_key": SecretStr(server.key),
        "model_name": server.name,
        "model_context": CONTEXT,
        "model_parallel": 1,
        "turn_answer_tokens": 96,  # it would write on and on
        "turn_model_calls": 3,
        "turn_seconds": 600.0,
        "model_timeout_seconds": 300.0,
    }
    found: list[Figure] = []
    async with open_house(folder, **changes) as asking:
        for name, questions in CONVERSATIONS.items():
            found += _figures(name, await _talk(asking, name, questions))
    return found


async def _talk(asking: Asking, name: str, questions: Sequence[str]) -> Sent:
    sent = Sent()
    pool: Any = asking.services.model.pool if asking.services.model else None
    ask = pool.ask

    async def noted(*args: Any, **about: Any) -> Answer:
        answer: Answer = await ask(*args, **about)
        sent.note(answer)
        return answer

    pool.ask = noted
    try:
        for question in questions:
            await asking.ask(Question(question, f"bench: {name}"), TERMINAL)
    finally:
        pool.ask = ask
    return sent


def _figures(name: str, sent: Sent) -> list[Figure]:
    calls = f"{len(sent.prompt)} calls"
    return [
        Figure(f"prompt found again by the next call, {name}", sent.shared, "%", 100, "all of it", "90 % or more"),
        Figure(f"cached_tokens of prompt_tokens, {name}", sent.share, "%", 0, f"a cache that keeps nothing; {calls}"),
    ]
