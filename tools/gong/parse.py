"""Gong's JSON at the door: calls and transcripts as `core.calls` knows them.

Gong sends nulls and new fields freely, and leaves parties out. So everything may be missing but a call's id; what is
there in a form that cannot be understood raises SophiaError that names the field. Turns and sentences keep their
places even when they are empty, since evidence points at them by number.
"""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, cast

from core.calls import Affiliation, Call, CrmObjectKind, CrmReference, Party, Sentence, Transcript, Turn
from core.errors import SophiaError

Json = Mapping[str, Any]

CALL_FILE_FORM = 'A call file holds {"extensive": <one of calls[]>, "transcript": <one of callTranscripts[]>}.'
POSSIBLE_YEARS = range(1970, 2200)
"""Years a call can be of: some systems write the year 1 or 9999 for "unknown", where no time zone can be applied."""
UNSTORABLE = re.compile("[\\x00\\ud800-\\udfff]")
CRM_KINDS: Mapping[str, CrmObjectKind] = {
    "opportunity": "deal",
    "deal": "deal",
    "account": "company",
    "company": "company",
    "contact": "contact",
    "lead": "lead",
}


def parse_call_file(text: str) -> tuple[Call, Transcript | None]:
    """The call and transcript in a file's text; raises SophiaError that says which field is wrong."""
    try:
        content = json.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError) as error:
        raise SophiaError(f"this is not JSON: {error}", next_step=CALL_FILE_FORM) from error
    if not isinstance(content, Mapping) or not isinstance(content.get("extensive"), Mapping):
        raise SophiaError("extensive is missing or not an object", next_step=CALL_FILE_FORM)
    call = parse_call(content["extensive"])
    spoken = content.get("transcript")
    if spoken is None:
        return call, None
    if not isinstance(spoken, Mapping):
        raise SophiaError("transcript is not an object", next_step=CALL_FILE_FORM)
    transcript = parse_transcript(spoken, call_id=call.id)
    if transcript.call_id != call.id:
        raise SophiaError(f"transcript.callId is {transcript.call_id}, but extensive.metaData.id is {call.id}")
    return call, transcript


def parse_call(extensive: Json) -> Call:
    """A call from an element of `calls[]` of /v2/calls/extensive, or from a webhook's `callData`."""
    about = _object(extensive, "metaData", "extensive")
    return Call(
        id=_needed(_id(about, "id", "extensive.metaData"), "extensive.metaData.id"),
        title=_text(about, "title", "extensive.metaData"),
        url=_text(about, "url", "extensive.metaData"),
        started=_moment(about, "started", "extensive.metaData"),
        duration_s=_number(about, "duration", "extensive.metaData"),
        language=_text(about, "language", "extensive.metaData"),
        primary_user_id=_id(about, "primaryUserId", "extensive.metaData"),
        scope=_text(about, "scope", "extensive.metaData"),
        is_private=about.get("isPrivate") is True,
        parties=tuple(_party(party) for party in _objects(extensive, "parties", "extensive")),
        crm=_references(extensive, "extensive"),
    )


def parse_transcript(transcript: Json, call_id: str | None = None) -> Transcript:
    """A transcript from an element of `callTranscripts[]`; times in milliseconds. `call_id` stands in for its own."""
    known = _id(transcript, "callId", "transcript") or call_id
    turns = tuple(_turn(turn) for turn in _list(transcript, "transcript", "transcript"))
    return Transcript(call_id=_needed(known, "transcript.callId"), turns=turns)


def _party(party: Json) -> Party:
    affiliation = (_text(party, "affiliation", "parties[]") or "").capitalize()
    methods = [str(method).lower() for method in _list(party, "methods", "parties[]")]
    speaker_id = _id(party, "speakerId", "parties[]")
    return Party(
        id=_id(party, "id", "parties[]"),
        name=_text(party, "name", "parties[]"),
        email=_text(party, "emailAddress", "parties[]"),
        title=_text(party, "title", "parties[]"),
        user_id=_id(party, "userId", "parties[]"),
        speaker_id=speaker_id,
        affiliation=cast("Affiliation", affiliation if affiliation in ("Internal", "External") else "Unknown"),
        attended=not methods or "attendee" in methods or speaker_id is not None,
        crm=_references(party, "parties[]"),
    )


def _references(owner: Json, where: str) -> tuple[CrmReference, ...]:
    """The HubSpot records that Gong names, each once; other CRMs' ids mean nothing here."""
    found: dict[CrmReference, None] = {}
    for context in _objects(owner, "context", where):
        if (_text(context, "system", "context[]") or "").lower() != "hubspot":
            continue
        for item in _objects(context, "objects", "context[]"):
            kind = CRM_KINDS.get((_text(item, "objectType", "objects[]") or "").lower())
            id = _id(item, "objectId", "objects[]")
            if kind and id:
                found[CrmReference(kind=kind, id=id)] = None
    return tuple(found)


def _turn(turn: object) -> Turn:
    if not isinstance(turn, Mapping):
        return Turn()
    sentences: list[Sentence] = []
    for item in _list(turn, "sentences", "transcript[]"):
        sentences.append(_sentence(item, after_ms=sentences[-1].end_ms if sentences else 0))
    return Turn(
        speaker_id=_id(turn, "speakerId", "transcript[]"),
        topic=_text(turn, "topic", "transcript[]"),
        sentences=tuple(sentences),
    )


def _sentence(sentence: object, after_ms: int) -> Sentence:
    """A sentence; one without a time begins where the one before it ended."""
    if not isinstance(sentence, Mapping):
        return Sentence(start_ms=after_ms, end_ms=after_ms, text="")
    start = _number(sentence, "start", "sentences[]", otherwise=after_ms)
    end = _number(sentence, "end", "sentences[]", otherwise=start)
    text = sentence.get("text")
    if text is not None and not isinstance(text, str):
        raise _wrong("sentences[].text", "text", text)
    return Sentence(start_ms=start, end_ms=max(start, end), text=_clean(text or ""))


def _object(owner: Json, name: str, where: str) -> Json:
    value = owner.get(name)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise _wrong(f"{where}.{name}", "an object", value)
    return value


def _list(owner: Json, name: str, where: str) -> list[Any]:
    value = owner.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise _wrong(f"{where}.{name}", "a list", value)
    return value


def _objects(owner: Json, name: str, where: str) -> Iterable[Json]:
    return (item for item in _list(owner, name, where) if isinstance(item, Mapping))


def _text(owner: Json, name: str, where: str) -> str | None:
    value = owner.get(name)
    if value is not None and not isinstance(value, str):
        raise _wrong(f"{where}.{name}", "text", value)
    return _clean(value).strip() or None if value else None


def _id(owner: Json, name: str, where: str) -> str | None:
    """An id, which Gong writes as text and some exports as a number."""
    value = owner.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return _text(owner, name, where)


def _number(owner: Json, name: str, where: str, otherwise: int = 0) -> int:
    """A whole number that is not negative."""
    value = owner.get(name)
    if value is None:
        return otherwise
    try:
        return max(0, int(float(value)))
    except (TypeError, ValueError, OverflowError):
        raise _wrong(f"{where}.{name}", "a number", value) from None


def _moment(owner: Json, name: str, where: str) -> datetime | None:
    """A moment in ISO 8601, None when it cannot be one of a call; one without a time zone is taken as UTC."""
    value = _text(owner, name, where)
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise _wrong(f"{where}.{name}", "a moment like 2026-03-10T10:03:24-05:00", value) from None
    if moment.year not in POSSIBLE_YEARS:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _needed(value: str | None, name: str) -> str:
    if value is None:
        raise SophiaError(f"{name} is missing", next_step="Every call and transcript needs its call's id.")
    return value


def _clean(text: str) -> str:
    """Text that every store can hold: NUL and halves of surrogate pairs become U+FFFD, one for one."""
    return UNSTORABLE.sub("\ufffd", text)


def _wrong(name: str, wanted: str, value: object) -> SophiaError:
    shown = repr(value)
    return SophiaError(f"{name} must be {wanted}, not {shown[:60] + '…' if len(shown) > 60 else shown}")
