"""From what a model found to findings: everything but the choice of sentences and the wording is worked out by code.

The quote is a cited sentence, letter for letter; speaker and time are the transcript's; the owner of a step is a party
that the sentences bear out; a due date is read from the sentences. A wording with a fact that the sentences do not
have is replaced by the quote.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Generic, TypeVar

from core.analysis import Finding, Kind, Proved, Qualification
from core.calls import Party
from core.fencing import harmless
from nodes.call_analysis.extractive.dates import due_among
from nodes.call_analysis.extractive.dialogue import Line
from nodes.call_analysis.extractive.wording import cleaned, shortened
from nodes.call_analysis.judging.answers import NONE, FoundField, FoundItem
from nodes.call_analysis.judging.ground import (
    SPOKEN_BY,
    Correction,
    Ground,
    Pages,
    Reason,
    Unproved,
    evidence_of,
    start_of,
)
from nodes.call_analysis.judging.people import NOBODY

MODEL = "model"
CONFIDENCE = 0.5
"""Of whatever only a model found. It is not asked how sure it is: what models say of that is not calibrated."""
LONGEST = 140
"""Characters of a finding's text."""
LONGEST_VENDOR = 40
_FIRST_PERSON = re.compile(
    r" (?:i'll|i will|i'm going to|i'm gonna|i am going to|let me|i can|i shall|we'll|we will|we can) "
)

Found = TypeVar("Found", bound=Proved)


@dataclass(frozen=True)
class Judged(Generic[Found]):
    """A proved finding of the model's. `words` is its wording, None when the quote had to stand in."""

    finding: Found
    words: str | None
    corrections: tuple[Correction, ...] = field(default=())


def ground_item(found: FoundItem, pages: Pages, ground: Ground) -> Judged[Finding]:
    """The finding that a model's answer makes; raises Unproved with the reason when it makes none."""
    lines = ground.said_by(SPOKEN_BY.get(found.kind), ground.cited(found.sentences, pages))
    if found.kind is Kind.COMPETITOR:
        return _vendor(found, lines, ground)
    words = ground.supported(found.text, lines, LONGEST)
    corrections = () if words else (Correction.TEXT,)
    finding = Finding(
        kind=found.kind,
        text=words or quoted(lines[0]),
        quote=lines[0].text,
        speaker=lines[0].speaker,
        start_ms=start_of(lines),
        evidence=evidence_of(lines),
        confidence=CONFIDENCE,
        analyst=MODEL,
        candidate=True,
        severity=_severity(found),
    )
    if found.kind is Kind.NEXT_STEP:
        return _step(Judged(finding, words, corrections), found, pages, lines, ground)
    return Judged(finding, words, corrections)


def ground_field(found: FoundField, pages: Pages, ground: Ground) -> Judged[Qualification]:
    """The MEDDPICC field that a model's answer makes; raises Unproved when it makes none."""
    lines = ground.cited(found.sentences, pages)
    words = ground.supported(found.text, lines, LONGEST)
    qualification = Qualification(
        field=found.field,
        text=words or quoted(lines[0]),
        quote=lines[0].text,
        speaker=lines[0].speaker,
        start_ms=start_of(lines),
        evidence=evidence_of(lines),
        confidence=CONFIDENCE,
        analyst=MODEL,
        candidate=True,
    )
    return Judged(qualification, words, () if words else (Correction.TEXT,))


def quoted(line: Line) -> str:
    """A line as the text of a finding."""
    said = cleaned(line.text) or line.text
    return shortened(f"{line.speaker}: {said}" if line.speaker else said)


def step_text(words: str, who: str | None, due: date | None) -> str:
    """A next step as the extractive analyst puts it: who, what, by when."""
    return shortened(f"{who}: {words}" if who else words) + (f" (due {due.isoformat()})" if due else "")


def _severity(found: FoundItem) -> str | None:
    return found.severity if found.kind in (Kind.OBJECTION, Kind.RISK) and found.severity != NONE else None


def _vendor(found: FoundItem, lines: Sequence[Line], ground: Ground) -> Judged[Finding]:
    """A vendor under the name that its sentences give it, in their spelling."""
    name = harmless(found.text, LONGEST_VENDOR)
    naming = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", re.IGNORECASE)
    telling = [(line, match[0]) for line in lines if name and (match := naming.search(line.text))]
    if not telling or telling[0][1][0].islower() or ground.is_ours(name):
        raise Unproved(Reason.NOT_NAMED)
    line, spelled = telling[0]
    ordered = (line, *(other for other in lines if other is not line))
    finding = Finding(
        kind=Kind.COMPETITOR,
        text=spelled,
        quote=line.text,
        speaker=line.speaker,
        start_ms=start_of(ordered),
        evidence=evidence_of(ordered),
        confidence=CONFIDENCE,
        analyst=MODEL,
        candidate=True,
    )
    return Judged(finding, spelled)


def _step(
    step: Judged[Finding], found: FoundItem, pages: Pages, lines: Sequence[Line], ground: Ground
) -> Judged[Finding]:
    """A next step with owner, due date and withdrawal, each borne out by sentences or left open."""
    owner, guessed = _owner(found.owner, lines, ground)
    due = due_among([line.plain for line in sorted(lines, key=_place)], ground.spoken_on) if ground.spoken_on else None
    withdrawn = _taken_back(found.withdrawn_by, pages, lines)
    corrections = step.corrections + ((Correction.OWNER,) if guessed else ())
    corrections += (Correction.WITHDRAWAL,) if found.withdrawn_by and not withdrawn else ()
    words = step.words or shortened(cleaned(lines[0].text) or lines[0].text)
    name = (owner.name if owner else None) or lines[0].speaker
    about = {
        "text": step_text(words, name, due),
        "owner": owner.name if owner else None,
        "owner_email": owner.email if owner else None,
        "ours": None if owner is None or owner.affiliation == "Unknown" else owner.affiliation == "Internal",
        "due": due,
        "withdrawn": withdrawn,
    }
    return Judged(step.finding.model_copy(update=about), step.words, corrections)


def _place(line: Line) -> int:
    return line.index


def _owner(number: int, lines: Sequence[Line], ground: Ground) -> tuple[Party | None, bool]:
    """Who must act, and whether the model named somebody whom the sentences do not bear out.

    Where it named nobody, whoever promises in the first person does.
    """
    if number != NOBODY:
        named = ground.roster.concerned(number, lines)
        return named, named is None
    promising = next((line for line in lines if _FIRST_PERSON.search(line.plain)), None)
    return (ground.roster.speaker_of(promising) if promising else None), False


def _taken_back(number: int, pages: Pages, lines: Sequence[Line]) -> bool:
    """Whether the number is a sentence after the step's own ones."""
    if not 1 <= number <= len(pages):
        return False
    return min(line.index for line in pages[number - 1]) > min(line.index for line in lines)
