"""Next steps: who will do what by when, and whether it was taken back.

The classifier finds the sentences in which somebody commits; this module makes steps of them. The owner is who says
"I'll …"; who is told "you'll …" or named ("Ravi will …") where the words say so; and for a meeting that both agree
on, the one who sends the invitation. A step counts as withdrawn when what follows takes it back.
"""

import re
from collections.abc import Sequence
from datetime import date

from core.analysis import Finding, Kind
from core.calls import Party
from nodes.call_analysis.extractive.arrangements import step_spans, taken_back
from nodes.call_analysis.extractive.bars import Bar
from nodes.call_analysis.extractive.dialogue import Dialogue, Line
from nodes.call_analysis.extractive.due_dates import due_of
from nodes.call_analysis.extractive.spans import Span
from nodes.call_analysis.extractive.wording import cleaned, naming, shortened

FIRST_PERSON = re.compile(
    r" (?:i'll|i will|i'm going to|i'm gonna|let me|i can|i shall|we'll|we will|we can|i'd|i am going to|i go|"
    r"i come|i send|leave .{1,20} to me) "
)
DOING = re.compile(
    r"\b(?:I['’]ll|I will|I['’]m going to|I['’]m gonna|I am going to|let me|I can|I shall|we['’]ll|we will|we can|"
    r"we['’]re going to)\s+(?:(?:just|go ahead and|also|probably|then|definitely|have to|personally)\s+)*(?P<what>.+)",
    re.IGNORECASE | re.DOTALL,
)

NOT_TO_THAT_END = r"(?<! if)(?<! that)(?<! so)(?<! until)(?<! when)"
"""Who is named after these does nothing yet: "so that Zanele can see it", "if Stefan can come"."""
WILL = r"(?:'ll| will| is going to| can) (?!be )"
_TAIL = re.compile(r"(?:,? then|, (?:though|okay|right|yeah))?[\s.,]*$", re.IGNORECASE)


def steps_of(dialogue: Dialogue, scores: Sequence[float], spoken_on: date | None, bar: Bar) -> tuple[Finding, ...]:
    """The next steps of a call; due dates stay None when the call's own date is unknown."""
    spans = step_spans(dialogue, scores)
    withdrawn = taken_back(spans, dialogue)
    return tuple(_step(span, dialogue, spoken_on, bar, place in withdrawn) for place, span in enumerate(spans))


def _step(span: Span, dialogue: Dialogue, spoken_on: date | None, bar: Bar, withdrawn: bool) -> Finding:
    promise = _promise(span)
    owner = _owner(promise, span, dialogue)
    due = due_of(span, promise, dialogue, spoken_on)
    return Finding(
        kind=Kind.NEXT_STEP,
        text=_text(promise, owner, due, dialogue),
        quote=promise.text,
        speaker=promise.speaker,
        start_ms=span.lines[0].start_ms,
        evidence=tuple(line.ref for line in span.lines),
        confidence=bar.confidence(span.score),
        candidate=bar.is_candidate(span.score),
        owner=owner.name if owner else promise.speaker,
        owner_email=owner.email if owner else None,
        ours=None if owner is None or owner.affiliation == "Unknown" else owner.affiliation == "Internal",
        due=due,
        withdrawn=withdrawn,
    )


def _promise(span: Span) -> Line:
    """The line that carries the step: the strongest, first of all those that speak in the first person."""
    first = [line for line in span.lines if FIRST_PERSON.search(line.plain)]
    return max(first or span.lines, key=lambda line: span.scores[line.index])


def _owner(promise: Line, span: Span, dialogue: Dialogue) -> Party | None:
    named = _named_actor(promise, dialogue)
    if named is not None:
        return named
    if not FIRST_PERSON.search(promise.plain):
        ours = [line for line in span.lines if line.side == "seller"]
        if ours:
            return dialogue.call.speaker(ours[-1].speaker_id)
    return dialogue.call.speaker(promise.speaker_id)


def _named_actor(promise: Line, dialogue: Dialogue) -> Party | None:
    """The party named as the one who acts: "Ravi will …", "Kofi can …"."""
    for party in dialogue.call.parties:
        first = (party.name or "").lower().split()[:1]
        if first and re.search(NOT_TO_THAT_END + rf" {re.escape(first[0])}" + WILL, promise.plain):
            return party
    return None


def _text(promise: Line, owner: Party | None, due: date | None, dialogue: Dialogue) -> str:
    said = cleaned(promise.text)
    doing = DOING.search(said)
    what = doing["what"].strip() if doing else said
    before = dialogue.lines[promise.index - 1].text if promise.index else ""
    what = naming(_TAIL.sub("", what), f"{before} {said[: doing.start()] if doing else ''}")
    name = owner.name if owner and owner.name else promise.speaker
    text = f"{name}: {what}" if name else what
    return shortened(text) + (f" (due {due.isoformat()})" if due else "")
