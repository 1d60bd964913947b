"""One thing, one finding: what several windows and both analysts found is put together.

Two findings are the same when they are of one kind and rest on a common sentence; a vendor is the same by its name,
and steps of two different people are two. The extractive analyst's findings are never put together with each other:
it keeps apart what stands close. The first sentence of its evidence stays the first, for effects are known by it.
"""

from collections.abc import Mapping, Sequence
from typing import TypeVar

from core.analysis import Finding, Kind, Proved, Qualification, SentenceRef
from nodes.call_analysis.judging.agreement import Agreement, Word
from nodes.call_analysis.judging.answers import MOST_SENTENCES
from nodes.call_analysis.judging.grounding import Judged, step_text

BOTH = "both"
Starts = Mapping[SentenceRef, int]
"""Where every sentence begins, in milliseconds."""
Found = TypeVar("Found", Finding, Qualification)


def of_all_windows(judged: Sequence[Judged[Found]], starts: Starts) -> list[Judged[Found]]:
    """The model's findings, each once, in the order in which they were first found."""
    merged: list[Judged[Found]] = []
    for later in judged:
        place = next((n for n, known in enumerate(merged) if is_same(known.finding, later.finding)), None)
        if place is None:
            merged.append(later)
        else:
            merged[place] = _put_together(merged[place], later, starts)
    return merged


def with_extracted(
    extracted: Sequence[Found],
    words: Sequence[Word],
    judged: Sequence[Judged[Found]],
    starts: Starts,
    agreement: Agreement,
) -> tuple[Found, ...]:
    """The findings of both analysts; `words` is what the model says of each extracted one."""
    partner: dict[int, int] = _partners(extracted, judged)
    merged: list[Found] = []
    for place, (found, word) in enumerate(zip(extracted, words, strict=True)):
        own = [judged[n] for n, place_of in partner.items() if place_of == place]
        if word == "rejects":
            own = []  # what it rejects and reports at once it does not know
        said: Word = "agrees" if own else word
        if not agreement.is_left_out(found.candidate, said):
            known = _of_both_analysts(found, own, starts)
            merged.append(known.model_copy(update=_standing(found, said, agreement)))
    merged += [found.finding for n, found in enumerate(judged) if n not in partner]
    return tuple(merged)


def contradicted(extracted: Sequence[Found], words: Sequence[Word], judged: Sequence[Judged[Found]]) -> int:
    """How many of the model's findings are the same as what it rejects."""
    return sum(words[place] == "rejects" for place in _partners(extracted, judged).values())


def is_same(one: Proved, other: Proved) -> bool:
    """Whether two findings are about one thing."""
    overlap = bool(set(one.evidence) & set(other.evidence))
    if isinstance(one, Qualification) and isinstance(other, Qualification):
        return one.field == other.field and overlap
    if not isinstance(one, Finding) or not isinstance(other, Finding):
        return False
    if one.kind is not other.kind or one.order != other.order:
        return False
    if one.kind is Kind.COMPETITOR:
        return _one_name(one.text, other.text)
    two_owners = one.owner is not None and other.owner is not None and one.owner != other.owner
    return overlap and not (one.kind is Kind.NEXT_STEP and two_owners)


def _one_name(one: str, other: str) -> bool:
    """Whether two names are of one vendor: the same, or one with a word more ("Suncoast", "Suncoast Bank")."""
    shorter, longer = sorted((one.casefold(), other.casefold()), key=len)
    return longer == shorter or longer.startswith(f"{shorter} ")


def _partners(extracted: Sequence[Found], judged: Sequence[Judged[Found]]) -> dict[int, int]:
    """For the model's findings that are also extracted ones: which, by the most sentences in common."""
    partner: dict[int, int] = {}
    for n, found in enumerate(judged):
        same = [place for place, other in enumerate(extracted) if is_same_step(other, found.finding)]
        if same:
            partner[n] = max(same, key=lambda place: (_common(extracted[place], found.finding), -place))
    return partner


def is_same_step(extracted: Proved, found: Proved) -> bool:
    """Like `is_same`, but code knows better than the model whose step it is."""
    if isinstance(extracted, Finding) and isinstance(found, Finding) and extracted.kind is Kind.NEXT_STEP:
        return is_same(extracted, found.model_copy(update={"owner": None}))
    return is_same(extracted, found)


def _common(one: Proved, other: Proved) -> int:
    return len(set(one.evidence) & set(other.evidence))


def _put_together(earlier: Judged[Found], later: Judged[Found], starts: Starts) -> Judged[Found]:
    words = earlier.words or later.words
    found = _joined(earlier.finding, later.finding, words, starts)
    return Judged(found, words, earlier.corrections + later.corrections)


def _of_both_analysts(found: Found, own: Sequence[Judged[Found]], starts: Starts) -> Found:
    """The extracted finding with what the model adds to it."""
    for judged in own:
        found = _joined(found, judged.finding, judged.words, starts)
    return found


def _standing(found: Found, word: Word, agreement: Agreement) -> dict[str, object]:
    """Whether the extracted finding is a candidate by now, and who stands by it."""
    analyst = BOTH if word == "agrees" else found.analyst
    return {"candidate": agreement.is_candidate(found.candidate, word), "analyst": analyst}


def _joined(first: Found, second: Found, words: str | None, starts: Starts) -> Found:
    """The first finding with the second's sentences, up to six, and whatever the first leaves open."""
    added: list[SentenceRef] = [ref for ref in second.evidence if ref not in first.evidence]
    evidence = (*first.evidence, *added[: max(0, MOST_SENTENCES - len(first.evidence))])
    about: dict[str, object] = {
        "evidence": evidence,
        "start_ms": starts[min(evidence)],
        "confidence": max(first.confidence, second.confidence),
    }
    if isinstance(first, Finding) and isinstance(second, Finding):
        about |= _of_both(first, second)
    joined = first.model_copy(update=about)
    return joined if words is None else _worded(joined, words)


def _of_both(first: Finding, second: Finding) -> dict[str, object]:
    """Owner and due date of the first where it has them; withdrawn when either says so."""
    known = first if first.owner_email is not None or first.ours is not None else second
    return {
        "owner": known.owner or first.owner,
        "owner_email": known.owner_email,
        "ours": known.ours,
        "due": first.due or second.due,
        "withdrawn": first.withdrawn or second.withdrawn,
        "severity": first.severity or second.severity,
    }


def _worded(found: Found, words: str) -> Found:
    if isinstance(found, Finding) and found.kind is Kind.COMPETITOR:
        return found
    if isinstance(found, Finding) and found.kind is Kind.NEXT_STEP:
        words = step_text(words, found.owner or found.speaker, found.due)
    return found.model_copy(update={"text": words})
