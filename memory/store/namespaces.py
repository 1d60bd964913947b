"""Namespaces as they stand in the database: each label followed by a full stop, which no label may hold.

So a prefix ends where a label ends: the text of ("a",) is the beginning of that of ("a", "b"), never of ("ab",).
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Boolean, ColumnElement, String, literal, true
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Mapped
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction
from sqlmodel import col

from core.errors import NotUsable
from core.scope import UNOWNED
from memory.store.entry import KINDS, Kind, Namespace
from memory.tables import MemoryItemRow

END = "."
AFTER_END = chr(ord(END) + 1)

WILDCARD = "*"
"""In the path of a condition: any one label."""

OWNED = ("owner:", "place:", "person:")
"""How an audience begins, other than the one of what nobody owns; core/scope.py makes them."""


class Standing(NamedTuple):
    """Whose a namespace is, as far as its labels follow `namespace_of`; a library's own has neither."""

    tenant: str | None
    audience: str | None
    kind: Kind


def encode(namespace: Sequence[str]) -> str:
    """The text of a namespace; raises NotUsable for a label that is empty, no text, or holds a full stop or NUL."""
    for label in namespace:
        if not isinstance(label, str) or not label or END in label or "\x00" in label:
            raise NotUsable(
                f"{label!r} cannot be a label of a namespace",
                next_step="Give a text that is not empty and has no full stop.",
            )
    return "".join(label + END for label in namespace)


def decode(text: str) -> Namespace:
    """The namespace of a text that `encode` made."""
    return tuple(text.split(END)[:-1])


def standing_of(namespace: Namespace) -> Standing:
    """Tenant, audience and kind of a namespace that `namespace_of` could have made, else a library's own."""
    if len(namespace) >= 3 and _is_audience(namespace[1]):
        for kind in KINDS:
            if namespace[2] == kind:
                return Standing(namespace[0], namespace[1], kind)
    return Standing(None, None, "other")


def tenant_of(namespace: Namespace, audience: str | None, kind: Kind) -> str | None:
    """The tenant of an entry; none when its namespace says otherwise than the entry, so that nobody is shown it."""
    return namespace[0] if namespace[1:3] == (audience, kind) else None


def under(prefix: Sequence[str]) -> ColumnElement[bool]:
    """That an item (MemoryItemRow) stands in a namespace that begins with these labels; with none, in any."""
    text = encode(prefix)
    return begins(col(MemoryItemRow.namespace), text, _beyond(text)) if text else true()


def literal_part(path: Sequence[str]) -> Namespace:
    """The labels of a path up to its first wildcard."""
    labels = list(path)
    return tuple(labels[: labels.index(WILDCARD)] if WILDCARD in labels else labels)


def starts_with(namespace: Namespace, path: Sequence[str]) -> bool:
    """Whether the first labels are those of the path."""
    return len(namespace) >= len(path) and _alike(namespace[: len(path)], path)


def ends_with(namespace: Namespace, path: Sequence[str]) -> bool:
    """Whether the last labels are those of the path."""
    return len(namespace) >= len(path) and _alike(namespace[len(namespace) - len(path) :], path)


class begins(GenericFunction[bool]):
    """That a text begins with another; the third argument is the least text after all that do, byte by byte."""

    type = Boolean()
    inherit_cache = True

    def __init__(self, text: Mapped[str], prefix: str, beyond: str) -> None:
        super().__init__(text, literal(prefix, String), literal(beyond, String))


@compiles(begins, "sqlite")
def _as_range(element: begins, compiler: SQLCompiler, **options: Any) -> str:
    text, prefix, beyond = (compiler.process(clause, **options) for clause in element.clauses)
    return f"({text} >= {prefix} AND {text} < {beyond})"  # SQLite compares bytes, and finds a range by index


@compiles(begins, "postgresql")
def _as_prefix(element: begins, compiler: SQLCompiler, **options: Any) -> str:
    text, prefix, _ = list(element.clauses)
    shown = [compiler.process(clause, **options) for clause in (text, prefix)]
    return f"starts_with({', '.join(shown)})"  # an order of texts there is a language's


def _beyond(text: str) -> str:
    return text[: -len(END)] + AFTER_END


def _is_audience(label: str) -> bool:
    return label == UNOWNED or label.startswith(OWNED)


def _alike(labels: Sequence[str], path: Sequence[str]) -> bool:
    return all(wanted in (WILDCARD, label) for label, wanted in zip(labels, path, strict=True))
