"""What a message wants left out by a word for a pipeline: "without the renewals"."""

import re
from dataclasses import dataclass
from typing import Final

from core.query import Filter
from nodes.call_analysis.extractive.names import words
from nodes.understanding.lexicon import Lexicon
from nodes.understanding.names.words import tokens

_WITHOUT: Final = re.compile(
    r"\b(?:without|except|excluding|exclude|minus|leave out|leaving out|skip|drop|not|no|ignore|other "
    r"than)(?: for)?(?: the| any| all| our)? "
    r"(?P<word>[\w-]+)(?: (?:deals|ones|pipeline))?\b"
)
_SAID_BY_ALL: Final = words("pipeline pipelines sales deals deal business and of the new")


@dataclass(frozen=True)
class LeftOut:
    """The conditions that leave it out, and the words that say so."""

    filters: tuple[Filter, ...]
    words: frozenset[str]


def left_out(plain: str, lexicon: Lexicon) -> LeftOut | None:
    """The pipeline that is to be left out; None where none is."""
    match = _WITHOUT.search(plain)
    if match is None:
        return None
    stem = match["word"].rstrip("s")
    for pipeline in lexicon.pipelines:
        own = {token.plain.rstrip("s") for token in tokens(pipeline.label)} - _SAID_BY_ALL
        if stem in own:
            filter = Filter(field="pipeline", op="neq", value=pipeline.id, name=pipeline.label)
            return LeftOut((filter,), frozenset({match["word"]}))
    return None
