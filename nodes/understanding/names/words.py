"""Words of names and of questions, as they are compared: small letters without accents, and which are everyday English.

What counts as English is told by the word pieces of the embedding's tokenizer, which are in the order of how common
they are, with words of the trade and first names that are words as well added by hand.
"""

import json
import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import memory.embedding
from nodes.call_analysis.extractive.names import FIRST_NAMES, words

EVERYDAY_BEFORE: Final = 4_000
"""Rank below which a word is said so often that only a capital makes it a name."""

COMMON_BEFORE: Final = 12_000
"""Rank from which on a word piece may as well be a name: "garland" is 17,017th, "heather" 9,533rd."""

LEGAL_FORMS: Final = words("inc incorporated llc llp lp ltd limited gmbh corp corporation co plc pty sa ag bv srl nv")

BUSINESS: Final = words(
    """
    account accounts agency apartment apartments assoc associates association associations bank brands capital care
    centre commons communities community company consultants consulting court development digital energy enterprises
    estate estates finance financial foods foundation global group grp growth health healthcare hoa holding holdings
    home homes housing industries insurance international investment investments lab labs lease leasing legal living
    lodging logistics management manager marketing media mgmt multifamily national network networks online parks
    partner partners payments pilot portfolio properties property realty rental rentals residence residences
    residential retail sales school senior service services software solutions store stores strata student studios
    supply systems tech technologies technology trading trust university ventures village wealth
    """
)
"""Words that many companies bear: none of them names one by itself."""

TRADE: Final = words(
    """
    accrual amortization arrear autopay chargeback chargebacks checkout clawback debit debits deduction escrow
    invoicing kiosk ledgers liens onboard opt payout payouts reconcile reconciliation referral referrals reimbursement
    rollout signoff surcharge timeline timelines upfront waiver waivers workflow workflows
    amounts arrears asap budgets buyers callbacks closings closes competitors contacts cfo ceo coo cto demos
    discounts emails enquiries followup followups forecasts forecasted fyi inbound integrations invoice invoices
    kiosks leads lockbox logo meetings negotiations objection objections onboarding opportunities outbound overdue
    payers pipelines pricing proposals prospect prospects quotas quotes reminders renewal renewals reps roadmap roi
    screening seller sellers stalled subscription subscriptions summarise summarize tasks teammates todo todos topics
    transcripts unassigned unowned untouched updates upsell upsells webinar webinars winnable
    """
)

NAMES_THAT_ARE_WORDS: Final = words(
    """
    al amber angel april art august austin bill blake bob brook brooke carol chad chance chase chip christian chuck
    cliff crystal daisy dale dawn dean dolly dot drew earl eve faith fern frank gene ginger glen grace grant guy hank
    harry hazel heath heather holly hope hunter iris ivy jack jade jay jean jewel joy june kay kit lance lane laurel
    lee lily mark marsha may mercy miles misty nick olive page pat patience pearl penny pepper peg petty phil pierce
    pink ray reed rich rob robin rod rose ruby rusty sage sandy savannah scarlet sky skip spencer stone storm sue
    summer sunny terry tony trinity troy victor viola violet wade ward wayne will winter woody young
    """
)

POSSESSIVE = re.compile(r"['’`](?:s|$)|(?<=s)['’`]$")
TOKEN = re.compile(r"[^\W_]+(?:['’`](?:s|t|re|ve|ll|d|m)\b|['’`](?=\s|$))?", re.IGNORECASE)


@dataclass(frozen=True)
class Token:
    """A word of a text: as it is compared, where it stands, and how it was written."""

    plain: str
    start: int
    end: int
    capital: bool
    possessive: bool = False


def folded(text: str) -> str:
    """Small letters without accents."""
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def tokens(text: str) -> tuple[Token, ...]:
    """The words of a text in their order; a possessive ends before its apostrophe."""
    found = []
    for match in TOKEN.finditer(text):
        written = match[0]
        possessive = POSSESSIVE.search(written)
        stem = written[: possessive.start()] if possessive else written
        end = match.start() + len(stem)
        found.append(Token(folded(stem), match.start(), end, stem[:1].isupper(), bool(possessive)))
    return tuple(found)


def name_words(name: str) -> tuple[str, ...]:
    """The words of a name without its legal form, unless it is nothing else."""
    said = tuple(token.plain for token in tokens(name))
    return tuple(word for word in said if word not in LEGAL_FORMS) or said


class English:
    """Which words are everyday English (`is_common`), and which are English at all (`is_known`)."""

    def __init__(self, ranks: dict[str, int]) -> None:
        self._ranks = ranks
        self._forms: dict[str, int] = {}

    @classmethod
    def load(cls) -> "English":
        """Reads the word pieces that are in the package."""
        text = (Path(memory.embedding.__file__).parent / "tokenizer.json").read_text(encoding="utf-8")
        return cls(json.loads(text)["model"]["vocab"])

    def is_common(self, word: str) -> bool:
        """Whether people say this word every day and mean nobody by it."""
        if word in NAMES_THAT_ARE_WORDS or word in BUSINESS or word in TRADE:
            return True
        return word not in FIRST_NAMES and self._rank(word) < COMMON_BEFORE

    def is_everyday(self, word: str) -> bool:
        """Whether the word is so common that not even "with" before it makes it a name."""
        return word not in NAMES_THAT_ARE_WORDS and word not in FIRST_NAMES and self._rank(word) < EVERYDAY_BEFORE

    def is_known(self, word: str) -> bool:
        """Whether this is an English word or a well-known name, and so no slip of the hand."""
        return word in BUSINESS or word in TRADE or word in FIRST_NAMES or self._rank(word) < len(self._ranks)

    def _rank(self, word: str) -> int:
        """The rank of the word, or of what it is the plural or a form of."""
        known = self._forms.get(word)
        if known is None:
            known = self._forms[word] = self._rank_of_forms(word)
        return known

    def _rank_of_forms(self, word: str) -> int:
        forms = [word]
        forms += [word[: -len(end)] for end in ("s", "es", "ed", "ing", "d", "ly") if word.endswith(end)]
        forms += [word[:-3] + "y"] if word.endswith("ies") else []
        forms += [word[:-3] + "e"] if word.endswith("ing") else []
        return min(self._ranks.get(form, len(self._ranks)) for form in forms if len(form) > 2 or form == word)


@cache
def everyday() -> English:
    """The words of the package, read once."""
    return English.load()
