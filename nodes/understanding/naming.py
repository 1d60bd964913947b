"""Which records and people a request names, each resolved, with one question for each that may be several."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from core.query import QueryObject
from nodes.understanding.lexicon import CLEARLY, Lexicon, Mention
from nodes.understanding.shape import Doubt, Named
from nodes.understanding.slots.part import Text
from nodes.understanding.slots.people import still_here
from nodes.understanding.slots.records import meant_by

PERSON: Final = "person"
RECORDS: Final = ("deals", "companies", "contacts")


@dataclass(frozen=True)
class Meant:
    """A mention and what it means: several where it must be asked."""

    mention: Mention
    candidates: tuple[Named, ...]

    @property
    def named(self) -> Named | None:
        """What is meant, None where that is open."""
        return self.candidates[0] if len(self.candidates) == 1 else None

    @property
    def type(self) -> str:
        return self.candidates[0].type

    def doubt(self, field: str) -> Doubt | None:
        """The question which of them is meant."""
        if len(self.candidates) == 1:
            return None
        return Doubt(question=f"Which {self.mention.text} do you mean?", choices=self.candidates, field=field)


def meant_in(asked: str, mentions: Sequence[Mention], object: QueryObject | None, lexicon: Lexicon) -> list[Meant]:
    """What every mention means where something is done to an object of this kind."""
    text = Text.of(asked)
    return [Meant(mention, _chosen(text, mention, object, lexicon)) for mention in mentions if mention.candidates]


def colleagues(mentions: Iterable[Mention], lexicon: Lexicon) -> list[Meant]:
    """The colleagues that are named, whatever else the same words may name."""
    found = []
    for mention in mentions:
        people = [named for named in mention.candidates if named.type == PERSON]
        if people:
            found.append(Meant(mention, tuple(still_here(people, lexicon))))
    return found


def _chosen(text: Text, mention: Mention, object: QueryObject | None, lexicon: Lexicon) -> tuple[Named, ...]:
    chosen = meant_by(text, mention, object)
    if chosen[0].type == "companies" and object == "deals":
        return _deals_of(mention) or tuple(chosen)
    return tuple(still_here(chosen, lexicon) if chosen[0].type == PERSON else chosen)


def _deals_of(mention: Mention) -> tuple[Named, ...]:
    """The deals that bear the name of a company: it is they that are moved and marked."""
    scored = zip(mention.candidates, mention.scores or (1.0,) * len(mention.candidates), strict=True)
    deals = [(named, score) for named, score in scored if named.type == "deals"]
    return tuple(named for named, score in deals if deals[0][1] - score < CLEARLY)
