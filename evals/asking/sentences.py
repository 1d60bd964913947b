"""The sentences that the classifier learns from, and those written apart that it is measured on.

`sentences.jsonl` has a group for each form that was written down: sentences made of one form (other names, days,
spellings) bear the same group, and never stand on both sides of a division. `heldout.jsonl` was written before any
figure was seen, is never learnt from, and none of it was looked at for what goes wrong. Both are ours.
"""

import json
import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.analysis import Frozen
from core.query import QueryObject
from nodes.understanding.classifier.heads import HeadName
from nodes.understanding.classifier.masks import Class, Masked, Span, masked
from nodes.understanding.own_words import own_words
from nodes.understanding.shape import ActionObject, Kind, Verb
from nodes.understanding.splitting import request_in

FOLDER: Final = Path(__file__).parent
FOLDS: Final = 5
CLASS_OF: Final[dict[str, Class]] = {
    "company": "name", "deal": "name", "person": "person", "stage": "stage", "team": "team"
}  # fmt: skip


class Sentence(Frozen):
    """What somebody might write, and what it asks for. `names` are those in it, and what they name."""

    text: str
    kind: Kind
    object: QueryObject | None
    agents: tuple[str, ...]
    verb: Verb | None
    action_object: ActionObject | None
    group: str
    names: dict[str, str] = {}

    def label(self, head: HeadName) -> str | None:
        """The right class of a head, None where the head has nothing to say of it."""
        if head == "agent":
            return self.agents[0] if self.kind == "agent" else None
        found: str | None = getattr(self, head)
        return found

    @property
    def fold(self) -> int:
        """Which of the FOLDS its group stands in."""
        return zlib.crc32(self.group.encode()) % FOLDS


@dataclass(frozen=True)
class Looked:
    """A sentence as the classifier sees it: with its names known, and as if nobody knew them."""

    sentence: Sentence
    known: Masked
    unknown: Masked


def read_sentences(name: str = "sentences.jsonl") -> tuple[Sentence, ...]:
    """The sentences of a file in this folder."""
    lines = (FOLDER / name).read_text(encoding="utf-8").splitlines()
    return tuple(Sentence.model_validate(json.loads(line)) for line in lines)


def looked_at(sentences: Sequence[Sentence]) -> tuple[Looked, ...]:
    """Each with its names taken out, and without."""
    return tuple(_looked_at(one) for one in sentences)


def _looked_at(sentence: Sentence) -> Looked:
    asked = request_in(own_words(sentence.text).asked) or sentence.text
    return Looked(sentence, masked(asked, _spans(asked, sentence)), masked(asked, ()))


def _spans(asked: str, sentence: Sentence) -> list[Span]:
    found = []
    for name in sorted(sentence.names, key=len, reverse=True):
        pattern = rf"(?<!\w){re.escape(name)}(?!\w)"
        kind = CLASS_OF[sentence.names[name]]
        found += [Span(match.start(), match.end(), kind) for match in re.finditer(pattern, asked)]
    return found
