"""Answers in OpenAI's wire format, whole and in pieces."""

import json
import re
from collections.abc import Iterator
from typing import Any

from sandbox.model.abilities import Abilities
from sandbox.model.script import Asked, Refusal, Reply

CHARACTERS_A_TOKEN = 4
CREATED = 1_795_000_000
"""Seconds since 1970 at which every answer was made: the double has no clock."""
PIECE = re.compile(r"\s*\S+\s*$|\s*\S+|\s+")
MOST_PIECES = 24
"""Of the text of a long answer: what is streamed one word at a time takes its reader milliseconds a word."""


def tokens_of(text: str) -> int:
    """About how many tokens a text is."""
    return -(-len(text) // CHARACTERS_A_TOKEN)


def usage_of(asked: Asked, reply: Reply, abilities: Abilities) -> dict[str, Any]:
    """Tokens as the reply says, or counted."""
    prompt = tokens_of(asked.text) if reply.prompt_tokens is None else reply.prompt_tokens
    completion = tokens_of(reply.text) if reply.completion_tokens is None else reply.completion_tokens
    usage: dict[str, Any] = {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
    }
    if abilities.cached and reply.cached_tokens is not None:
        usage["prompt_tokens_details"] = {"cached_tokens": reply.cached_tokens}
    return usage


def whole(number: int, model: str, asked: Asked, reply: Reply, abilities: Abilities) -> dict[str, Any]:
    """The body of an answer that is not streamed."""
    message: dict[str, Any] = {"role": "assistant", "content": reply.text}
    if reply.tool_calls:
        message |= {"content": reply.text or None, "tool_calls": _calls(reply)}
    choice = {"index": 0, "message": message, "finish_reason": reply.finish_reason}
    usage = usage_of(asked, reply, abilities)
    return {**_head(number, model, "chat.completion"), "choices": [choice], "usage": usage}


def pieces(number: int, model: str, asked: Asked, reply: Reply, abilities: Abilities) -> Iterator[bytes]:
    """The events of a streamed answer, one word of text in each, or some where it is long."""
    head = _head(number, model, "chat.completion.chunk")

    def event(delta: dict[str, Any], finish: str | None = None) -> bytes:
        return _event({**head, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})

    yield event({"role": "assistant", "content": ""})
    yield from (event({"content": words}) for words in cut(reply.text))
    yield from (event({"tool_calls": [piece]}) for piece in _call_pieces(reply))
    yield event({}, reply.finish_reason)
    if asked.wants_usage and abilities.usage:
        yield _event({**head, "choices": [], "usage": usage_of(asked, reply, abilities)})
    yield b"data: [DONE]\n\n"


def cut(text: str) -> Iterator[str]:
    """A text in pieces of as many words each."""
    words = PIECE.findall(text)
    size = -(-len(words) // MOST_PIECES) or 1
    return ("".join(words[start : start + size]) for start in range(0, len(words), size))


def refusal(refused: Refusal) -> dict[str, Any]:
    """The body of an error."""
    return {"error": {"message": refused.message, "type": refused.kind, "param": None, "code": refused.status}}


def _head(number: int, model: str, kind: str) -> dict[str, Any]:
    return {"id": f"chatcmpl-{number}", "object": kind, "created": CREATED, "model": model}


def _calls(reply: Reply) -> list[dict[str, Any]]:
    return [
        {"id": f"call_{index}", "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
        for index, call in enumerate(reply.tool_calls)
    ]


def _call_pieces(reply: Reply) -> Iterator[dict[str, Any]]:
    """Each call as servers stream it: its name first, then its arguments in two parts."""
    for index, call in enumerate(_calls(reply)):
        function = call["function"]
        half = len(function["arguments"]) // 2
        yield {"index": index, **call, "function": {**function, "arguments": function["arguments"][:half]}}
        yield {"index": index, "function": {"arguments": function["arguments"][half:]}}


def _event(content: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(content, ensure_ascii=False).encode() + b"\n\n"
