"""Words that may be names which nobody in the lexicon bears: they are not what a pronoun behind them leaves open."""

from collections.abc import Iterator, Sequence
from typing import Final

from nodes.call_analysis.extractive.names import words
from nodes.understanding.lexicon import Mention
from nodes.understanding.names.words import Token, everyday, tokens

_CAPITALS: Final = words(
    """
    i crm hubspot slack gong sophia monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur
    thurs fri sat sun january february march april may june july august september october november december jan feb mar
    apr jun jul aug sep sept oct nov dec q1 q2 q3 q4 ok asap fyi
    """
)
_STOPS: Final = ".!?:;\n"


def strangers(said: str, mentions: Sequence[Mention]) -> Iterator[Token]:
    """Words with a capital inside a sentence, and words that are not English, outside of known names."""
    known = [(mention.start, mention.end) for mention in mentions]
    for token in tokens(said):
        within = any(start <= token.start < end for start, end in known)
        if not within and token.plain not in _CAPITALS and (_is_capital(said, token) or _is_foreign(token)):
            yield token


def _is_capital(said: str, token: Token) -> bool:
    before = said[: token.start].rstrip(" \"'“(")
    return token.capital and bool(before) and before[-1] not in _STOPS


def _is_foreign(token: Token) -> bool:
    plain = token.plain.partition("'")[0]
    return plain.isalpha() and len(plain) > 3 and not everyday().is_known(plain)
