"""What judging one call may cost: past it the extractive analysis stands, and the call waits for a better day."""

from dataclasses import dataclass, field

from core.errors import Unavailable
from core.llm import Usage

SERVICE = "model"


@dataclass
class Budget:
    """Tokens (prompts and answers together, cached ones too) that one call may take; 0 sets no limit."""

    tokens: int
    spent: int = 0
    _reserved: int = field(default=0)

    def reserve(self, tokens: int) -> None:
        """Sets aside what a request may take; raises Unavailable when that is more than is left."""
        if self.tokens and self.spent + self._reserved + tokens > self.tokens:
            message = f"judging the call would take more than {self.tokens} tokens"
            raise Unavailable(SERVICE, message, next_step="Raise SOPHIA_MODEL_CALL_TOKENS to have it judged.")
        self._reserved += tokens

    def release(self, tokens: int) -> None:
        """Takes back what `reserve` set aside."""
        self._reserved -= tokens

    def spend(self, usage: Usage, estimated: int) -> None:
        """Counts what a request took: as the server says, or as it was estimated where it says nothing."""
        told = usage.prompt_tokens + usage.completion_tokens
        self.spent += told or estimated
