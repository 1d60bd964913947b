"""Which language a call is in: Gong's own word for it, checked against the small words that are actually spoken.

Gong's metadata is at times wrong or missing, and the classifiers know English only: so the most frequent small words
of a few languages are counted. Too little speech to tell leaves what Gong says.
"""

from collections import Counter

from nodes.call_analysis.extractive.dialogue import Dialogue
from nodes.call_analysis.extractive.names import words

SMALL_WORDS = {
    "en": words(
        "the and to of a in it is you that i for on we have be this are not with but they at so do what if my can was"
    ),
    "es": words(
        "de que la el en y los se las por un para con no una su lo como más pero sus le ya este sí porque esta "
        "cuando es está"
    ),
    "pt": words(
        "de que o e do da em um para com não uma os no se na por mais as dos como mas ao ele das tem seu sua ou "
        "quando é está"
    ),
    "fr": words(
        "de la le et les des en un du une que est pour qui dans a par plus pas au sur ne se ce vous nous je on avec "
        "c'est"
    ),
    "de": words(
        "der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch es an werden wir ich "
        "sie haben"
    ),
    "it": words("di che e la il un a è per in una mi sono ho non ma lo ha le si ti i con cosa se io come da ci questo"),
    "nl": words(
        "de het een en van ik te dat die in je niet zijn is op aan met als voor had er maar om hem dan zou of wat "
        "mijn"
    ),
}  # fmt: skip
NAMES = {
    "eng": "en", "english": "en", "spa": "es", "spanish": "es", "por": "pt", "fra": "fr", "fre": "fr", "deu": "de",
    "ger": "de", "ita": "it", "nld": "nl", "dut": "nl",
}  # fmt: skip
LEAST_WORDS = 40
"""Fewer words than this do not show a language."""
LEAST_SHARE = 0.15
"""A language is taken as heard when its small words make up this share of all; English speech has above 0.3."""


def language_of(dialogue: Dialogue) -> str | None:
    """Two-letter code of the call's language; None when neither Gong nor the words tell."""
    said = (dialogue.call.language or "").strip().lower()
    told = NAMES.get(said, said[:2] if said[:2] in SMALL_WORDS else said or None)
    heard = heard_language(dialogue)
    return heard or told


def heard_language(dialogue: Dialogue) -> str | None:
    """The language whose small words are most frequent, None when there is too little to tell."""
    text = " ".join(line.text for line in dialogue.lines).lower().replace("’", "'")
    heard = Counter(word.strip('.,;:!?¿¡"()…') for word in text.split())
    total = sum(heard.values())
    if total < LEAST_WORDS:
        return None
    shares = {code: sum(heard[word] for word in small) / total for code, small in SMALL_WORDS.items()}
    best = max(shares, key=lambda code: shares[code])
    return best if shares[best] >= LEAST_SHARE else None
