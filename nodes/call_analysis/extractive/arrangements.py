"""Which sentences belong to one next step: two halves of an arrangement are one, two promises in a row are two.

A sentence that promises something of its own begins a step. What only answers, fixes the time, sends the invitation
or speaks of "it" goes with the step before. A step that is taken back ("scratch that", "hold off on that one") is the
one promised last, or the one named.
"""

import re
from collections.abc import Sequence

from nodes.call_analysis.extractive.dialogue import Dialogue, Line
from nodes.call_analysis.extractive.names import words
from nodes.call_analysis.extractive.spans import Span

PROMISE = re.compile(
    r" (?:i'll|i will|i'm going to|i'm gonna|i am going to|let me|i shall|we'll|we will|i can|we can|"
    r"i'd be happy to|i've got to|i'm sending|i'm circulating|i send|i drive|i make|i bring|i get|i go to|i come|"
    r"we send|we measure|you'll have|you'll get|leave .{1,20} (?:to|with) me|let's|why don't we|shall we|"
    r"should we|how about|could we|can we) "
)
REFERS_BACK = re.compile(
    r" (?:it|it's|that|that's|them|those|the invite|an invite|invite|the invitation|the series|be there|"
    r"the calendar|calendars|same time|same day|see you|will do|consider it done|on it|done) "
)
LONGEST_REFERENCE = 12
"""Words up to which a promise about "it" is taken for the same step; a longer one says something of its own."""
LONGEST_ANSWER = 8
"""The same for somebody else's answer."""
TURNS_BETWEEN = 2
LINES_BETWEEN = 4
TAKES_BACK = re.compile(
    r" (?:scratch (?:that|it|the|\w+day)|never mind|nevermind|forget (?:it|that|about|i said|\w+$)|hold off|"
    r"don't bother|don't trouble|take (?:that|it)(?: one)? back|took that back|withdraw (?:that|it)|let's not|"
    r"leave it|leave \w+ out|stay out of|sit on (?:it|the|that)|no \w+(?: \w+){0,3} then|strike that|"
    r"cancel (?:that|it)|don't send|can't promise (?:that|it)|not allowed to|don't think i'm allowed|"
    r"i won't (?:send|do|come|bring|call|book)|i'll not|then i can't|then i'm afraid|spoke too soon|"
    r"off the table|we'll leave the|leave (?:him|her|them|that|it) (?:where|with|be|alone)|keep my mouth|"
    r"not \w+ then|skip (?:it|that)|no no let's|please leave|have to withdraw|can't do the) "
)
TAKE_BACK_LINES = 9
TAKE_BACK_TURNS = 5
_EMPTY_WORDS = words(
    "i'll i the a an to of and you that it for on in by with at is we'll we me my your this be so then get send "
    "have will can do not no today tomorrow yeah okay just them up out if or as from week friday monday tuesday "
    "wednesday thursday what about let"
)


def step_spans(dialogue: Dialogue, scores: Sequence[float]) -> tuple[Span, ...]:
    """The next steps among the lines whose score is above the threshold, in the order of the call."""
    groups: list[list[Line]] = []
    for line in dialogue.lines:
        if scores[line.index] < 0 or TAKES_BACK.search(line.plain):
            continue
        if groups and _goes_with(line, groups[-1]):
            groups[-1].append(line)
        else:
            groups.append([line])
    return tuple(Span(tuple(group), {line.index: float(scores[line.index]) for line in group}) for group in groups)


def _goes_with(line: Line, group: Sequence[Line]) -> bool:
    before = group[-1]
    if line.turn - before.turn > TURNS_BETWEEN or line.index - before.index > LINES_BETWEEN:
        return False
    if not PROMISE.search(line.plain):
        return True
    longest = LONGEST_REFERENCE if line.speaker_id == before.speaker_id else LONGEST_ANSWER
    return len(line.words) <= longest and bool(REFERS_BACK.search(line.plain))


def taken_back(spans: Sequence[Span], dialogue: Dialogue) -> frozenset[int]:
    """Places in `spans` of the steps that a later line takes back."""
    withdrawn: set[int] = set()
    for line in dialogue.lines:
        if TAKES_BACK.search(line.plain):
            place = _meant(line, spans)
            if place is not None:
                withdrawn.add(place)
    return frozenset(withdrawn)


def _meant(line: Line, spans: Sequence[Span]) -> int | None:
    """The step that a line takes back: the nearest before it, or one nearby whose words it repeats."""
    near = [
        place
        for place, span in enumerate(spans)
        if 0 < line.index - span.lines[-1].index <= TAKE_BACK_LINES
        and line.turn - span.lines[-1].turn <= TAKE_BACK_TURNS
    ]
    if not near:
        return None
    said = set(line.words) - _EMPTY_WORDS
    return max(near, key=lambda place: (len(said & _words(spans[place])), place))


def _words(span: Span) -> set[str]:
    return {word for line in span.lines for word in line.words} - _EMPTY_WORDS
