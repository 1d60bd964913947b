"""The requests that judging one call takes: so many at once as the servers bear, within the call's budget.

The instructions come first and are the same for all calls, then what is the same for all windows of a call, then the
window: a server that caches prefixes reads the beginning once.
"""

import asyncio
import json
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, TypeVar

from langchain_core.messages import HumanMessage, SystemMessage

from core.errors import Rejected
from core.llm import LanguageModel, Role
from nodes.call_analysis.judging.budget import SERVICE, Budget
from nodes.call_analysis.judging.tokens import BYTES_A_TOKEN, MESSAGE_TOKENS, tokens_of

ANSWER_SHARE = 4
"""An answer may take one part in so many of the context."""
REFUSED = (400, 413, 422)
"""How servers refuse a request that is too long; a cut-off or unfit answer carries no status."""

Given = TypeVar("Given")
Made = TypeVar("Made")


class Inquiry:
    """One call's way to the model. `answer_tokens` is the most that an answer may take."""

    def __init__(self, model: LanguageModel, budget: Budget, answer_tokens: int) -> None:
        limits = model.limits(Role.DEEP)
        self.context = limits.context_tokens
        self.answer_tokens = min(answer_tokens, self.context // ANSWER_SHARE)
        self._model = model
        self._budget = budget
        self._places = asyncio.Semaphore(max(limits.parallel, 1))

    def room(self, instructions: str, before: str, schema: Mapping[str, Any]) -> int:
        """Tokens that are left for what changes from request to request; below 1 the context is too small."""
        return self.context - self.answer_tokens - fixed_tokens(instructions, schema) - tokens_of(before)

    async def ask(self, instructions: str, text: str, schema: Mapping[str, Any], name: str) -> Mapping[str, Any]:
        """The parsed answer; raises Unavailable, Unauthorized or Rejected."""
        estimated = tokens_of(instructions) + tokens_of(text) + self.answer_tokens
        async with self._places:
            self._budget.reserve(estimated)
            try:
                answer = await self._model.ask(
                    [SystemMessage(instructions), HumanMessage(text)],
                    role=Role.DEEP,
                    max_tokens=self.answer_tokens,
                    schema=schema,
                    schema_name=name,
                )
            except Rejected as refusal:
                if refusal.status is None:  # it was answered, in vain
                    self._budget.spent += estimated
                raise
            finally:
                self._budget.release(estimated)
        self._budget.spend(answer.usage, estimated)
        if answer.value is None:
            raise Rejected(SERVICE, "the answer is no JSON object")
        return answer.value


def fixed_tokens(instructions: str, schema: Mapping[str, Any]) -> int:
    """Tokens of what is the same in every request of its kind.

    The schema counts, too: llama.cpp and vLLM hold to it without reading it, but a server may put it in the prompt.
    """
    form = len(json.dumps(schema, separators=(",", ":"))) // BYTES_A_TOKEN
    return tokens_of(instructions) + form + 2 * MESSAGE_TOKENS


def is_too_long(refusal: Rejected) -> bool:
    """Whether a server may have refused a request for its length: it does not say so in a way that can be relied on."""
    return refusal.status in REFUSED


def is_setting(refusal: Rejected) -> bool:
    """Whether the request was refused for a reason that no shorter request mends: a person must look."""
    return refusal.status is not None and not is_too_long(refusal)


async def all_of(make: Callable[[Given], Coroutine[Any, Any, Made]], given: Sequence[Given]) -> list[Made]:
    """What is made of each, side by side, in the order of what was given; the first failure ends all."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(make(one)) for one in given]
    except BaseExceptionGroup as failures:
        raise _first(failures) from None
    return [task.result() for task in tasks]


def _first(failures: BaseExceptionGroup[BaseException]) -> BaseException:
    failure = failures.exceptions[0]
    return _first(failure) if isinstance(failure, BaseExceptionGroup) else failure
