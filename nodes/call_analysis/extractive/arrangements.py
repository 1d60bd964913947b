"""Which sentences belong to one next step: two halves of an arrangement are one, two promises in a row are two.

A sentence that promises something of its own begins a step. What only answers, fixes the time, sends the invitation
or speaks of "it" goes with the step before. A step that is taken back ("scratch that", "hold off on that one") is the
one promised last, or the one named.
"""

import re
from collections.abc import Sequence

from nodes.call_analysis.extractive.dialogue import WORD, Dialogue, Line
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
SENDS_INVITATION = re.compile(
    r" (?:the invite|an invite|invites|the invitation|an invitation|the calendars?|i'll block|i'll set (?:it|that) up) "
)
LONGEST_INVITATION = 14
GIVES = re.compile(r" (?:you'll have|you'll get) ")
"""What somebody else than the one before gives is a step of their own."""
REPORTS_BACK = re.compile(
    r" (?:have (?:an answer|something|both)|(?:i'll|i will|he'll|she'll) (?:call|ring|text|message|tell|e-mail|email) "
    r"(?:you|ye|her|him|them)|let (?:you|him|her|them) know|you'll hear|you'll have an answer|come back to you|"
    r"get back to you) "
)
"""How a promise to look into something ends: with word of what came of it."""
LONGEST_REPORT = 13
ACTS = re.compile(r" (?:i|i'm|i've|we|we're|it'll|he'll|she'll|they'll|you get|you find) (?!think|guess|mean|know)")
"""Somebody acts in the line, so that it is more than a time somebody then promises something for."""
NO_PROMISE = re.compile(
    r" (?:i'll see (?:you|ye|y'all|them)|speak (?:on|to you)|i(?:'ll| will) let you (?:get back|get on|go)|"
    r"i(?:'ll| will| can) (?:just )?share my screen|i'll (?:just )?(?:mute|unmute)|"
    r"let me (?:just )?(?:share|mute|unmute)|"
    r"i'll be (?:very |quite |completely )?(?:frank|straight|honest|blunt|plain|candid|brief|quick)|"
    r"i'll tell you what(?! (?:came|comes|happened|it|he|she|they) )|"
    r"i'll (?:admit|grant you|confess|bet)|i can see|let me (?:ask|tell|say|think|see|finish)|i'll say|"
    r"i (?:usually|always|normally)) "
)
"""What sounds like a promise and commits to nothing after the call."""
TURNS_BETWEEN = 2
LINES_BETWEEN = 4
TAKES_BACK = re.compile(
    r" (?:scratch (?:that|it|the|\w+day)|never mind|nevermind|(?<!don't )(?<!i )"
    r"forget (?:it|that|about|i said|the|\w+ $)|(?<!i'll )hold off|"
    r"don't bother|don't trouble|take (?:that|it)(?: one)? back|took that back|i withdraw|withdraw (?:that|it)|"
    r"let's not|leave it|leave \w+ out|stay out of|sit on (?:it|the|that)|no \w+(?: \w+){0,3} then|strike that|"
    r"(?<!i'll )cancel (?:that|it)|don't send|not \w+ then|skip (?:it|that)|no no let's|please leave|off the table|"
    r"leave (?:him|her|them|that|it) (?:where|with|be|alone)) "
)
TAKES_OWN_BACK = re.compile(
    r" (?:can't promise (?:that|it|a)(?! \w+s )(?: \w+)?|not allowed to|don't think i'm allowed|"
    r"i won't (?:send|do|come|bring|call|book|cancel|be doing)|i won't then|i'll not(?! be )|"
    r"then i (?:can't|don't)|so i don't|then it can't be|then i'm afraid|spoke too soon|"
    r"we'll leave the|keep my mouth|have to withdraw|can't do the|i can't do (?:that|it|this)|"
    r"leave (?:the|that) (?:man|woman|lad)|hang on no|hold on no) "
)
"""What only takes back a promise of the one who says it: nobody can say it of another's."""
NAMES_WHAT = re.compile(
    r" (?:let's not|don't send|don't bother|i won't \w+|leave (?=\w+ out)|no (?=\w+ .*then)) (?P<what>.+)"
)
"""A taking back that says of what; when a step nearby has none of its words, it is about something else."""
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
        if scores[line.index] < 0 or _takes_back(line):
            continue
        if groups and _goes_with(line, groups[-1]):
            groups[-1].append(line)
        elif not _commits_to_nothing(line):
            groups.append([line])
    return tuple(Span(tuple(group), {line.index: float(scores[line.index]) for line in group}) for group in groups)


def _goes_with(line: Line, group: Sequence[Line]) -> bool:
    before = group[-1]
    if line.turn - before.turn > TURNS_BETWEEN or line.index - before.index > LINES_BETWEEN:
        return False
    if not PROMISE.search(line.plain):
        return True
    if not any(PROMISE.search(earlier.plain) or ACTS.search(earlier.plain) for earlier in group):
        return True
    return _completes(line, before)


def _commits_to_nothing(line: Line) -> bool:
    """Whether all that the line has of a promise is a manner of speaking."""
    rest, found = NO_PROMISE.subn(" ", line.plain)
    return bool(found) and not PROMISE.search(rest)


def _completes(line: Line, before: Line) -> bool:
    """Whether a promise only carries on the one before: it invites to it, reports on it or speaks of it."""
    if len(line.words) <= LONGEST_INVITATION and SENDS_INVITATION.search(line.plain):
        return True
    same = line.speaker_id == before.speaker_id
    if same and len(line.words) <= LONGEST_REPORT and REPORTS_BACK.search(line.plain):
        return True
    if not same and GIVES.search(line.plain):
        return False
    longest = LONGEST_REFERENCE if same else LONGEST_ANSWER
    return len(line.words) <= longest and bool(REFERS_BACK.search(line.plain))


def _takes_back(line: Line) -> bool:
    return bool(TAKES_BACK.search(line.plain) or TAKES_OWN_BACK.search(line.plain)) and not line.asks


def taken_back(spans: Sequence[Span], dialogue: Dialogue) -> frozenset[int]:
    """Places in `spans` of the steps that a later line takes back."""
    withdrawn: set[int] = set()
    for line in dialogue.lines:
        if _takes_back(line):
            place = _meant(line, spans, dialogue)
            if place is not None:
                withdrawn.add(place)
    return frozenset(withdrawn)


def _meant(line: Line, spans: Sequence[Span], dialogue: Dialogue) -> int | None:
    """The step that a line takes back: the nearest before it, or one nearby whose words it repeats."""
    near = [place for place, span in enumerate(spans) if _may_mean(line, span)]
    if not near:
        return None
    said = set(line.words) - _EMPTY_WORDS - _names(dialogue)
    meant = max(near, key=lambda place: (len(said & _words(spans[place])), place))
    return None if _names_another(line, spans[meant], dialogue) else meant


def _may_mean(line: Line, span: Span) -> bool:
    """Whether the step is near enough, and promised by the speaker where only the speaker can take it back."""
    last = span.lines[-1]
    near = 0 < line.index - last.index <= TAKE_BACK_LINES and line.turn - last.turn <= TAKE_BACK_TURNS
    anybody = bool(TAKES_BACK.search(line.plain))
    return near and (anybody or line.speaker_id in {said.speaker_id for said in span.lines})


def _names_another(line: Line, span: Span, dialogue: Dialogue) -> bool:
    named = NAMES_WHAT.search(line.plain)
    what = set(WORD.findall(named["what"])) - _EMPTY_WORDS - _names(dialogue) if named else set()
    return bool(what) and not what & _words(span)


def _names(dialogue: Dialogue) -> set[str]:
    """Names of the people on the call: who is spoken to says nothing about the step."""
    return {word for party in dialogue.call.parties for word in (party.name or "").lower().split()}


def _words(span: Span) -> set[str]:
    return {word for line in span.lines for word in line.words} - _EMPTY_WORDS
