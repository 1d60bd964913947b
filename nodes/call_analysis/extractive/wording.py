"""How findings are put into words: a spoken sentence without its fillers, cut to a readable length.

Only `text` is ever reworded; a finding's `quote` stays what was said, letter for letter.
"""

import re

LONGEST = 140
_FILLER = re.compile(r"(?:,\s*)?\b(?:um+|uh+|er+|erm|ah|hmm+|mm)\b\s*,?\s*", re.IGNORECASE)
_PADDING = re.compile(
    r",\s*(?:you know|I mean|like|honestly|sort of|kind of|I guess|to be honest)\s*,\s*", re.IGNORECASE
)
_OPENING = re.compile(
    r"^(?:(?:okay|ok|so|well|yeah|yes|yep|and|but|right|oh|look|listen|see|I mean|you know|honestly|sure|"
    r"great|perfect|anyway|now|then|alright|all right|because|'cause|also|actually|ha)\b[,.!]?\s+)+(?=\S+\s+\S+)",
    re.IGNORECASE,
)
_STUTTER = re.compile(r"\b((?:\w+['’]?\w*\s+){0,3}\w+['’]?\w*),\s+\1\b", re.IGNORECASE)


def cleaned(text: str) -> str:
    """A sentence as one would write it down: no fillers, stutters and opening words, a capital at the front."""
    text = _FILLER.sub(" ", text)
    text = _PADDING.sub(" ", text)
    text = _STUTTER.sub(r"\1", _STUTTER.sub(r"\1", text))
    text = " ".join(text.split()).lstrip(",. ")
    text = _OPENING.sub("", text) or text
    text = re.sub(r"\s+([,.?!])", r"\1", text)
    return text[:1].upper() + text[1:]


def shortened(text: str, longest: int = LONGEST) -> str:
    """The text cut at a word to at most `longest` characters, with an ellipsis where something is missing."""
    if len(text) <= longest:
        return text
    return text[:longest].rsplit(" ", 1)[0].rstrip(",;:-") + "…"


def joined(names: list[str]) -> str:
    """Names as a list in a sentence: "A", "A and B", "A, B and C"."""
    return " and ".join((", ".join(names[:-1]), names[-1])) if len(names) > 1 else "".join(names)
