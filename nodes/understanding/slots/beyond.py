"""What a question asks for that no query can tell: it is asked back in one sentence, never passed over in silence."""

from collections.abc import Iterator
from typing import Final

from nodes.understanding.shape import Doubt
from nodes.understanding.slots.part import Text, pattern

_FIGURE: Final = pattern(
    r"(?P<said>median|percentile|standard deviation|(?:win|close|closing|conversion|success|hit|churn|retention|"
    r"growth)[ -]rate|conversion|win ratio|percentage|share of|sales cycle|sales velocity|(?:time|days) to close)"
)
_IN_STAGE: Final = pattern(
    r"(?:in|at) (?:the )?(?!play|total)(?P<said>(?:[a-z]+ ){1,3})(?:stage )?for (?:more than|over|longer than|"
    r"at least) "
    r"(?:\d+|a|one|two|three) (?:days?|weeks?|months?)|days in (?:the |their |its )?(?:current )?stage"
)
_NOBODY: Final = pattern(
    r"(?:who|which (?:reps?|owners?|sellers?|colleagues?)) (?:(?:has|had|have|made|held) no|hasn't|haven't|didn't|"
    r"has not|have not|did not)"
)
_SEASON: Final = pattern(
    r"(?:since|in|during|over|by|this|last|next|until|before|after)(?: the| this| last| next)? "
    r"(?P<said>spring|summer|autumn|fall|winter)"
)
_QUESTIONS: Final = (
    (
        _FIGURE,
        "I cannot work out a {said}: I can count, add up and average, and show the largest or smallest. "
        "Which of these would help?",
    ),
    (
        _IN_STAGE,
        "I do not know since when a deal has been in its stage. Shall I go by when it was created or last changed?",
    ),
    (_NOBODY, "I can count what each of them has, but not find who has none. Shall I count by owner?"),
    (_SEASON, "From which day to which do you mean by {said}?"),
)
"""Half of the world has another summer; and HubSpot tells the stage of a deal, not since when."""


def beyond(text: Text) -> Iterator[Doubt]:
    """The questions back, the one for the first thing first."""
    for words, question in _QUESTIONS:
        match = next(text.free(words), None)
        if match is not None:
            yield Doubt(question=question.format(said=match.groupdict().get("said") or ""))
