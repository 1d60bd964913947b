"""The texts of a value that are searched by meaning: those at the paths that LangGraph's stores know.

`title`, `author.name`, `notes[0]`, `notes[-1]`, `notes[*].text` (each a text of its own), `*`, `{title,author.name}`;
`$` is the whole value as its JSON.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from langgraph.store.base import get_text_at_path

WHOLE = "$"


def texts_of(value: Mapping[str, Any], paths: Iterable[str]) -> dict[str, str]:
    """By path what stands there; several texts of one path are numbered, and a path that leads nowhere has none."""
    found: dict[str, str] = {}
    for path in paths:
        texts = get_text_at_path(value, path)
        found |= {path: texts[0]} if len(texts) == 1 else {f"{path}.{n}": text for n, text in enumerate(texts)}
    return found
