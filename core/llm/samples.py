"""The small things a model server is asked to find out what it can do, and how its answers are read."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import httpx

from core.llm.wire import UNREADABLE, Refused, Wire

PROSE: Final = (
    "The team met on Monday and talked about the plan for the new quarter, the budget and the open tasks. " * 4
)
# Only choices: a small model may write a figure without end, and the server is not at fault then.
SCHEMA: Final[Mapping[str, Any]] = {
    "type": "object",
    "properties": {
        "colour": {"type": "string", "enum": ["red", "green", "blue"]},
        "count": {"anyOf": [{"enum": [1, 2, 3]}, {"type": "null"}]},
    },
    "required": ["colour", "count"],
    "additionalProperties": False,
}
TOOL: Final[Mapping[str, Any]] = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "Tells the weather of a city.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}
ANSWER_TOKENS: Final = 32
TOO_MANY: Final = 10_000_000
"""More tokens than any model has: a server that counts says how many it has when it is asked for so many."""
LENGTH_TOLD: Final = re.compile(r"(?:maximum context length is|context size \(|n_ctx\D+)\s*(\d+)")


def cached_in(usage: Mapping[str, Any]) -> int:
    """Prompt tokens that the server had in its cache, as far as it tells."""
    details = usage.get("prompt_tokens_details") or {}
    return int(details.get("cached_tokens") or 0)


def speed(tokens: int, seconds: float) -> float | None:
    """Tokens a second; None when there is nothing to divide."""
    return round(tokens / seconds, 1) if tokens > 0 and seconds > 0 else None


def context_of(listing: Sequence[Mapping[str, Any]], model: str) -> int | None:
    """The context that /v1/models tells of this model: vLLM's `max_model_len`, llama.cpp's `meta`."""
    entry = next((entry for entry in listing if entry["id"] == model), listing[0] if listing else {})
    meta = entry.get("meta") or {}
    told = entry.get("max_model_len") or meta.get("n_ctx") or meta.get("n_ctx_train")
    return int(told) if told else None


async def context_by_refusal(wire: Wire) -> int | None:
    """The context that a server names when it is asked for more tokens than any model has."""
    try:
        await wire.stream("Answer with the word yes.", TOO_MANY)
    except Refused as refused:
        told = LENGTH_TOLD.search(refused.words)
        return int(told[1]) if told else None
    except (httpx.HTTPError, *UNREADABLE):
        return None
    return None
