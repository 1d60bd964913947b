"""What findings of calls are about: a subject is spoken of in other words than its name ("we can't afford that")."""

import re
from collections.abc import Mapping
from typing import Final

_SPOKEN: Final[Mapping[str, str]] = {
    "price": (
        r"pric\w+|costs?|costly|costing|fees?|expensive|cheap\w*|charg(?:e|es|ed|ing)|afford\w*|discount\w*|"
        r"[$€£] ?\d|\d dollars?|dollars|for free|against free|too much money|budgets?"
    ),
    "budget": r"budget\w*|afford\w*|funds?|funding|spend(?:ing)?",
    "security": r"secur\w+|soc ?2|pci|encrypt\w*|breach\w*|phishing|penetration|hack\w*|data protection|gdpr",
    "implementation": r"implement\w*|onboard\w*|migrat\w+|go[ -]?live|roll(?:ed|ing)?[ -]?out|set[ -]?up|training",
    "integration": r"integrat\w+|api|sync\w*|connect(?:or|ors|ion)|interface",
    "timeline": r"timelines?|timing|deadlines?|too (?:soon|late|early)|not (?:now|yet|before)|until (?:january|next)",
    "support": r"support\w*|help[ -]?desk|response times?|tickets?",
    "contract": r"contracts?|contractual|terms?|clauses?|legal|liabilit\w+|indemn\w+|lock[ -]?in",
}
"""By the name of the subject: what is said of it in calls of all trades. Whole words: a feeling is no fee."""
_PATTERNS: Final = {subject: re.compile(rf"(?<!\w)(?:{words})(?!\w)") for subject, words in _SPOKEN.items()}
SAME: Final[Mapping[str, str]] = {
    "pricing": "price", "prices": "price", "cost": "price", "costs": "price", "fees": "price", "timing": "timeline",
    "onboarding": "implementation", "migration": "implementation", "integrations": "integration", "legal": "contract",
}  # fmt: skip


def speaks_of(text: str, subject: str) -> bool:
    """Whether a text is about the subject: it has the word itself, or one for the same matter."""
    said, wanted = text.casefold(), subject.casefold()
    pattern = _PATTERNS.get(SAME.get(wanted, wanted))
    return wanted in said or (pattern is not None and pattern.search(said) is not None)
