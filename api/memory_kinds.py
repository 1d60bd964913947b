"""The kinds of things remembered that a person names on the command line."""

from collections.abc import Sequence
from typing import cast

from api.terminal import BadInput
from memory.store.entry import KINDS, Kind


def known_kinds(names: Sequence[str]) -> tuple[Kind, ...]:
    """These kinds, or all of them; raises BadInput for another name."""
    if unknown := [name for name in names if name not in KINDS]:
        raise BadInput(f"there is no kind {unknown[0]!r}", next_step=f"Give one of {', '.join(KINDS)}.")
    return cast("tuple[Kind, ...]", tuple(dict.fromkeys(names))) or KINDS
