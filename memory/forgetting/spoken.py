"""A call without one of its people: what they said, what was found in it, and who they were."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from core.analysis import CallAnalysis, Finding, Proved, SentenceRef, StageDirection, TalkStatistics
from core.calls import Call, Party, Sentence, Transcript, Turn
from core.fingerprint import input_hash_of
from memory.forgetting.traces import FORGOTTEN, Traces, full_names

LONG_WORD: Final = 7
"""Letters of a word that tells by itself whose words a text is made of."""
SHORT_WORD: Final = 3
"""Letters of a name, or of a word with a figure in it, that does so."""
RUN: Final = 3
"""So many words in a row tell the same, though each is common."""

P = TypeVar("P", bound=Proved)

_WORD: Final = re.compile(r"[^\W_]+")


class Words:
    """What somebody said, to tell whether a text is made of it: a telling word that only they use, or three in a row.

    It is meant to find too much rather than too little: what it finds is blanked.
    """

    def __init__(self, said: Iterable[str], by_others: Iterable[str] = ()) -> None:
        texts = list(said)
        others = {word for text in by_others for word in _words(text)}
        self._own = {word for text in texts for word in _telling(text)} - others
        self._runs = {run for text in texts for run in _runs(_words(text))}

    def are_in(self, text: str) -> bool:
        """Whether the text may be made of their words."""
        words = _words(text)
        return any(word in self._own for word in words) or any(run in self._runs for run in _runs(words))


@dataclass(frozen=True)
class Told:
    """A call with what was said and found in it; transcript and analysis are None where there is none."""

    call: Call
    transcript: Transcript | None
    analysis: CallAnalysis | None


@dataclass(frozen=True)
class Parted:
    """A call without a person: what is left of it, and the words and places (`refs`) that were theirs.

    `traces` know them by their given names too, where these are nobody else's on the call.
    """

    left: Told
    words: Words
    traces: Traces
    refs: frozenset[SentenceRef]
    sentences: int
    findings: int


def without_person(told: Told, traces: Traces, ids: frozenset[str] = frozenset()) -> Parted:
    """The call as if nobody knew who that person is and what they said; `ids` are Gong's and the door's ids of them.

    Done again it changes nothing, but for what was found meanwhile in sentences that are forgotten. Where they only are
    spoken of, their full name and address go.
    """
    call, transcript, analysis = told.call, told.transcript, told.analysis
    own = [party for party in call.parties if is_of(party, traces, ids)]
    known = _known_on(call, own, traces)
    speakers = {party.speaker_id for party in call.parties if party.speaker_id and (party in own or _is_gone(party))}
    refs = refs_of(transcript, speakers)
    theirs, others = _by_whom(transcript, speakers)
    gone = [item for item in (*analysis.items, *analysis.meddpicc) if _is_theirs(item, refs, known)] if analysis else []
    left = Told(_call(call, own, known), transcript and _transcript(transcript, speakers, known), None)
    return Parted(
        left=replace(left, analysis=analysis and _rebased(_analysis(analysis, refs, known), told, left)),
        words=Words([*theirs, *(text for item in gone for text in (item.text, item.quote))], others),
        traces=known,
        refs=refs,
        sentences=len(theirs),
        findings=len(gone),
    )


def is_of(party: Party, traces: Traces, ids: frozenset[str]) -> bool:
    """Whether a party is that person: by address or id, by the full name where Gong knows no address."""
    email = (party.email or "").strip().lower()
    if email and traces.emails:
        return email in traces.emails
    if {party.id, party.user_id} & ids:
        return True
    return bool(full_names([party.name])) and traces.are_in(party.name or "")


def _known_on(call: Call, own: Sequence[Party], traces: Traces) -> Traces:
    """By what they are known on this call: their given names too, if they are on it and nobody else has these."""
    names = traces.names | full_names(party.name for party in own)
    spoken = [party.name for party in own if party.name] if own else []
    if any(_is_gone(party) for party in call.parties):
        spoken += traces.names
    others = [party.name for party in call.parties if party.name and party not in own]
    return Traces(emails=traces.emails, names=names).with_given(spoken, others)


def _is_gone(party: Party) -> bool:
    return party.name == FORGOTTEN


def said_in(told: Told) -> list[str]:
    """Everything that was said in a call or written about it."""
    turns = told.transcript.turns if told.transcript else ()
    items = (*told.analysis.items, *told.analysis.meddpicc) if told.analysis else ()
    found = [text for item in items for text in (item.text, item.quote)]
    summary = [told.analysis.summary] if told.analysis else []
    return [*(sentence.text for turn in turns for sentence in turn.sentences), *found, *summary]


def refs_of(transcript: Transcript | None, speakers: set[str] | None = None) -> frozenset[SentenceRef]:
    """Where the sentences of these speakers stand, or all of them."""
    return frozenset(
        (place, number)
        for place, turn in enumerate(transcript.turns if transcript else ())
        if speakers is None or turn.speaker_id in speakers
        for number in range(len(turn.sentences))
    )


def _by_whom(transcript: Transcript | None, speakers: set[str]) -> tuple[list[str], list[str]]:
    """What they said, and what the others said."""
    said: tuple[list[str], list[str]] = ([], [])
    for turn in transcript.turns if transcript else ():
        texts = (sentence.text for sentence in turn.sentences if sentence.text != FORGOTTEN)
        said[turn.speaker_id not in speakers].extend(texts)
    return said


def _call(call: Call, own: Sequence[Party], known: Traces) -> Call:
    users = {party.user_id for party in own if party.user_id}
    parties = tuple(_party(party) if party in own else _spoken_of(party, known) for party in call.parties)
    return call.model_copy(
        update={
            "title": call.title and known.out_of(call.title),
            "parties": parties,
            "primary_user_id": None if call.primary_user_id in users else call.primary_user_id,
        }
    )


def _party(party: Party) -> Party:
    """Somebody was there: on which side, and which sentences are theirs, is needed to read the rest."""
    return Party(name=FORGOTTEN, speaker_id=party.speaker_id, affiliation=party.affiliation, attended=party.attended)


def _spoken_of(party: Party, known: Traces) -> Party:
    return party.model_copy(update={"title": party.title and known.out_of(party.title)})


def _transcript(transcript: Transcript, speakers: set[str], known: Traces) -> Transcript:
    return transcript.model_copy(update={"turns": tuple(_turn(turn, speakers, known) for turn in transcript.turns)})


def _turn(turn: Turn, speakers: set[str], known: Traces) -> Turn:
    own = turn.speaker_id in speakers
    sentences = tuple(_sentence(sentence, own, known) for sentence in turn.sentences)
    return turn.model_copy(update={"topic": turn.topic and known.out_of(turn.topic), "sentences": sentences})


def _sentence(sentence: Sentence, own: bool, known: Traces) -> Sentence:
    return sentence.model_copy(update={"text": FORGOTTEN if own else known.out_of(sentence.text)})


def _is_theirs(item: Proved, refs: frozenset[SentenceRef], known: Traces) -> bool:
    return bool(refs.intersection(item.evidence)) or (item.speaker is not None and known.are_in(item.speaker))


def _rebased(analysis: CallAnalysis, before: Told, left: Told) -> CallAnalysis:
    """The analysis as resting on what is left of the call: else it would be made anew for the difference."""
    made, transcript = analysis.provenance, left.transcript
    if made is None or transcript is None or (left.call, transcript) == (before.call, before.transcript):
        return analysis
    made = made.model_copy(update={"input_hash": input_hash_of(left.call, transcript)})
    return analysis.model_copy(update={"provenance": made})


def _analysis(analysis: CallAnalysis, refs: frozenset[SentenceRef], known: Traces) -> CallAnalysis:
    rests_on_them = bool(refs) and (not analysis.summary_evidence or bool(refs.intersection(analysis.summary_evidence)))
    return analysis.model_copy(
        update={
            "summary": FORGOTTEN if rests_on_them else known.out_of(analysis.summary),
            "summary_evidence": () if rests_on_them else analysis.summary_evidence,
            "topics": tuple(
                topic.model_copy(update={"name": known.out_of(topic.name)})
                for topic in analysis.topics
                if not refs or not refs.issuperset(topic.evidence)
            ),
            "items": _left(analysis.items, refs, known),
            "meddpicc": _left(analysis.meddpicc, refs, known),
            "stage_direction": _direction(analysis.stage_direction, refs, known),
            "statistics": _statistics(analysis.statistics, known),
            "notes": tuple(known.out_of(note) for note in analysis.notes),
        }
    )


def _left(items: Sequence[P], refs: frozenset[SentenceRef], known: Traces) -> tuple[P, ...]:
    return tuple(_cleaned(item, known) for item in items if not _is_theirs(item, refs, known))


def _cleaned(item: P, known: Traces) -> P:
    changes: dict[str, str | None] = {"text": known.out_of(item.text), "quote": known.out_of(item.quote)}
    if isinstance(item, Finding):
        is_owner = known.are_in(item.owner or "") or known.are_in(item.owner_email or "")
        changes |= {"owner": FORGOTTEN, "owner_email": None} if is_owner else {}
    return item.model_copy(update=changes)


def _direction(direction: StageDirection, refs: frozenset[SentenceRef], known: Traces) -> StageDirection:
    if refs.intersection(direction.evidence):
        return direction.model_copy(update={"quote": None, "evidence": ()})
    return direction.model_copy(update={"quote": direction.quote and known.out_of(direction.quote)})


def _statistics(statistics: TalkStatistics, known: Traces) -> TalkStatistics:
    longest = statistics.longest_monologue_speaker
    return statistics.model_copy(
        update={
            "talk_share": {known.out_of(name): share for name, share in statistics.talk_share.items()},
            "longest_monologue_speaker": longest and known.out_of(longest),
        }
    )


def _words(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(text)]


def _telling(text: str) -> Iterable[str]:
    """Long words, names, and words with figures."""
    for place, word in enumerate(_WORD.findall(text)):
        is_name = place > 0 and word[0].isupper()
        if len(word) >= LONG_WORD or (len(word) >= SHORT_WORD and (is_name or any(map(str.isdigit, word)))):
            yield word.casefold()


def _runs(words: Sequence[str]) -> Iterable[tuple[str, ...]]:
    return (tuple(words[first : first + RUN]) for first in range(len(words) - RUN + 1))
