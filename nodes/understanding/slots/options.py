"""Values of the portal's fields that people can choose from: "high priority", "student housing companies", "in Ohio".

A value that is an everyday word, or short, counts only beside the name of its field or behind a word that leads to it.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Set
from typing import Final

from core.query import QueryObject
from nodes.understanding.lexicon import Lexicon
from nodes.understanding.names.words import everyday, folded, tokens
from nodes.understanding.slots.part import Part, Text, one_of, pattern
from tools.hubspot.port import FieldSpec

SKIPPED: Final = frozenset(
    {"hubspot_owner_id", "dealstage", "pipeline", "hs_task_status", "deal_currency_code", "hs_email_optout"}
)
"""Fields that other slots read."""

DESCRIBED: Final = frozenset({"lifecyclestage", "segment", "brand", "industry", "hs_task_type"})
"""Fields of which a value says enough before the noun, though it is an everyday word: affordable customers."""

PLACES: Final = frozenset({"city", "state", "country"})
LABELS: Final[Mapping[str, str]] = {
    "hs_task_priority": "priority|prio", "hs_priority": "priority|prio", "hs_task_type": "type",
    "lifecyclestage": "lifecycle(?: stage)?|stage", "hs_lead_status": "(?:lead )?status", "dealtype": "(?:deal )?type",
    "industry": "industry|sector|vertical", "state": "state", "city": "city", "segment": "segment",
}  # fmt: skip
SAID: Final[Mapping[tuple[str, str], str]] = {
    ("hs_task_priority", "HIGH"): "high|urgent|top", ("hs_priority", "high"): "high|urgent|top",
    ("hs_task_type", "CALL"): "call|phone", ("hs_task_type", "EMAIL"): "e-?mail",
    ("dealtype", "newbusiness"): "new[ -]business", ("dealtype", "existingbusiness"): "existing[ -]business",
    ("lifecyclestage", "marketingqualifiedlead"): "mqls?|marketing[ -]qualified(?: leads?)?",
    ("lifecyclestage", "salesqualifiedlead"): "sqls?|sales[ -]qualified(?: leads?)?",
}  # fmt: skip
"""What people say for a value beside its label."""

STATES: Final[Mapping[str, str]] = {
    "al": "alabama", "az": "arizona", "ca": "california", "co": "colorado", "ct": "connecticut", "fl": "florida",
    "ga": "georgia", "id": "idaho", "il": "illinois", "in": "indiana", "ks": "kansas", "ky": "kentucky",
    "ma": "massachusetts", "md": "maryland", "mi": "michigan", "mn": "minnesota", "mo": "missouri",
    "nc": "north carolina", "nj": "new jersey", "nv": "nevada", "ny": "new york", "oh": "ohio", "ok": "oklahoma",
    "or": "oregon", "pa": "pennsylvania", "ri": "rhode island", "sc": "south carolina", "tn": "tennessee",
    "tx": "texas", "ut": "utah", "va": "virginia", "wa": "washington", "wi": "wisconsin",
}  # fmt: skip
"""A portal has its states written both ways: who asks for one means both."""

_PLACE_LEAD: Final = r"(?:based |located |headquartered |living )?(?:in|from|near|around|across)(?: the)?"
_LEAD: Final = r"(?:in|of|from|for)(?: the)?"
_BEHIND: Final = "companies|company|accounts?|customers?|deals?|contacts?|tasks?|leads?|people|clients?|segment|ones"
SHORT: Final = 4


def option_parts(text: Text, object: QueryObject, lexicon: Lexicon) -> Iterator[Part]:
    """Conditions on fields by the labels of their values; the longest label wins."""
    words = {token.plain for token in tokens(text.plain)}
    found = [
        (match, spec.name, values)
        for spec in _specs(object, lexicon)
        for said, values in _values(spec, words).items()
        if (match := _found(text, spec, said)) is not None
    ]
    for match, field, values in sorted(found, key=lambda item: -len(item[0]["value"])):
        if text.is_free(*match.span()):
            part = Part(*match.span(), (one_of(field, values, max(values.values(), key=len)),))
            text = text.without([part])
            yield part


def _specs(object: QueryObject, lexicon: Lexicon) -> Iterator[FieldSpec]:
    fields = lexicon.fields.get(object, {}) if object != "calls" else {}
    return (spec for spec in fields.values() if spec.options and spec.name not in SKIPPED and spec.type != "bool")


def _values(spec: FieldSpec, words: Set[str]) -> Mapping[str, Mapping[str, str]]:
    """Patterns of what is said for a value, with the values (and labels) it stands for: all ways it is written.

    Only of values whose first word is among `words`: a field may have thousands.
    """
    found: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for value, label in spec.options:
        said = _said_for(spec, value, label, words)
        if said is not None:
            found[said][value] = label
    return found


def _said_for(spec: FieldSpec, value: str, label: str, words: Set[str]) -> str | None:
    said = SAID.get((spec.name, value))
    if said is not None:
        return said
    plain = folded(label)
    if spec.name == "state":
        return _state(STATES.get(plain, plain))
    sides = [side for side in plain.split("/") if len(side.strip()) > 2] if "/" in plain else []
    found = [one for one in map(_words_of, [plain, *sides]) if one and {one[0], one[0] + "s", "".join(one)} & words]
    return "|".join(r"[\W_]+".join(map(re.escape, one)) + r"s?" for one in found) or None


def _words_of(label: str) -> list[str]:
    return [word for word in re.split(r"[\W_]+", label) if word]


def _state(name: str) -> str:
    short = next((letters for letters, full in STATES.items() if full == name), None)
    return rf"{re.escape(name)}|(?<=in ){short}" if short else re.escape(name)


def _found(text: Text, spec: FieldSpec, said: str) -> re.Match[str] | None:
    """The value beside the name of its field, or where it says enough alone."""
    label, value = LABELS.get(spec.name, re.escape(folded(spec.label))), rf"(?P<value>{said})"
    forms = [rf"(?:{label})(?: is| are|:| =| of)? {value}", rf"(?:(?:in|with) (?:the |a )?)?{value}[ -](?:{label})"]
    if "|urgent|" in said:
        forms.append(r"(?P<value>urgent)")
    if spec.name in PLACES:
        forms += [rf"{_PLACE_LEAD} {value}", rf"(?<=or ){value}", rf"(?<=and ){value}"]
    elif _says_enough(said):
        forms.append(rf"(?:{_LEAD} )?{value}")
    elif spec.name in DESCRIBED:
        forms.append(rf"{value}(?= (?:{_BEHIND})\b)")
    found = (match for form in forms for match in text.free(pattern(form)))
    return next(found, None)


def _says_enough(said: str) -> bool:
    """Whether a value names its field by itself: several words, or one that is no everyday word."""
    plain = re.sub(r"\\|s\?$", "", said)
    return len(plain) > SHORT and "|" not in plain and ("[" in plain or not everyday().is_common(plain))
