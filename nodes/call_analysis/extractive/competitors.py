"""Which other vendors came up: names that are talked about as alternatives, not systems, people or places.

Candidates are words with a capital letter that name nobody on the call, no place and nothing everyday. What makes one
an alternative is how it is spoken of: quoted, compared, tried, demonstrated, still under contract; what speaks
against it is an integration, a former employer, a reference customer, a person's verb. A small logistic regression
over such circumstances, counted over all mentions (trained by `python -m evals.train`), weighs them.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from core.analysis import Finding, Kind
from nodes.call_analysis.extractive.bars import Bar
from nodes.call_analysis.extractive.circumstances import Named, circumstances_of, is_person
from nodes.call_analysis.extractive.dialogue import Dialogue, Line, words_of
from nodes.call_analysis.extractive.learnt import Learnt
from nodes.call_analysis.extractive.names import EVERYDAY, FIRST_NAMES, PLACES, words
from nodes.call_analysis.extractive.phrases import NUMBER

_TOKEN = re.compile(r"[A-Za-z0-9][\w'’&-]*\w|\w")
_ENDINGS = (
    ("s", ""),
    ("es", ""),
    ("ies", "y"),
    ("ly", ""),
    ("ing", ""),
    ("ing", "e"),
    ("ed", ""),
    ("ed", "e"),
    ("ment", ""),
)
"""Endings that make another form of a word, with what stands in their place."""
_POSSESSIVE = re.compile(r"['’]s$")
_CALENDAR = words(
    "monday tuesday wednesday thursday friday saturday sunday mondays tuesdays wednesdays thursdays fridays "
    "january february march april may june july august september october november december jan feb mar apr jun "
    "jul aug sep sept oct nov dec"
)
_NUMBER = re.compile(rf"{NUMBER}(?:-\w+)*")


def names_in(dialogue: Dialogue, common: frozenset[str]) -> tuple[Named, ...]:
    """The candidate names of a call; `common` are words that also occur in lower case and so begin sentences."""
    barred = _barred(dialogue)
    mentions: dict[str, list[Line]] = {}
    spelled: dict[str, str] = {}
    for line in dialogue.lines:
        for name in _capitalised(line.text, common):
            parts = {word.lower() for word in name.split()}
            if parts & barred or name.lower().replace(" ", "") in barred or _everyday(name):
                continue
            spelled.setdefault(name.lower(), name)
            lines = mentions.setdefault(name.lower(), [])
            if line not in lines:
                lines.append(line)
    named = (Named(spelled[key], tuple(lines)) for key, lines in _shortest(mentions).items())
    return tuple(name for name in named if not is_person(name))


def _barred(dialogue: Dialogue) -> frozenset[str]:
    """Words that name the people and the two companies on the call."""
    barred: set[str] = set()
    for party in dialogue.call.parties:
        barred.update(_POSSESSIVE.sub("", word.lower()) for word in _TOKEN.findall(party.name or ""))
        _, _, domain = (party.email or "").lower().rpartition("@")
        company = domain.split(".")[0]
        if company:
            barred.add(company)
            barred.update(
                key for line in dialogue.lines for key in _companies(line.text) if len(key) > 3 and (key in company)
            )
    barred.update(word for word in words_of(dialogue.call.title or "") if len(word) > 3)
    return frozenset(barred)


def _companies(text: str) -> Iterator[str]:
    return (_POSSESSIVE.sub("", word).lower() for word in _TOKEN.findall(text) if word[:1].isupper())


def _everyday(name: str) -> bool:
    parts = name.lower().split()
    return (
        all(word in EVERYDAY or word in PLACES or word in _CALENDAR for word in parts)
        or (len(parts) == 1 and parts[0] in FIRST_NAMES)
        or (len(parts) == 2 and parts[0] in FIRST_NAMES)
        or bool(_NUMBER.fullmatch(parts[0]))
        or len(name) < 3
    )


def _capitalised(text: str, common: frozenset[str]) -> Iterator[str]:
    tokens = list(_TOKEN.finditer(text))
    place = 0
    while place < len(tokens):
        token = tokens[place]
        if not _may_name(text, token, common):
            place += 1
            continue
        end = place
        while end + 1 < len(tokens) and _goes_on(text, tokens[end], tokens[end + 1]):
            end += 1
        yield " ".join(_POSSESSIVE.sub("", t[0]) for t in tokens[place : end + 1])
        place = end + 1


def _may_name(text: str, token: re.Match[str], common: frozenset[str]) -> bool:
    word = _POSSESSIVE.sub("", token[0])
    if not word[:1].isupper() or "'" in word or "’" in word or word.lower() in _CALENDAR:
        return False
    begins = token.start() == 0 or bool(re.search(r"[.!?…\"“:]\s*$", text[: token.start()]))
    return not (begins and not _forms(word.lower()).isdisjoint(common))


def _forms(word: str) -> frozenset[str]:
    """A word and what it may be formed from ("complaints": "complaint"), which need not be words."""
    stems = {word, word[1:] if word[:1] in "'’" else word}
    for ending, instead in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) > 3:
            stems.add(word[: -len(ending)] + instead)
    return frozenset(stems)


def _goes_on(text: str, token: re.Match[str], following: re.Match[str]) -> bool:
    joined = text[token.end() : following.start()] == " " and not _POSSESSIVE.search(token[0])
    return joined and following[0][:1].isupper() and following[0] not in ("I", "I'm", "I'll", "I'd", "I've")


def _shortest(mentions: Mapping[str, list[Line]]) -> dict[str, list[Line]]:
    """The mentions with longer forms of a name counted to the shorter one ("Suncoast Bank" to "Suncoast")."""
    merged: dict[str, list[Line]] = {}
    for key in sorted(mentions, key=len):
        shorter = next((other for other in merged if key.startswith(f"{other} ")), None)
        lines = merged.setdefault(shorter or key, [])
        lines.extend(line for line in mentions[key] if line not in lines)
    return {key: sorted(lines, key=lambda line: line.index) for key, lines in merged.items()}


def vendors_of(dialogue: Dialogue, scores: Sequence[float], knowledge: Learnt) -> tuple[Finding, ...]:
    """The other vendors of a call, each once, with every sentence that names it."""
    named = names_in(dialogue, knowledge.common)
    companions = Counter(line.index for name in named for line in name.lines)
    bar = knowledge.bars["vendor"]
    found = []
    for name in named:
        score = knowledge.vendor.scores(circumstances_of(name, dialogue, scores, companions))["vendor"] - bar.limit
        lines = tuple(line for line in _with_follow_up(name, dialogue) if not math.isinf(scores[line.index]))
        if score >= 0 and lines:
            found.append(_finding(name, lines, score, bar))
    return tuple(found)


def _with_follow_up(named: Named, dialogue: Dialogue) -> tuple[Line, ...]:
    """The lines that name it, and what the same speaker goes on to say of "them" at once."""
    lines = {line.index: line for line in named.lines}
    for line in named.lines:
        after = dialogue.same_turn(line, 1)
        if after is not None and after.words[:1] in (("they",), ("they're",), ("they've",), ("they'll",), ("their",)):
            lines[after.index] = after
    return tuple(lines[index] for index in sorted(lines))


def _finding(named: Named, lines: tuple[Line, ...], score: float, bar: Bar) -> Finding:
    telling = [line for line in lines if line in named.lines] or list(lines)
    teller = next((line for line in telling if line.side == "customer"), telling[0])
    return Finding(
        kind=Kind.COMPETITOR,
        text=named.name,
        quote=teller.text,
        speaker=teller.speaker,
        start_ms=lines[0].start_ms,
        evidence=tuple(line.ref for line in lines),
        confidence=bar.confidence(score),
        candidate=bar.is_candidate(score),
    )
