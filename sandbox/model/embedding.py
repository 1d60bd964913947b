"""Embeddings in OpenAI's wire format: texts that share words get vectors that point the same way."""

import base64
import re
import struct
from hashlib import blake2b
from typing import Any

from sandbox.model.answers import tokens_of

WORD = re.compile(r"\w+")


def vector_of(text: str, dimensions: int) -> list[float]:
    """How often each word is in it, its place and sign by its hash; not of unit length, and zeros without a word."""
    vector = [0.0] * dimensions
    for word in WORD.findall(text.lower()):
        number = int.from_bytes(blake2b(word.encode(), digest_size=8).digest())
        vector[(number >> 1) % dimensions] += 1.0 if number & 1 else -1.0
    return vector


def embedded(model: str, body: dict[str, Any], dimensions: int) -> dict[str, Any]:
    """The body of an answer, one vector for each text, as numbers or in base64."""
    texts = texts_of(body)
    shown = in_base64 if body.get("encoding_format") == "base64" else list
    data = [
        {"object": "embedding", "index": index, "embedding": shown(vector_of(text, dimensions))}
        for index, text in enumerate(texts)
    ]
    tokens = sum(tokens_of(text) for text in texts)
    return {"object": "list", "data": data, "model": model, "usage": {"prompt_tokens": tokens, "total_tokens": tokens}}


def texts_of(body: dict[str, Any]) -> list[str]:
    """What is to be embedded; raises ValueError for what is neither a text nor texts."""
    asked = body["input"]
    texts = [asked] if isinstance(asked, str) else asked
    if not isinstance(texts, list) or not texts or not all(isinstance(text, str) for text in texts):
        raise ValueError("input is neither a text nor a list of texts")
    return texts


def in_base64(vector: list[float]) -> str:
    """Numbers as 32-bit floats, the least byte first."""
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
