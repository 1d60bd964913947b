"""How findings are put into words: a spoken sentence without its fillers, cut to a readable length.

Only `text` is ever reworded; a finding's `quote` stays what was said, letter for letter.
"""

import re

LONGEST = 140
_FILLER = re.compile(r"(?:,\s*)?\b(?:um+|uh+|er+|erm|ah|hmm+|mm)\b\s*,?\s*", re.IGNORECASE)
_PADDING = re.compile(
    r",\s*(?:you know|I mean|like|honestly|sort of|kind of|I guess|to be honest|let's say|let me say)\s*,\s*",
    re.IGNORECASE,
)
_OPENING = re.compile(
    r"^(?:(?:okay|ok|so|well|yeah|yes|yep|and|but|right|oh|look|listen|see|I mean|you know|honestly|sure|"
    r"great|perfect|anyway|now|then|alright|all right|because|'cause|also|actually|ha|"
    r"for what it['’]s worth|to be honest)\b[,.!]?\s+)+(?=\S+\s+\S+)",
    re.IGNORECASE,
)
_STUTTER = re.compile(r"\b((?:\w+['’]?\w*\s+){0,3}\w+['’]?\w*),\s+\1\b", re.IGNORECASE)


_TWICE = re.compile(
    r"\b((?!(?:that|had|very|no|so|really|long|bye|many|far)\b)\w+(?:['’]\w+)?)\s+\1\b(?!['’-])", re.IGNORECASE
)
"""A word said twice in a row, but for those that one repeats on purpose."""
_BEGUN_AGAIN = re.compile(r"\b((?:\w+['’]?\w*\s+){0,3})an?,\s+(?=\1an?\b)", re.IGNORECASE)
"""The first of two tries at a phrase with an article: "There's a, there's an"."""
_THING = (
    r"one-pager|two-pager|proposal|quote|contract|order form|agreement|invoice|report|list|spreadsheet|sheet|deck|"
    r"slides|template|schedule|summary|overview|memo|draft|document|map|plan|recording|link|invite|invitation|"
    r"series|export|file|clause|scorecard|form|brochure|guide|checklist|certificate|numbers|figures|questionnaire|"
    r"recap|notes|offer|estimate|paper|kit|write-up|case study"
)
_NO_ADJECTIVE = "a|an|the|in|on|at|to|of|for|from|with|by|as|and|or|is|was|are|were|i|you|we|they|it|that|your|our|my"
"""Words that end a phrase rather than stand between its article and its noun."""
_NAMED_THING = re.compile(
    rf"\b(?:the|a|an|our|your|my|this|those|some)\s+((?:(?!(?:{_NO_ADJECTIVE})\b)[a-z]+-?[a-z]*\s+){{0,2}}?(?:{_THING}))\b"
    rf"(?!\s+of\b)"
)
_ONLY_IT = re.compile(
    r"^((?:send|get|have|email|e-mail|share|forward|bring|drop|upload|mail|attach|sign|draft|finish|circulate)"
    r"(?:\s+(?:you|them|him|her|everybody|everyone))?)\s+(?:it|that|them|those)\b(?!['’])",
    re.IGNORECASE,
)


def naming(what: str, before: str) -> str:
    """What is promised with the thing in place of "it", when what was said just before names one."""
    things = _NAMED_THING.findall(before)
    return _ONLY_IT.sub(rf"\1 the {things[-1]}", what) if things else what


def cleaned(text: str) -> str:
    """A sentence as one would write it down: no fillers, stutters and opening words, a capital at the front."""
    text = _FILLER.sub(" ", text)
    text = _PADDING.sub(" ", text)
    text = _STUTTER.sub(r"\1", _STUTTER.sub(r"\1", text))
    text = _TWICE.sub(r"\1", _BEGUN_AGAIN.sub("", text))
    text = " ".join(text.split()).lstrip(",. ")
    text = _OPENING.sub("", text) or text
    text = re.sub(r",(?:\s*,)+", ",", re.sub(r"\s+([,.?!])", r"\1", text)).rstrip(" ,;:–—-")
    return text[:1].upper() + text[1:]


def shortened(text: str, longest: int = LONGEST) -> str:
    """The text cut at a word to at most `longest` characters, with an ellipsis where something is missing."""
    if len(text) <= longest:
        return text
    return text[:longest].rsplit(" ", 1)[0].rstrip(",;:-") + "…"


def joined(names: list[str]) -> str:
    """Names as a list in a sentence: "A", "A and B", "A, B and C"."""
    return " and ".join((", ".join(names[:-1]), names[-1])) if len(names) > 1 else "".join(names)
