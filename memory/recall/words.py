"""The words of a question, as the databases' own word searches divide a text; what comes out is letters and digits."""

import re
import unicodedata

WORD = re.compile(r"[^\W_]+")

LONGEST_QUESTION = 4000
"""Characters of a question that are read: as long a text says what it is about well before its end."""

LONGEST_WORD = 64
"""Characters past which something is a key or a signature, and no word that somebody looks for."""

STOP_WORDS = frozenset(
    """
    a about after again all also am an and any anyone are aren as at back be because been before being below between
    both but by can cannot could couldn d did didn do does doesn doing don done down during each either ever every
    everyone few for from further get gets give given go going got had hadn has hasn have haven having he her here hers
    him his how however i if in into is isn it its just last let ll m many may me might more most much must my myself
    no nor not now of off on once one only or other our ours out over own please quite re really s said same say says
    she should shouldn since so some someone something still such t tell than that the their theirs them then there
    these they thing things this those though through to too under until up upon us ve very was wasn we well were
    weren what whatever when where whether which while who whom whose why will with within without won would wouldn yes
    yet you your yours
    """.split()  # noqa: SIM905  a list of two hundred strings reads worse
)
"""English words that stand in most texts whatever they are about, and what is left of them after an apostrophe."""


def words_of(question: str) -> list[str]:
    """The words of a question in small letters, each once, in their order; stop words only when there is no other."""
    text = unicodedata.normalize("NFC", question[:LONGEST_QUESTION]).lower()
    found = dict.fromkeys(word for word in WORD.findall(text) if len(word) <= LONGEST_WORD)
    return [word for word in found if word not in STOP_WORDS] or list(found)
