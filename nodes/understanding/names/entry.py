"""A record or colleague in the index of names: its words, and how much each of them says of whom is meant.

Made of what CrmGateway reads (PROPERTIES), or of a colleague as the lexicon has them.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from core.query import OWNER
from core.scope import owned_by
from nodes.understanding.lexicon import PersonKnown
from nodes.understanding.names.words import LEGAL_FORMS, English, folded, name_words
from nodes.understanding.shape import Named
from tools.hubspot.port import ObjectType, Record

PROPERTIES: Final[Mapping[ObjectType, tuple[str, ...]]] = {
    "companies": ("name", "domain", OWNER),
    "deals": ("dealname", OWNER),
    "contacts": ("firstname", "lastname", "email", "company", OWNER),
}
"""What is read of each record; the values of DESCRIBING are read beside them where the portal has such fields."""

ALONE, IN_ITS_PLACE, BESIDE = 2, 1, 0
"""A word that names somebody by itself; one that does where a name is expected; one that only helps others."""

WEIGHTS: Final = {ALONE: 1.0, IN_ITS_PLACE: 0.8, BESIDE: 0.25}
SHORTEST_ALIAS: Final = 5
HEAD: Final = re.compile(r"\s[-–—:|(]|[:(]")
"""What parts the company's name in a deal's from what is sold."""


@dataclass(frozen=True, eq=False)
class Entry:
    """Something that can be named. `audience` is None for what everybody may know.

    `strength` is of each word of the name; `aliases` are other single words for it, `addresses` its e-mail address and
    domain. `values` are of fields that are asked about by their value.
    """

    named: Named
    audience: str | None
    words: tuple[str, ...]
    strength: Mapping[str, int]
    aliases: frozenset[str] = frozenset()
    addresses: frozenset[str] = frozenset()
    values: Mapping[str, str] = field(default_factory=dict)

    @property
    def weight(self) -> float:
        """Of all its words together."""
        return sum(WEIGHTS[strength] for strength in self.strength.values())


def entry_of(record: Record, english: English, describing: Sequence[str] = ()) -> Entry | None:
    """The entry of a record; None for one without a name."""
    makers = {"companies": _company, "deals": _deal, "contacts": _contact}
    made = makers[record.type](record, english) if record.type in makers else None
    values = {name: value for name in describing if (value := record.get(name))}
    return Entry(**(made | {"values": values})) if made else None  # type: ignore[arg-type]


def entry_of_person(person: PersonKnown, english: English) -> Entry:
    """The entry of a colleague; everybody who asks may know them."""
    said = name_words(person.name)
    email = folded(person.email or "")
    named = Named(type="person", id=person.owner_id or "", name=person.name, detail=person.email)
    return Entry(named, None, said, _of_people(said, english), _joined(person.name), frozenset({email} - {""}))


def _company(record: Record, english: English) -> dict[str, object] | None:
    name = record.get("name") or record.get("domain")
    if name is None:
        return None
    said = name_words(name)
    strength = {word: ALONE if not english.is_known(word) else BESIDE for word in said[1:]}
    strength |= {said[0]: IN_ITS_PLACE if english.is_common(said[0]) else ALONE} if said else {}
    domain = folded(record.get("domain") or "")
    label = domain.partition(".")[0]
    aliases = _joined(name) | ({label} if len(label) >= SHORTEST_ALIAS and not english.is_common(label) else set())
    named = Named(type="companies", id=record.id, name=name, detail=record.get("domain"))
    return _entry(record, named, said, _long_enough(strength), aliases - set(said), {domain})


def _deal(record: Record, english: English) -> dict[str, object] | None:
    name = record.get("dealname")
    if name is None:
        return None
    said = name_words(name)
    parted = HEAD.search(name)
    head = set(name_words(name[: parted.start()])) if parted else set(said[:1])
    strength = {word: ALONE if word in head and not english.is_known(word) else BESIDE for word in said[1:]}
    strength |= {said[0]: IN_ITS_PLACE if english.is_common(said[0]) else ALONE} if said else {}
    return _entry(record, Named(type="deals", id=record.id, name=name), said, _long_enough(strength))


def _contact(record: Record, english: English) -> dict[str, object] | None:
    name = " ".join(part for part in (record.get("firstname"), record.get("lastname")) if part)
    email = folded(record.get("email") or "")
    if not name and not email:
        return None
    said = name_words(name)
    named = Named(type="contacts", id=record.id, name=name or email, detail=record.get("company") or email or None)
    return _entry(record, named, said, _of_people(said, english), _joined(name), {email})


def _entry(
    record: Record,
    named: Named,
    said: tuple[str, ...],
    strength: Mapping[str, int],
    aliases: frozenset[str] | set[str] = frozenset(),
    addresses: frozenset[str] | set[str] = frozenset(),
) -> dict[str, object]:
    return {
        "named": named,
        "audience": owned_by(record.get(OWNER)),
        "words": said,
        "strength": strength,
        "aliases": frozenset(aliases),
        "addresses": frozenset(addresses - {""}),
    }


def _of_people(said: Sequence[str], english: English) -> Mapping[str, int]:
    """First and last names name people, those that are words as well only in their place."""
    return _long_enough({word: IN_ITS_PLACE if english.is_common(word) else ALONE for word in said})


def _long_enough(strength: Mapping[str, int]) -> Mapping[str, int]:
    """Two letters and numbers name nobody."""
    return {
        word: BESIDE if len(word) < 3 or word.isdecimal() or word in LEGAL_FORMS else how
        for word, how in strength.items()
    }


def _joined(name: str) -> frozenset[str]:
    """Words with a hyphen written as one: Mei-Ling as meiling."""
    parts = (part for part in name.split() if "-" in part.strip("-"))
    return frozenset(joined for part in parts if len(joined := folded(re.sub(r"\W", "", part))) >= SHORTEST_ALIAS)
