"""Holds what a model wrote to what it was given: a sentence stands only with a source that says what it says.

A sentence must point at a source [n] that there is. Every number, day, address, name and quotation in it must stand in
the lines of a source it points at, or in the person's own question. One that says that nothing is known needs no
source, and may say nothing else; one that recites the instructions is none. What does not hold is left out; code
decides, not the model. Plain words are not held: whether a source means what is made of it, its reader must see.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from nodes.chat.writing.sentences import Sentence, Sentences
from nodes.understanding.names.words import NAMES_THAT_ARE_WORDS, everyday, folded

MARK: Final = re.compile(r"\[(\d{1,3})\]")

NUMBER: Final = re.compile(r"\d[\d.,:/]*\d|\d")
NUMBER_WORD: Final = re.compile(
    r"\b(three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w{3,5}teen|twenty|thirty|forty|fifty|sixty|seventy|"
    r"eighty|ninety|dozens?|hundreds?|thousands?|millions?|billions?|per ?cent|half|twice|doubled?|tripled?)\b",
    re.IGNORECASE,
)
"""An amount in words; one and two are more often no amount."""

WORD: Final = re.compile(r"(?<![.!?…]\s)(?<!^)\b[^\W\d_][\w’'-]+")
"""A word that is not the first of its sentence: with a capital, of whatever alphabet, it is a name."""

FIRST_WORD: Final = re.compile(r"(?:^|(?<=[.!?…]\s))[^\W\d_][\w’'-]+")
"""The first word of a sentence: a name where it is no everyday English."""

APOSTROPHE: Final = re.compile("[’']")
QUOTATION: Final = re.compile(r"[“\"„«]([^“”\"„«»]*)(?:[”\"»]|$)")
LETTERS: Final = re.compile(r"[^\W_]+")

ADDRESS: Final = re.compile(r"[\w.+-]+@[\w.-]+")
COMMON: Final = frozenset(
    """I I’m I'm The A An And But Or If In On At For With No Not Yes HubSpot Gong Slack BANT MEDDPICC CRM
    Monday Tuesday Wednesday Thursday Friday Saturday Sunday Mr Mrs Ms Dr Q1 Q2 Q3 Q4 January February March April May
    June July August September October November December""".split()  # noqa: SIM905
)
"""Words in capitals that name nobody; a day's or month's date is held by its number."""

HONEST: Final = re.compile(
    r"\b(not (in|found|known|said|mentioned|told|stated)|no (source|information|record|mention)|"
    r"(do|does|did) not (say|know|mention|tell)|don['’]t know|cannot (tell|say)|unclear)\b",
    re.IGNORECASE,
)
"""A sentence that says that something is not known needs no source."""

ABOUT_SOURCES: Final = frozenset(
    """about anything asked call calls company contact contacts conversation deal deals does either from given have here
    information message messages name note notes question record records result results source sources task tasks tell
    that their them there these they thing this those tool tools what when where whether which whose with would your
    """.split()  # noqa: SIM905
)
"""Words that such a sentence may have beside those of the question."""
SHORT: Final = 3
"""Letters up to which a word says nothing by itself."""
STEM: Final = 5
"""Letters by which a word is known in another form."""

CLAIM: Final = re.compile(
    r"\b(?:I|I['’]ve|we|we['’]ve)\b(?: \w+){0,2} (?:added|approved|assigned|changed|completed|created|deleted|done|"
    r"e-?mailed|logged|made|marked|messaged|moved|noted|notified|posted|recorded|rejected|removed|saved|scheduled|sent|set|"
    r"told|undid|undone|updated)\b",
    re.IGNORECASE,
)
"""What Sophia has done, code tells, with its before and after; a model that says so of itself is not believed."""

LONGEST_SENTENCE: Final = 1000
"""Characters of a sentence: a longer one is none."""

RECITED: Final = 7
"""Words in a row that stand so in the instructions: no answer has so many of them by chance."""


class Holding:
    """Holds a text that comes in pieces; none of its sentences may recite the `instructions`.

    `finished` makes of a sentence that stands what is told of it. `dropped` is how many did not stand.
    """

    def __init__(
        self,
        lines: Mapping[int, str],
        question: str,
        instructions: str = "",
        finished: Callable[[str], str] = str,
    ) -> None:
        self.dropped = 0
        self._lines = lines
        self._question = question
        self._private = runs_of(instructions)
        self._finished = finished
        self._sentences = Sentences()
        self._line: int | None = None

    def add(self, piece: str) -> Iterator[str]:
        """The sentences that are whole with this piece and stand, each with what parts it from the one before."""
        return self._standing(self._sentences.add(piece))

    def end(self) -> Iterator[str]:
        """What is left at the end, where it stands."""
        return self._standing(self._sentences.end())

    def _standing(self, sentences: Iterator[Sentence]) -> Iterator[str]:
        for sentence in sentences:
            told = self._finished(sentence.words) if self._stands(sentence.words) else ""
            if told:
                yield self._parted(sentence.line) + told
            else:
                self.dropped += 1

    def _stands(self, sentence: str) -> bool:
        return self._private.isdisjoint(runs_of(sentence)) and stands(sentence, self._lines, self._question)

    def _parted(self, line: int) -> str:
        """What comes before a sentence on this line: sentences stay on the lines on which they were written."""
        before, self._line = self._line, line
        return "" if before is None else " " if before == line else "\n"


def stands(sentence: str, lines: Mapping[int, str], question: str) -> bool:
    """Whether the sentence may be told."""
    if len(sentence) > LONGEST_SENTENCE:
        return False
    marks = [int(mark) for mark in MARK.findall(sentence)]
    words = MARK.sub("", sentence)
    if CLAIM.search(QUOTATION.sub(" ", words)):
        return False
    if not marks:
        return HONEST.search(words) is not None and _says_no_more(words, question) and _proven(words, question)
    if any(mark not in lines for mark in marks):
        return False
    return _proven(words, " ".join([question, *(lines[mark] for mark in marks)]))


def runs_of(text: str) -> frozenset[tuple[str, ...]]:
    """Every run of RECITED words of a text."""
    words = LETTERS.findall(text.casefold())
    return frozenset(tuple(words[at : at + RECITED]) for at in range(len(words) - RECITED + 1))


def _says_no_more(words: str, question: str) -> bool:
    """Whether a sentence without a source says only that something is not known: it could persuade somebody else."""
    asked = {word[:STEM] for word in LETTERS.findall(question.casefold())}
    left = [word for word in LETTERS.findall(HONEST.sub(" ", words).casefold()) if len(word) > SHORT]
    return all(word in ABOUT_SOURCES or word[:STEM] in asked for word in left)


def _proven(words: str, source: str) -> bool:
    """Whether all that could be wrong in the words stands in the source."""
    words, known = words.lstrip("-*•# \t"), source.casefold()
    return (
        _figures(words) <= _figures(source)
        and all(address.casefold() in known for address in ADDRESS.findall(words))
        and all(_named(name).casefold() in known for name in (*_names(words), *_first_names(words)))
        and all(_is_said(quotation, known) for quotation in QUOTATION.findall(words))
    )


def _figures(text: str) -> set[str]:
    """The numbers of a text, and the amounts in words."""
    return {*map(_plain, NUMBER.findall(text)), *(word.casefold() for word in NUMBER_WORD.findall(text))}


def _names(words: str) -> Iterator[str]:
    return (word for word in WORD.findall(words) if word[0].isupper() and word not in COMMON)


def _first_names(words: str) -> Iterator[str]:
    """Of the words that begin a sentence, those that are no everyday English: they have a capital for a reason."""
    for word in FIRST_WORD.findall(words):
        is_english = all(map(_is_everyday, folded(APOSTROPHE.split(word)[0]).split("-")))
        if word[0].isupper() and word not in COMMON and not is_english:
            yield word


def _is_everyday(word: str) -> bool:
    return everyday().is_common(word) and word not in NAMES_THAT_ARE_WORDS


def _is_said(quotation: str, known: str) -> bool:
    """Whether what stands in quotation marks stands so in the source, word by word."""
    said, found = LETTERS.findall(quotation.casefold()), LETTERS.findall(known)
    return f" {' '.join(said)} " in f" {' '.join(found)} "


def _named(name: str) -> str:
    return re.sub(r"[’']s$", "", name)


def _plain(number: str) -> str:
    """A number without what parts its thousands, so that 50,000 is 50000."""
    return re.sub(r",(?=\d{3}\b)", "", number).rstrip(".,:/")


def lines_by_number(lines: Sequence[str]) -> dict[int, str]:
    """What each source says: its lines, which begin with its mark; a line without one belongs to the source before."""
    found: dict[int, str] = {}
    last: int | None = None
    for line in lines:
        marks = [int(mark) for mark in MARK.findall(line)]
        targets = marks or ([last] if last is not None else [])
        for number in targets:
            found[number] = f"{found.get(number, '')} {MARK.sub('', line)}"
        last = marks[-1] if marks else last
    return found
