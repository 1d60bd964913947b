"""An entry made ready for its rows: as JSON gives it back, in text that both databases take, with its hash."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.errors import NotUsable
from memory.store.entry import Entry
from memory.store.namespaces import encode, tenant_of

LONGEST_TEXT = 200_000
"""Characters of a text that are searched: PostgreSQL makes no tsvector of more than 1 MB, which even as many four-byte
letters in words of their own stay below; its INSERT fails then. The value is kept whole."""

LONGEST_NAME = 2_600
"""Bytes of what an index holds (a namespace with its key, a source, a subject): PostgreSQL's B-trees take 2,704."""


@dataclass(frozen=True)
class Draft:
    """An entry, the text of its namespace, its value as JSON gives it back, and its texts by path."""

    entry: Entry
    namespace: str
    value: Mapping[str, Any]
    text: str | None
    embedded: Mapping[str, str]
    content_hash: str

    @property
    def place(self) -> tuple[str, str]:
        return self.namespace, self.entry.key

    @property
    def standing(self) -> dict[str, Any]:
        """The columns of its row that are not of its content."""
        entry = self.entry
        return {
            "kind": entry.kind,
            "tenant": tenant_of(entry.namespace, entry.audience, entry.kind),
            "audience": entry.audience,
            "source": entry.source,
            "position": entry.position,
            "at": entry.at,
        }

    def vector_ids(self, item_id: int) -> dict[str, str]:
        """The id of the vector of each path: another text has another id, so that the index never mixes them up."""
        return {
            path: f"{self.entry.kind}:{item_id}:{number}:{_hash(text)[:8]}"
            for number, (path, text) in enumerate(self.embedded.items())
        }


def number_of(vector_id: str) -> int:
    """Which of its item's texts a vector is of, from the id that `Draft.vector_ids` gave it."""
    return int(vector_id.split(":")[2])


def item_of(vector_id: str) -> int | None:
    """The item that a vector is of, from the id that `Draft.vector_ids` gave it; None of an id that is not of ours."""
    _, _, rest = vector_id.partition(":")
    item_id, _, _ = rest.partition(":")
    return int(item_id) if item_id.isdecimal() else None


def drafts_of(entries: Sequence[Entry]) -> list[Draft]:
    """Drafts of the last entry of each place; raises NotUsable for what cannot be stored, naming it."""
    last = {(entry.namespace, entry.key): entry for entry in entries}
    return [_draft(entry) for entry in last.values()]


def _draft(entry: Entry) -> Draft:
    namespace = _storable(encode(entry.namespace), entry)
    _storable(entry.key, entry)
    for name in (namespace + entry.key, entry.source, *entry.subjects):
        _check_length(name)
    value = _as_json(entry)
    text = _searched(entry.text)
    embedded = {path: _searched(each) or "" for path, each in entry.embedded.items()}
    content = json.dumps([value, text, embedded], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return Draft(entry, namespace, value, text, embedded, _hash(content))


def _as_json(entry: Entry) -> dict[str, Any]:
    try:
        value: dict[str, Any] = json.loads(json.dumps(entry.value, allow_nan=False))
    except (TypeError, ValueError, RecursionError) as error:
        raise NotUsable(
            f"the value of {entry.key!r} is not JSON: {error}",
            next_step="Give texts, finite numbers, true, false, null, lists and mappings only.",
        ) from error
    return value


def _storable(text: str, entry: Entry) -> str:
    if text != _clean(text):
        raise NotUsable(f"{entry.key!r} in {entry.namespace} cannot be stored: it holds NUL or half a character")
    return text


def _check_length(name: str) -> None:
    if len(name.encode("utf-8", "replace")) > LONGEST_NAME:
        raise NotUsable(
            f"{name[:60]!r}… is too long to be found by",
            next_step=f"Give a namespace and key, a source and subjects of at most {LONGEST_NAME:,} bytes each.",
        )


def _searched(text: str | None) -> str | None:
    return _clean(text[:LONGEST_TEXT]) if text is not None else None


def _clean(text: str | None) -> str | None:
    """The text without what PostgreSQL or UTF-8 have no place for: NUL, and halves of characters."""
    if text is None:
        return None
    return text.replace("\x00", " ").encode("utf-8", "replace").decode("utf-8")


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
