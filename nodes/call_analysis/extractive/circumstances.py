"""How a name is spoken of: the circumstances by which competitors.py tells a vendor from a person, a place, a system.

Each circumstance is a pattern over plain words around the name, a property of its spelling, or who mentions it and
how often. None decides anything alone; evals/train.py learns what each is worth.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from nodes.call_analysis.extractive.dialogue import Dialogue, Line, words_of
from nodes.call_analysis.extractive.names import FIRST_NAMES, PLACES
from nodes.call_analysis.extractive.phrases import NUMBER

MARK = "zzent"
_CIRCUMSTANCES: dict[str, str] = {
    "incumbent": (
        rf"(?:been on|been with|we're on|we are on|are on|use|uses|using|have|had|through|contract with|"
        rf"agreement with|with|under) {MARK}"
    ),
    "since": rf"{MARK} (?:since|for years|for \w+ years|through|until|till)",
    "tried": (
        rf"(?:tried|looked at|evaluated|demo of|demo with|saw|seen|talked to|talking to|talk to|met with|spoke to|"
        rf"piloted|considered|considering|shortlisted|consider|pitched by|visited by|tested|trialled|why not|bid from|"
        rf"pushing|selling|sells|recommends|suggested) (?:\w+ )?{MARK}"
    ),
    "acts": (
        rf"{MARK} (?:quoted|quotes|offered|offers|offer|waives|waive|waived|promised|promise|came|come|pitched|sent|"
        rf"send|gave|will|has|have|had|does|do|doesn't|don't|didn't|did|can|can't|could|couldn't|wants|charges|"
        rf"charge|include|includes|showed|put|keeps|keep|matched|matches|guarantee|guarantees|wouldn't|would|was in|"
        rf"were in|is in|are in|is coming|are at|were at|is at|was at|is cheaper|are cheaper|was cheaper|"
        rf"were cheaper|bid|bids|couldn't do|reckon|rings|keep)"
    ),
    "priced": rf"{MARK} (?:at |is |was |were |are |wants |for )?{NUMBER}",
    "titled": (
        rf"(?:mr|mrs|ms|miss|dr|herr|frau|sir|chairman|chair|boss|treasurer|banker|counsel|colleague|guy|brother|"
        rf"sister|wife|husband|son|daughter) {MARK}"
    ),
    "part of us": (
        rf"(?:closed on|bought|acquired|acquiring|acquisition of|merged with|merging with|merge with|office with|"
        rf"runs|run|manage|manages|owns|own|over at|down at|folks from|somebody at|people at) {MARK}"
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
    "site": (
        r"homes|doors|units|building|buildings|lobby|clubhouse|property|properties|site|sites|plant|branch|depot|"
        r"residents|tenants|floor|roof|community|communities|region"
    ),
    "works": r"works?|support|uptime|feature|features|module|product|tool|app|system|platform|software|service|portal",
}
_TITLED = re.compile(rf" (?:mr|mrs|ms|miss|mister|dr|doctor|herr|frau|sir|madam|senhor|monsieur) {MARK} ")
_PRONOUNS = {
    "a person": re.compile(r" (?:he|he's|he'll|he'd|him|his|she|she's|she'll|she'd|her|hers) "),
    "a company": re.compile(r" (?:they|they're|they've|they'll|they'd|their|theirs|them) "),
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
    found |= _shape(named.name) | _spoken_of_as(named, dialogue)
    found["only the seller"] = float(all(line.side == "seller" for line in named.lines))
    found["stands alone"] = float(all(len(line.words) <= 2 for line in named.lines))
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


def is_person(named: Named) -> bool:
    """Whether somebody is addressed or spoken of by that name with a title."""
    return any(_TITLED.search(marked_words(line.text, named.name)) for line in named.lines)


def _spoken_of_as(named: Named, dialogue: Dialogue) -> dict[str, float]:
    """Whether a person ("he", "her") or a company ("they") is spoken of where the name stands."""
    near = [after for line in named.lines if (after := dialogue.same_turn(line, 1))]
    said = [line.plain for line in (*named.lines, *near)]
    return {name: float(any(pattern.search(plain) for plain in said)) for name, pattern in _PRONOUNS.items()}


def _near(dialogue: Dialogue, line: Line) -> Iterator[Line]:
    for index in (line.index - 1, line.index + 1):
        if 0 <= index < len(dialogue.lines):
            yield dialogue.lines[index]
