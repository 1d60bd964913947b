"""What the model calls of one turn took, and the budget that ends a turn which takes too much."""

from dataclasses import dataclass, field
from typing import Final

from core.analysis import Frozen
from core.errors import LimitReached
from core.llm.port import Answer, Usage

BYTES_A_TOKEN: Final = 3
"""For a server that counts nothing: on the safe side for words of any language."""

NEXT_STEP: Final = "Ask for less at once, or in several questions."


class Budget(Frozen):
    """What one turn may take: calls of the model, and tokens of prompts and answers together. 0 is no limit."""

    calls: int = 0
    tokens: int = 0


@dataclass
class Spending:
    """Counts one turn; whoever runs the turn makes it and hands it to each model of the turn."""

    budget: Budget = field(default_factory=Budget)
    calls: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0

    @property
    def tokens(self) -> int:
        """All of them; cached ones are part of the prompts'."""
        return self.prompt_tokens + self.completion_tokens

    def begin(self) -> None:
        """Counts a call that is about to be made; raises LimitReached when the budget is used up."""
        if self.budget.calls and self.calls >= self.budget.calls:
            times = "once" if self.calls == 1 else f"{self.calls} times"
            raise LimitReached(f"this turn has asked the model {times}", next_step=NEXT_STEP)
        if self.budget.tokens and self.tokens >= self.budget.tokens:
            raise LimitReached(f"this turn has taken {self.tokens} tokens", next_step=NEXT_STEP)
        self.calls += 1

    def add(self, answer: Answer, asked: str) -> Usage:
        """Counts what an answer took, estimated from the texts where the server counts nothing, and returns it."""
        usage = answer.usage
        if not usage.prompt_tokens:
            estimated = {"prompt_tokens": _about(asked), "completion_tokens": _about(answer.text)}
            usage = usage.model_copy(update=estimated)
        self.prompt_tokens += usage.prompt_tokens
        self.cached_tokens += usage.cached_tokens
        self.completion_tokens += usage.completion_tokens
        return usage


def _about(text: str) -> int:
    return -(-len(text.encode()) // BYTES_A_TOKEN)
