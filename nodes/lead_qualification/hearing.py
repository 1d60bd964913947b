"""What one call says of a lead's fields, for certain or possibly, and what of it speaks against the lead.

MEDDPICC is as the analysts heard it. BANT is read off it and off the findings: money in a metric or a buying signal is
budget; who decides, and who speaks for us, is authority; pain, and any sign that they want it, is need; how they
decide and sign, and what they themselves will do by a day, is timing. A step that was taken back and an instruction to
software say nothing. What is only possible stays so, and what speaks against a lead counts only where it is sure.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal

from core.analysis import CallAnalysis, Direction, Finding, Kind, MeddpiccField, Proved
from core.calls import Call
from nodes.call_analysis.extractive.dialogue import words_of
from nodes.crm_sync.stage import LEAST_SURE_STAGE, firm_proofs
from nodes.lead_qualification.shape import BantField, Heard
from nodes.showing import call_name, call_url, started_at

Field = BantField | MeddpiccField
Against = Literal["no budget", "not the decision maker"]

BANT_OF: Final[Mapping[MeddpiccField, BantField]] = {
    MeddpiccField.ECONOMIC_BUYER: BantField.AUTHORITY,
    MeddpiccField.CHAMPION: BantField.AUTHORITY,
    MeddpiccField.IDENTIFIED_PAIN: BantField.NEED,
    MeddpiccField.DECISION_PROCESS: BantField.TIMING,
    MeddpiccField.PAPER_PROCESS: BantField.TIMING,
}

FIELD_OF: Final[Mapping[Against, BantField]] = {
    "no budget": BantField.BUDGET,
    "not the decision maker": BantField.AUTHORITY,
}
"""The field of which the opposite was heard: what is heard of it later outweighs that."""

_MONEY: Final = re.compile(
    r" (?:\$|dollars?|grand|budget(?:s|ed)?|prices?|priced|pricing|costs?|costing|spend|spending|money|funds|funded|"
    r"funding|afford|pay(?:ing)? (?:for|you|about|around|up to)) "
)
_AGAINST: Final[Mapping[Against, re.Pattern[str]]] = {
    "no budget": re.compile(
        r" (?:(?:no|without a|out of|(?:don't have|do not have|haven't got) (?:the|a|any)) budget|"
        r"(?:no|don't have (?:the|any)) money|budget (?:is|was|has been|got) (?:\w+ )?(?:cut|frozen|gone|spent|pulled)|"
        r"(?:can't|cannot|couldn't) afford|not in (?:the|our|my|this year's) budget) "
    ),
    "not the decision maker": re.compile(
        r" (?:(?:not|isn't) (?:my|our) (?:call|decision)|not the decision maker|not the decision-maker|"
        r"i'm not the (?:one|person) who (?:decides|signs|approves)|i (?:don't|can't|cannot) (?:decide|sign|approve)|"
        r"above my pay ?grade) "
    ),
}
"""Turns of phrase. They count only within a finding that is sure to be an objection or a risk."""


@dataclass(frozen=True)
class HeardCall:
    """A call with what was found in it."""

    call: Call
    analysis: CallAnalysis

    @cached_property
    def fields(self) -> tuple[tuple[Field, Heard], ...]:
        """What was heard of each field, sure or candidate, the more telling sort of proof first."""
        return tuple((field, self._heard(proof)) for field, proof in self._named())

    @cached_property
    def against(self) -> tuple[tuple[Against, Heard], ...]:
        """What the customer said for certain that speaks against a purchase."""
        said = [item for kind in (Kind.OBJECTION, Kind.RISK) for item in _standing(self.analysis, kind)]
        theirs = [item for item in said if not item.candidate and not self._is_ours(item)]
        return tuple(
            (what, self._heard(item))
            for what, pattern in _AGAINST.items()
            for item in theirs
            if pattern.search(_plain(item))
        )

    @cached_property
    def direction(self) -> tuple[Direction, Heard] | None:
        """Where the deal certainly moved, None where it did not or nothing that is sure shows it."""
        found = self.analysis.stage_direction
        if found.direction in ("hold", "unknown") or found.confidence < LEAST_SURE_STAGE:
            return None
        proofs = firm_proofs(found, self.analysis)
        return (found.direction, self._heard(proofs[0])) if proofs else None

    def _named(self) -> Iterator[tuple[Field, Proved]]:
        for said in self.analysis.meddpicc:
            yield said.field, said
            if said.field in BANT_OF:
                yield BANT_OF[said.field], said
        metrics = (said for said in self.analysis.meddpicc if said.field is MeddpiccField.METRICS)
        signals = tuple(_standing(self.analysis, Kind.BUYING_SIGNAL))
        yield from ((BantField.BUDGET, said) for said in _about_money((*metrics, *signals)))
        yield from ((BantField.NEED, said) for said in signals)
        steps = [step for step in _standing(self.analysis, Kind.NEXT_STEP) if step.due is not None]
        yield from ((BantField.TIMING, _of_their_time(step)) for step in steps)

    def _heard(self, proof: Proved) -> Heard:
        call, known = self.call, {name: getattr(proof, name) for name in Proved.model_fields}
        link = call_url(call, proof.start_ms)
        return Heard(**known, call_id=call.id, call_name=call_name(call), at=started_at(call), link=link)

    def _is_ours(self, said: Proved) -> bool:
        names = {party.name for party in self.call.parties if party.affiliation == "Internal"}
        return said.speaker is not None and said.speaker in names


def _standing(analysis: CallAnalysis, kind: Kind) -> Iterator[Finding]:
    """The findings of a kind, sure and possible, that were not taken back and are no orders to software."""
    return (item for item in analysis.of(kind) if not item.withdrawn and not item.order)


def _of_their_time(step: Finding) -> Finding:
    """A step by a day as proof of the lead's timing: what we promise tells only possibly when they mean to buy."""
    return step if step.ours is False else step.model_copy(update={"candidate": True})


def _about_money(said: Iterable[Proved]) -> Iterator[Proved]:
    for each in said:
        plain = _plain(each)
        if _MONEY.search(plain) and not _AGAINST["no budget"].search(plain):
            yield each


def _plain(said: Proved) -> str:
    """The quote as patterns are matched against: its words, with a space at both ends."""
    return f" {' '.join(words_of(said.quote))} "
