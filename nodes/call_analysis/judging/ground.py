"""What a model's numbers stand on: the lines of the call that they cite, or the reason why they stand on nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property

from core.analysis import Kind, SentenceRef
from core.fencing import harmless
from nodes.call_analysis.extractive.dialogue import Dialogue, Line, Side, words_of
from nodes.call_analysis.judging.answers import MOST_SENTENCES
from nodes.call_analysis.judging.claims import Sources, says_more, small_words
from nodes.call_analysis.judging.people import Roster

SPOKEN_BY: dict[Kind, Side] = {
    Kind.OBJECTION: "customer",
    Kind.BUYING_SIGNAL: "customer",
    Kind.QUESTION_OPEN: "customer",
    Kind.COACHING: "seller",
}
"""On whose sentences a finding of these kinds must rest."""
Pages = Sequence[tuple[Line, ...]]
"""What the numbers 1, 2, … of a request stand for: the one line of a sentence, or all that a statement rests on."""


class Reason(StrEnum):
    """Why something of a model's answer was left out; the names are those of the log."""

    MALFORMED = "not_in_the_form_asked_for"
    NO_SENTENCE = "cites_what_is_not_there"
    WRONG_SIDE = "said_by_the_other_side"
    ORDER = "rests_on_an_instruction_to_software"
    NOT_NAMED = "vendor_not_named_in_its_sentences"
    SAYS_MORE = "says_more_than_its_sentences"
    CONTRADICTED = "reported_and_rejected_at_once"


class Correction(StrEnum):
    """What code changed in a finding that it kept."""

    TEXT = "text_replaced_by_quote"
    OWNER = "owner_not_borne_out"
    WITHDRAWAL = "withdrawal_not_borne_out"


class Unproved(Exception):
    """Something that a model said and the call does not bear out."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Ground:
    """A call as proof. `orders` are the sentences that are instructions to software: nothing may rest on them.

    `english` is whether days can be read from its words.
    """

    dialogue: Dialogue
    roster: Roster
    orders: frozenset[SentenceRef]
    english: bool = True

    @cached_property
    def spoken_on(self) -> date | None:
        """The call's own local date; None when Gong did not say."""
        started = self.dialogue.call.started
        return started.date() if started and self.english else None

    @cached_property
    def _spoken(self) -> frozenset[str]:
        return small_words(line.text for line in self.dialogue.lines)

    @cached_property
    def _names(self) -> tuple[str, ...]:
        call = self.dialogue.call
        known = [call.title, *(text for party in call.parties for text in (party.name, party.title, party.email))]
        return tuple(text for text in known if text)

    def cited(self, numbers: Sequence[int], pages: Pages) -> tuple[Line, ...]:
        """The lines that the numbers stand for, in the order of the numbers; raises Unproved.

        One number that stands for nothing spoils the rest: whoever cites it was guessing.
        """
        if not numbers or not all(1 <= number <= len(pages) for number in numbers):
            raise Unproved(Reason.NO_SENTENCE)
        lines = dict.fromkeys(line for number in numbers for line in pages[number - 1])
        trusted = tuple(line for line in lines if line.ref not in self.orders)
        if not trusted:
            raise Unproved(Reason.ORDER)
        return trusted

    def said_by(self, side: Side | None, lines: Sequence[Line]) -> tuple[Line, ...]:
        """Those of the lines that this side says; raises Unproved when there is none.

        On a call among ourselves there are no sides.
        """
        if side is None or self.dialogue.internal:
            return tuple(lines)
        said = tuple(line for line in lines if line.side == side)
        if not said:
            raise Unproved(Reason.WRONG_SIDE)
        return said

    def is_ours(self, name: str) -> bool:
        """Whether the name is of somebody on the call, or of a company on it as its addresses have it."""
        words = set(words_of(name))
        people = {word for party in self.dialogue.call.parties for word in words_of(party.name or "")}
        domains = (party.email.rpartition("@")[2] for party in self.dialogue.call.parties if party.email)
        joined = "".join(words_of(name))
        return words <= people or any(joined == domain.split(".")[0].lower() for domain in domains)

    def supported(self, text: str, lines: Sequence[Line], longest: int) -> str | None:
        """The text as one clean line if the lines bear out every fact in it, else None."""
        plain = harmless(text, longest)
        sources = Sources(tuple(line.text for line in lines), self._names, self._spoken)
        return None if not plain or says_more(plain, sources) else plain


def evidence_of(lines: Sequence[Line], most: int = MOST_SENTENCES) -> tuple[SentenceRef, ...]:
    """References to the first `most` of the lines, in the order of the call."""
    return tuple(sorted(line.ref for line in lines[:most]))


def start_of(lines: Sequence[Line], most: int = MOST_SENTENCES) -> int:
    """Where the earliest of the first `most` lines begins, in milliseconds."""
    return min(lines[:most], key=lambda line: line.ref).start_ms
