"""A call in passages of about 120 words: whole sentences in a row, of several speakers where they take turns.

A passage is what is embedded and what is shown as found, so it ends where one more sentence would take it further from
120 words than it is, and never holds more word pieces than the embedder reads.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import accumulate, groupby, pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from core.calls import Call, Sentence, Transcript

if TYPE_CHECKING:
    from tokenizers import Tokenizer

TARGET_WORDS = 120
MOST_WORDS = 170
MOST_PIECES = 218
"""Word pieces of a passage, its speakers' names included: with a call's title (HEAD_PIECES) before it and its own two
marks the embedder reads 256 at most."""

HEAD_WORDS, HEAD_PIECES = 20, 32
"""The most of a call's title that is searched with each passage."""

PART_WORDS, PART_PIECES = 120, 180
"""The most of one sentence that stands together: some transcripts have no full stops at all."""

SHORT_WORDS = 40
"""A rest shorter than this joins the passage before where there is room: alone it would say nothing."""

UNKNOWN = "Speaker unknown"


@dataclass(frozen=True)
class Spoken:
    """A sentence, or a part of one too long; `turn` counts the turns, `speaker` is a name, None where unknown."""

    turn: int
    speaker: str | None
    text: str
    start_ms: int
    end_ms: int
    words: int
    pieces: int


@dataclass(frozen=True)
class Passage:
    """Sentences in a row. `text` has each speaker's name before their words; times are in milliseconds of the call.

    `speaker` is who says most of it, `speakers` all who are known, in the order in which they first speak.
    """

    text: str
    speaker: str | None
    speakers: tuple[str, ...]
    start_ms: int
    end_ms: int


def passages(call: Call, transcript: Transcript) -> tuple[Passage, ...]:
    """The transcript in passages, in order; none of a transcript without words. The same call gives the same ones."""
    return tuple(_passage(spoken) for spoken in _grouped(list(_spoken(call, transcript))))


def head_of(call: Call) -> str:
    """What every passage of a call is searched with, since people name whose call it was: its title, or nothing.

    On 222 questions over all calls it lifts nDCG@10 from .53 to .61 by words and from .28 to .38 by meaning.
    """
    parts = cut(call.title or "", HEAD_WORDS, HEAD_PIECES)
    return parts[0] if parts else ""


def word_pieces(texts: Sequence[str]) -> list[int]:
    """How many pieces the embedder's tokenizer makes of each text, without marks of its own."""
    return [len(encoded.ids) for encoded in _tokenizer().encode_batch(list(texts), add_special_tokens=False)]


def cut(text: str, most_words: int = PART_WORDS, most_pieces: int = PART_PIECES) -> list[str]:
    """The text in parts between words, none over either limit; a single word over it is cut, too."""
    words = text.split()
    if len(words) <= most_words and word_pieces([text])[0] <= most_pieces:
        return [" ".join(words)] if words else []
    parts: list[list[str]] = [[]]
    room = most_pieces
    for word, pieces in _short_words(words, most_pieces):
        if parts[-1] and (len(parts[-1]) >= most_words or pieces > room):
            parts.append([])
            room = most_pieces
        parts[-1].append(word)
        room -= pieces
    return [" ".join(part) for part in parts]


def _short_words(words: Sequence[str], most: int) -> Iterator[tuple[str, int]]:
    """Each word with its pieces; one that has too many in slices, of which no character is more than one piece."""
    for word, pieces in zip(words, word_pieces(words), strict=True):
        if pieces <= most:
            yield word, pieces
        else:
            slices = [word[first : first + most] for first in range(0, len(word), most)]
            yield from zip(slices, word_pieces(slices), strict=True)


def _spoken(call: Call, transcript: Transcript) -> Iterator[Spoken]:
    """Every sentence with words in it, in order, the too long ones in parts with their share of the time."""
    names = {party.speaker_id: _name(party.name or party.email) for party in call.parties}
    said = [
        (turn, names.get(spoken.speaker_id) if spoken.speaker_id else None, sentence)
        for turn, spoken in enumerate(transcript.turns)
        for sentence in spoken.sentences
    ]
    for (turn, speaker, sentence), pieces in zip(said, word_pieces([each.text for *_, each in said]), strict=True):
        whole = pieces <= PART_PIECES and len(sentence.text.split()) <= PART_WORDS
        parts = [sentence] if whole else _parts(sentence)
        shares = [pieces] if whole else word_pieces([part.text for part in parts])
        for part, share in zip(parts, shares, strict=True):
            if text := " ".join(part.text.split()):
                yield Spoken(turn, speaker, text, part.start_ms, part.end_ms, len(text.split()), share)


def _parts(sentence: Sentence) -> list[Sentence]:
    """A sentence too long in parts, each with as much of its time as it has of its letters."""
    texts = cut(sentence.text)
    ends = list(accumulate(len(text) for text in texts))
    span = sentence.end_ms - sentence.start_ms
    moments = [sentence.start_ms, *(sentence.start_ms + span * end // ends[-1] for end in ends)]
    return [
        Sentence(start_ms=begin, end_ms=end, text=text)
        for text, (begin, end) in zip(texts, pairwise(moments), strict=True)
    ]


def _grouped(spoken: Sequence[Spoken]) -> list[list[Spoken]]:
    groups: list[list[Spoken]] = []
    for one in spoken:
        if groups and _belongs(groups[-1], one):
            groups[-1].append(one)
        else:
            groups.append([one])
    if len(groups) > 1 and _words(groups[-1]) < SHORT_WORDS and _fits([*groups[-2], *groups[-1]]):
        groups[-2:] = [[*groups[-2], *groups[-1]]]
    return groups


def _belongs(group: Sequence[Spoken], one: Spoken) -> bool:
    """Whether the sentence brings the passage nearer to its length."""
    words = _words(group)
    nearer = abs(words + one.words - TARGET_WORDS) <= abs(words - TARGET_WORDS)
    return nearer and _fits([*group, one])


def _fits(group: Sequence[Spoken]) -> bool:
    pieces = sum(one.pieces for one in group) + sum(_label_pieces(who) for who, _ in _by_speaker(group))
    return _words(group) <= MOST_WORDS and pieces <= MOST_PIECES


def _words(group: Sequence[Spoken]) -> int:
    return sum(one.words for one in group)


def _passage(group: Sequence[Spoken]) -> Passage:
    said: dict[str | None, int] = {}
    for one in group:
        said[one.speaker] = said.get(one.speaker, 0) + one.words
    return Passage(
        text="\n".join(f"{_label(who)}{' '.join(words)}" for who, words in _by_speaker(group)),
        speaker=max(said, key=lambda who: said[who]),
        speakers=tuple(who for who in said if who is not None),
        start_ms=group[0].start_ms,
        end_ms=max(one.end_ms for one in group),
    )


def _by_speaker(group: Sequence[Spoken]) -> Iterator[tuple[str | None, list[str]]]:
    """Who speaks and their words, anew at each change; two unknown ones are never taken for one."""
    for key, said in groupby(group, key=lambda one: one.speaker or one.turn):
        yield (key if isinstance(key, str) else None), [one.text for one in said]


def _label(speaker: str | None) -> str:
    return f"{speaker or UNKNOWN}: "


@lru_cache(1000)
def _label_pieces(speaker: str | None) -> int:
    return word_pieces([_label(speaker)])[0]


def _name(name: str | None) -> str | None:
    """A name in one line, and no longer than names are."""
    return " ".join((name or "").split())[:60] or None


@cache
def _tokenizer() -> "Tokenizer":
    from tokenizers import Tokenizer  # 20 ms that a command without embeddings does without

    tokenizer = Tokenizer.from_file(str(Path(__file__).parent / "embedding" / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer
