"""The words of a message that are the person's own request: not what they quote or paste, not greeting and courtesy.

What is quoted stays in `written` (a note may hold it) and is blank in `asked`, letter for letter, so that nothing in it
counts as a request, names a record or chooses what is done.
"""

import re
from dataclasses import dataclass
from typing import Final

LONGEST: Final = 4_000
"""Letters of a message that are read: nobody asks at greater length, and what is pasted is longer."""
LONG_QUOTE: Final = 40
"""Letters from which words in quotation marks are somebody's speech; shorter ones are names and titles."""

_UNREADABLE: Final = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
"""Control characters, marks of direction, halves of letters: blank, so that all places stay."""
_QUOTED: Final = (
    re.compile(r"```.*?(?:```|\Z)", re.DOTALL),
    re.compile(r"^[ \t]*(?:>|&gt;).*$", re.MULTILINE),
    re.compile(
        r"^(?:-{2,} ?(?:original|forwarded) message|begin forwarded message|on .{3,80} wrote:|from: .+\n(?:to|"
        r"sent|date|subject): )"
        r".*\Z",
        re.MULTILINE | re.DOTALL | re.IGNORECASE,
    ),
    re.compile(rf"[\"“„«](?=[^\"”“»]{{{LONG_QUOTE}}})[^\"”“»]*(?:[\"”“»]|\Z)"),
    re.compile(r"(?<=:)[ \t]*\n(?=.{20}).*\Z", re.DOTALL),
)
"""Code, quoted lines, mails that were passed on, speech in quotation marks, and what follows a colon and a new line."""

_GREETING: Final = re.compile(
    r"(?:<@\w+>|@sophia\b|sophia\b|(?:hi|hiya|hello|hey|yo|howdy|good (?:morning|afternoon|evening|day)|morning|"
    r"afternoon|evening)"
    r"(?: (?:sophia|there|again|all|team|everyone|folks))?)[ ,.!:;–-]+|"
    r"hope (?:you're|you are|all is|all's) \w+[ ,.!-]+",
    re.IGNORECASE,
)
_ADDRESSED: Final = re.compile(r"(?:sophia|there|again|all|team|everyone|folks)\W*", re.IGNORECASE)
"""What belongs to the greeting before it."""
_COURTESY: Final = re.compile(
    r"(?:please|pls|plz|kindly|ok(?:ay)?(?: so| then)?|so|um+|uh+|erm?|right|well|quick (?:one|"
    r"question)(?: for you)?|question|"
    r"one more thing|sorry(?: to bother (?:you|again))?|just wondering|i was wondering|(?:if you|"
    r"when you) (?:could|can|have a sec(?:ond)?)|"
    r"and|also|then|but)(?:[ ,:;–-]+|\.\.\.|$)",
    re.IGNORECASE,
)
_THANKS: Final = re.compile(
    r"(?:[ ,.!–-]+(?:please|pls|plz|thanks(?: a lot| so much)?|thank you(?: so much)?|thx|ty|cheers|asap|for me|"
    r"when you (?:get a (?:minute|chance|moment)|have (?:time|a sec|a minute|a moment))|if you (?:can|could|"
    r"don't mind)))+[ .!]*$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class OwnWords:
    """A message or a part of one, as written, and of the same length as it asks: what is quoted is blank."""

    written: str
    asked: str

    def part(self, start: int, end: int) -> "OwnWords":
        """The letters from `start` to before `end`."""
        return OwnWords(self.written[start:end], self.asked[start:end])

    def stripped(self) -> "OwnWords":
        """Without blanks at both ends of what is asked; what is quoted at the end stays."""
        start = len(self.asked) - len(self.asked.lstrip())
        return self.part(start, len(self.written.rstrip()))

    @property
    def holds_quotes(self) -> bool:
        """Whether something in it is somebody else's."""
        return self.asked != self.written

    @property
    def is_empty(self) -> bool:
        """Whether nothing in it is the person's own."""
        return not self.asked.strip()


def own_words(text: str) -> OwnWords:
    """What somebody wrote, without a greeting where more follows it."""
    written = _UNREADABLE.sub(" ", text[:LONGEST])
    asked = written
    for quoted in _QUOTED:
        asked = quoted.sub(_blank, asked)
    words = OwnWords(written, asked).stripped()
    return words.part(_end_of(_GREETING, words.asked), len(words.written)).stripped()


def bare(asked: str) -> str:
    """A request without what is said around it for courtesy; the whole, where nothing else is said."""
    start = _end_of(_GREETING, asked)
    start += _end_of(_COURTESY, asked[start:])
    left = _THANKS.sub("", asked[start:]).strip()
    return left if re.search(r"\w", left) else asked.strip()


def _blank(match: re.Match[str]) -> str:
    return " " * len(match[0])


def _end_of(words: re.Pattern[str], text: str) -> int:
    """Where what comes before the request ends; 0 where nothing would be left."""
    at = 0
    while (match := words.match(text, at)) is not None and match.end() > at:
        at = match.end()
    return at if re.search(r"\w", text[at:]) and not _ADDRESSED.fullmatch(text[at:]) else 0
