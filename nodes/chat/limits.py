"""How much one turn may take: whoever comes to the end of it answers with what is known by then."""

from dataclasses import dataclass


@dataclass(frozen=True)
class TurnLimits:
    """The most of a turn: requests in one message, agents after one another, calls of tools and model, seconds, tokens.

    `tokens` counts prompts and answers together.
    """

    requests: int = 3
    hops: int = 4
    tool_calls: int = 12
    model_calls: int = 8
    seconds: float = 60
    tokens: int = 30_000
