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
from dataclasses import dataclass

from core.analysis import Finding, Kind
from nodes.call_analysis.extractive.dialogue import Dialogue, Line, words_of
from nodes.call_analysis.extractive.findings import confidence_of
from nodes.call_analysis.extractive.learnt import Learnt
from nodes.call_analysis.extractive.names import EVERYDAY, FIRST_NAMES, PLACES, words
from nodes.call_analysis.extractive.phrases import NUMBER

_TOKEN = re.compile(r"[A-Za-z0-9][\w'’&-]*\w|\w")
_POSSESSIVE = re.compile(r"['’]s$")
_CALENDAR = words(
    "monday tuesday wednesday thursday friday saturday sunday mondays tuesdays wednesdays thursdays fridays "
    "january february march april may june july august september october november december jan feb mar apr jun "
    "jul aug sep sept oct nov dec"
)
_NUMBER = re.compile(rf"{NUMBER}(?:-\w+)*")
MARK = "zzent"
_CIRCUMSTANCES: dict[str, str] = {
    "incumbent": (
        rf"(?:been on|been with|we're on|we are on|are on|use|uses|using|have|had|through|contract with|"
        rf"agreement with|with|under) {MARK}"
    ),
    "since": rf"{MARK} (?:since|for years|for \w+ years|through|until|till)",
    "tried": (
        rf"(?:tried|looked at|evaluated|demo of|demo with|saw|seen|talked to|talking to|talk to|met with|spoke to|"
        rf"piloted|considered|considering|shortlisted|consider|pitched by|visited by) (?:\w+ )?{MARK}"
    ),
    "acts": (
        rf"{MARK} (?:quoted|quotes|offered|offers|offer|waives|waive|waived|promised|promise|came|come|pitched|sent|"
        rf"send|gave|will|has|have|had|does|do|doesn't|don't|didn't|did|can|can't|could|couldn't|wants|charges|"
        rf"charge|include|includes|showed|put|keeps|keep|matched|matches|guarantee|guarantees|wouldn't|would|was in|"
        rf"were in|is in|are in|is coming|are at|were at|is at|was at|is cheaper|are cheaper|was cheaper|"
        rf"were cheaper)"
    ),
    "offer_of": (
        rf"(?:quote|offer|proposal|pricing|price|paper|demo|pitch|rep|email|people|guy|guys|bid|contract|"
        rf"trial) (?:from|of|with|by|at) {MARK}"
    ),
    "versus": rf"(?:than|versus|vs|against|over|like|beat|beats|compared to|compared with|or|not) {MARK}",
    "switching": (
        rf"(?:switch to|switch from|switching to|move to|moved to|moving to|go with|went with|going with|went to|"
        rf"go to|goes to|choose|chose|picked|prefer|prefers|leave|leaving|left|replace|replacing|dropped|stay with|"
        rf"staying with|back to|sign with|signed with) {MARK}"
    ),
    "owned": (
        rf"{MARK} (?:pricing|price|support|rep|quote|contract|demo|proposal|renewal|offer|module|guys|people|users|"
        rf"sales|term)"
    ),
    "list": rf"(?:, |and |or |you |both ){MARK}(?: and| or|,)",
    "is": rf"(?:it's|that's|is|was|called|named|name's|they're|there's|there was|one was|it was) {MARK}",
    "place": rf"(?:in|to|at|from|near|of|outside|over at|over in|for) {MARK}",
    "into": rf"(?:into|out of|inside|in|on top of|via) {MARK}",
    "person": (
        rf"(?:mr|ms|mrs|dr|herr|frau|ask|asked|tell|told|call|called|hi|hey|thanks|thank you|bye|hello|poor|with|"
        rf"and) {MARK}"
    ),
    "says": (
        rf"{MARK} (?:says|said|thinks|asked|asks|told|tells|called|calls|signs|signed|runs|wants|left|reckons|knows|"
        rf"likes|sits|works|used to|retires|leaves|is leaving|is on|is out|who|and i)"
    ),
    "named_before": rf"(?:i'm|it's|this is|name's|name is) {MARK}",
    "plural": rf"(?:the|a|an|our|my|your|their|his|her) {MARK}",
    "at_start": rf"^(?:\w+ )?{MARK}",
}  # fmt: skip
_LINE_CUES: dict[str, str] = {
    "price": r"quoted?|cheaper|dearer|price|pricing|percent|free|waive|discount|fee|grand|thousand|dollar|cost",
    "rivalry": (
        r"alternative|alternatives|competitor|competitors|competition|compare|shortlist|running|bake-off|vendor|"
        r"vendors|other one|evaluat\w+|demo|pitch\w*|switch\w*|rfp|tender|scor\w+|second|incumbent|also|instead|"
        r"already have|built in|throw in|include"
    ),
    "system": (
        r"integrat\w+|connector|sync\w*|export\w*|import\w*|ledger|erp|api|upgrade\w*|file|files|format|database|"
        r"version|release|warehouse|spreadsheet|template|log in|login|runs on|posts?|feeds?|landing|box|agent|"
        r"migration|field"
    ),
    "elsewhere": (
        r"my last|my old|old place|last place|last job|previous job|used to work|back in|years ago|at my|former|"
        r"two thousand"
    ),
    "reference": r"reference|references|introduce|customer of ours|ring you|talk to|case study|went through",
    "banter": r"ha|wife|husband|dog|kid|kids|son|daughter|school|game|holiday|weekend|flight|drive",
    "denied": r"no longer|not anymore|replaced|shut|off|out|gone|retired|closing",
    "works": r"works?|support|uptime|feature|features|module|product|tool|app|system|platform|software|service|portal",
}
_SUFFIX = re.compile(
    r"(?:bank|pay|desk|works|soft|ware|ly|hub|flow|base|track|point|line|link|box|cloud|data|systems?|analytics|"
    r"software|solutions|technologies|labs|stack|sign|bill|ledger|rent|lease|dues|watch|wise|beam|lane|hive|dock|"
    r"lock|vault)$"
)
CIRCUMSTANCES = {name: re.compile(rf"(?<!\S)(?:{source})(?!\S)") for name, source in _CIRCUMSTANCES.items()}
LINE_CUES = {name: re.compile(rf"(?<!\S)(?:{source})(?!\S)") for name, source in _LINE_CUES.items()}


@dataclass(frozen=True)
class Named:
    """A name that might be a vendor's, and the lines that mention it."""

    name: str
    lines: tuple[Line, ...]


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
    return tuple(Named(spelled[key], tuple(lines)) for key, lines in _shortest(mentions).items())


def circumstances_of(
    named: Named, dialogue: Dialogue, scores: Sequence[float], companions: Mapping[int, int]
) -> dict[str, float]:
    """How a name is spoken of: what the classifier of competitors.py weighs.

    `scores` are the sentence classifier's by line, `companions` how many candidates each line mentions.
    """
    found: dict[str, float] = {}
    for line in named.lines:
        marked = marked_words(line.text, named.name)
        found.update({name: 1.0 for name, pattern in CIRCUMSTANCES.items() if pattern.search(marked)})
        found.update({f"line {name}": 1.0 for name, pattern in LINE_CUES.items() if pattern.search(marked)})
        for near in _near(dialogue, line):
            found.update({f"near {name}": 1.0 for name, pattern in LINE_CUES.items() if pattern.search(near.plain)})
        found[f"said by {line.side}"] = 1.0
        if companions.get(line.index, 0) > 1:
            found["with others"] = 1.0
        if line.asks:
            found["asked about"] = 1.0
    found |= _shape(named.name)
    found["mentions"] = min(len(named.lines), 4) / 2
    found["only opens sentences"] = float(all(line.text.startswith(named.name) for line in named.lines))
    found["mentioned once"] = float(len(named.lines) == 1)
    found["score"] = max(max(scores[line.index] for line in named.lines), -6) / 2
    found["mean score"] = max(sum(scores[line.index] for line in named.lines) / len(named.lines), -6) / 2
    return {key: value for key, value in found.items() if value}


def marked_words(text: str, name: str) -> str:
    """The plain words of a sentence with every mention of the name replaced by a mark."""
    marked = re.sub(rf"{re.escape(name)}(?:\s+[A-Z][a-z]+)?(?:['’]s)?", f" {MARK} ", text)
    return f" {' '.join(words_of(marked))} "


def _shape(name: str) -> dict[str, float]:
    parts = name.lower().split()
    return {
        "camel": float(bool(re.search(r"[a-z][A-Z]", name))),
        "all capitals": float(name.isupper()),
        "several words": float(len(parts) > 1),
        "short": float(len(name) < 5),
        "suffix": float(bool(_SUFFIX.search(parts[-1]))),
        "first name": float(parts[0] in FIRST_NAMES),
        "place name": float(any(word in PLACES for word in parts)),
    }


def _near(dialogue: Dialogue, line: Line) -> Iterator[Line]:
    for index in (line.index - 1, line.index + 1):
        if 0 <= index < len(dialogue.lines):
            yield dialogue.lines[index]


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
    return not (begins and word.lower() in common)


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
    found = []
    for name in named:
        score = knowledge.vendor.scores(circumstances_of(name, dialogue, scores, companions))["vendor"]
        lines = tuple(line for line in _with_follow_up(name, dialogue) if not math.isinf(scores[line.index]))
        if score >= 0 and lines:
            found.append(_finding(name, lines, score))
    return tuple(found)


def _with_follow_up(named: Named, dialogue: Dialogue) -> tuple[Line, ...]:
    """The lines that name it, and what the same speaker goes on to say of "them" at once."""
    lines = {line.index: line for line in named.lines}
    for line in named.lines:
        after = dialogue.same_turn(line, 1)
        if after is not None and after.words[:1] in (("they",), ("they're",), ("they've",), ("they'll",), ("their",)):
            lines[after.index] = after
    return tuple(lines[index] for index in sorted(lines))


def _finding(named: Named, lines: tuple[Line, ...], score: float) -> Finding:
    telling = [line for line in lines if line in named.lines] or list(lines)
    teller = next((line for line in telling if line.side == "customer"), telling[0])
    return Finding(
        kind=Kind.COMPETITOR,
        text=named.name,
        quote=teller.text,
        speaker=teller.speaker,
        start_ms=lines[0].start_ms,
        evidence=tuple(line.ref for line in lines),
        confidence=confidence_of(score),
    )
