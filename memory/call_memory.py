"""Calls as they are remembered: what was said, in passages, and each finding, to be recalled by who may be shown them.

Keeping a call twice changes nothing. A corrected transcript, another analysis or another audience replaces what was
kept before. Coaching is left out: it is for the seller, and whoever may read a deal may recall what is kept of it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlmodel import col

from core.analysis import CallAnalysis, Finding, Frozen, Kind, Qualification
from core.calls import Call, Transcript
from core.places import call_url, minute
from memory.database import Database
from memory.passages import Passage, head_of, passages
from memory.store.entries import Entries
from memory.store.entry import Entry, Kept, namespace_of
from memory.store.entry import Kind as EntryKind
from memory.store.reading import in_batches
from memory.tables import MemoryItemRow, MemorySubjectRow

Row = tuple[EntryKind, int, str, dict[str, Any]]
"""Kind, position, what is searched, and value."""

CALL = "call:"
"""How the source and the subject of a call begin."""

KINDS: tuple[EntryKind, ...] = ("call_passages", "call_findings")

LONGEST_ADDRESS = 320
"""Letters of an address, as RFC 5321 has it; what is longer is none."""

QUALIFICATION = "meddpicc"


class Head(Frozen):
    """That a call is remembered: who may be shown it, and when it began."""

    call_id: str
    audience: str | None
    at: datetime | None


class CallMemory:
    """Keeps calls under `tenant`, and hands them over to another audience when their record changes hands."""

    def __init__(self, database: Database, entries: Entries, tenant: str) -> None:
        self._database = database
        self._entries = entries
        self._tenant = tenant

    async def keep(
        self,
        call: Call,
        transcript: Transcript,
        analysis: CallAnalysis,
        audience: str,
        subjects: frozenset[str] = frozenset(),
        *,
        embed: bool = True,
    ) -> None:
        """Keeps passages and findings, and removes what was kept of the call and is no more.

        `subjects` are the CRM records that it is about ("deal:301"); the call itself and its people are added.
        Without `embed` it is found by its words at once, and by its meaning when the indexer has embedded it.
        """
        everybody = subjects | people_of(call) | {subject_of(call.id)}
        rows = [*_passages(call, transcript), *_findings(call, analysis)]
        wanted = [self._entry(call, audience, everybody, *row) for row in rows]
        places = {(entry.namespace, entry.key) for entry in wanted}
        gone = [(kept.namespace, kept.key) for kept in await self._kept(call.id)]
        await self._entries.put(wanted, remove=[place for place in gone if place not in places], embed=embed)

    async def readdress(self, call_id: str, audience: str) -> int:
        """Gives all that is kept of a call to another audience; returns how many entries moved."""
        return await readdress(self._entries, await self._kept(call_id), audience)

    async def about(self, subject: str, most: int) -> list[Head]:
        """The calls that are about this record or with this person, the latest first."""
        item = MemoryItemRow
        statement = (
            select(col(item.source), col(item.audience), col(item.at))
            .join(MemorySubjectRow, col(MemorySubjectRow.item_id) == col(item.id))
            .where(col(MemorySubjectRow.subject) == subject, col(item.tenant) == self._tenant)
            .where(col(item.kind) == "call_passages", col(item.position) == 0)
            .order_by(col(item.at).desc().nulls_last(), col(item.id).desc())
            .limit(most)
        )
        rows = await self._database.read(lambda session: session.execute(statement).all())
        return [Head(call_id=source.removeprefix(CALL), audience=audience, at=at) for source, audience, at in rows]

    async def audiences(self, call_ids: Sequence[str]) -> dict[str, str | None]:
        """Who may be shown each of these calls; those that are not remembered are left out."""
        item = MemoryItemRow
        heads = select(col(item.source), col(item.audience)).where(col(item.tenant) == self._tenant)
        heads = heads.where(col(item.kind) == "call_passages", col(item.position) == 0)
        batches = in_batches([subject_of(call_id) for call_id in dict.fromkeys(call_ids)])
        parts = [heads.where(col(item.source).in_(some)) for some in batches]
        rows = await self._database.read(lambda session: [row for part in parts for row in session.execute(part)])
        return {source.removeprefix(CALL): audience for source, audience in rows}

    async def _kept(self, call_id: str) -> list[Kept]:
        return [each for kind in KINDS for each in await self._entries.of_source(subject_of(call_id), kind)]

    def _entry(
        self,
        call: Call,
        audience: str,
        subjects: frozenset[str],
        kind: EntryKind,
        position: int,
        text: str,
        value: dict[str, Any],
    ) -> Entry:
        link = call_url(call, value["start_ms"])
        about = {"call_id": call.id, "title": call.title, "link": link, "minute": minute(value["start_ms"])}
        return Entry(
            namespace=namespace_of(self._tenant, audience, kind),
            key=f"{call.id}/{position:05}",
            value=value | about,
            kind=kind,
            audience=audience,
            source=subject_of(call.id),
            position=position,
            subjects=subjects,
            at=_moment(call, value["start_ms"]),
            text=text,
            embedded={"text": text},
        )


async def readdress(entries: Entries, kept: Sequence[Kept], audience: str) -> int:
    """Moves entries of ours into another audience's namespace; those that are there stay. Returns how many moved."""
    return await entries.move([each.id for each in kept if each.audience != audience], audience)


def subject_of(call_id: str) -> str:
    """The call as a source, and as a subject."""
    return f"{CALL}{call_id}"


def person_subject(email: str) -> str:
    """A person as a subject, by their address."""
    return f"person:{email.strip().lower()}"


def people_of(call: Call) -> frozenset[str]:
    """Everybody on the call whose address is known, as subjects."""
    addresses = [party.email for party in call.parties if party.email and party.email.strip()]
    return frozenset(person_subject(address) for address in addresses if len(address) <= LONGEST_ADDRESS)


def _passages(call: Call, transcript: Transcript) -> list[Row]:
    """Each passage is searched with the call's title before it; a finding, mostly shorter than that, is not."""
    head, said = head_of(call), enumerate(passages(call, transcript))
    return [
        ("call_passages", position, f"{head}\n{passage.text}".strip(), _passage_value(passage))
        for position, passage in said
    ]


def _passage_value(passage: Passage) -> dict[str, Any]:
    return {
        "text": passage.text,
        "speaker": passage.speaker,
        "speakers": list(passage.speakers),
        "start_ms": passage.start_ms,
        "end_ms": passage.end_ms,
    }


def _findings(call: Call, analysis: CallAnalysis) -> list[Row]:
    told: list[Finding | Qualification] = [item for item in analysis.items if item.kind is not Kind.COACHING]
    told += analysis.meddpicc
    return [("call_findings", position, _told(item), _finding_value(item)) for position, item in enumerate(told)]


def _told(found: Finding | Qualification) -> str:
    """What sort of finding it is ("Next step: …"), since people ask for it so, what it says, and its quote if more."""
    sort = found.field if isinstance(found, Qualification) else found.kind
    text, quote = " ".join(found.text.split()), " ".join(found.quote.split())
    told = f"{sort.value.replace('_', ' ').capitalize()}: {text}"
    return told if quote in text else f"{told}\n{quote}"


def _finding_value(found: Finding | Qualification) -> dict[str, Any]:
    """A finding for recall: `kind` is its own, or meddpicc with its `field`."""
    if isinstance(found, Qualification):
        own: dict[str, Any] = {"kind": QUALIFICATION, "field": found.field.value}
    else:
        own = {"kind": found.kind.value, "withdrawn": found.withdrawn, "order": found.order}
    return own | {
        "text": found.text,
        "quote": found.quote,
        "speaker": found.speaker,
        "start_ms": found.start_ms,
        "candidate": found.candidate,
        "confidence": found.confidence,
    }


def _moment(call: Call, start_ms: int) -> datetime | None:
    """When it was said; None where the call's start is not known, or has no time zone."""
    if call.started is None or call.started.tzinfo is None:
        return None
    return call.started + timedelta(milliseconds=start_ms)
