"""All that is known of a person, a thread, a call or a CRM record, as JSON can hold it."""

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from typing import Any, Final

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session
from sqlmodel import col

from core.analysis import Frozen
from core.clock import Clock
from memory.checkpoints import Checkpoints
from memory.database import Database
from memory.forgetting.calls import Calls
from memory.forgetting.items import PAGE
from memory.forgetting.order import Order, mentions, order_for, said_to
from memory.forgetting.rows import other_tables, texts_of
from memory.forgetting.spoken import Told, is_of
from memory.forgetting.subject import Subject
from memory.forgetting.threads import states_of, threads_of
from memory.forgetting.traces import Traces
from memory.store.entries import Entries, about
from memory.store.entry import Kept
from memory.tables import ApprovalRow, BusinessContextRow, CrmEventRow, InboxRow, MemoryItemRow, SyncLogRow, Table

JSON: Final = TypeAdapter[Any](Any)

Section = list[dict[str, Any]]


class Export(Frozen):
    """What is known, in sections: memory, calls, checkpoints, and one for each table; all of it JSON."""

    subject: str
    made_at: datetime
    sections: dict[str, Section]


class Exports:
    """Makes exports; nothing is changed by it."""

    def __init__(self, database: Database, entries: Entries, checkpoints: Checkpoints, clock: Clock) -> None:
        self._database = database
        self._entries = entries
        self._checkpoints = checkpoints
        self._clock = clock
        self._calls = Calls(database, clock)

    async def of(self, subject: Subject) -> Export:
        """What is known of a subject now."""
        order = await order_for(self._database, subject)
        sections = {"memory": await self._memory(subject, order), "calls": await self._told(subject, order)}
        sections |= await self._database.read(lambda session: _rows(session, subject, order))
        threads = await threads_of(self._checkpoints, order)
        states = await states_of(self._checkpoints, sorted(threads))
        sections["checkpoints"] = [{"thread": thread, "state": state} for thread, state in states.items()]
        filled = {name: section for name, section in sections.items() if section}
        return Export(subject=str(subject), made_at=self._clock.now(), sections=JSON.dump_python(filled, mode="json"))

    async def _memory(self, subject: Subject, order: Order) -> Section:
        row = MemoryItemRow
        ids = (*order.traces.emails, *order.ids)
        people = about({str(subject), *(f"person:{id}" for id in ids)})
        own = or_(people, col(row.source) == str(subject), col(row.audience).in_(said_to(ids)))
        named = mentions(order.traces, row.text, row.value)
        known: dict[int, dict[str, Any]] = {}
        async for page in self._pages(own):
            known |= {each.id: _entry(each) for each in page}
        async for page in self._pages(named):
            some = [each for each in page if order.traces.are_in_any([each.value, each.text or ""])]
            known |= {each.id: _entry(each) for each in some}
        return [entry for _, entry in sorted(known.items())]

    async def _pages(self, condition: ColumnElement[bool]) -> AsyncIterator[Sequence[Kept]]:
        """The entries that satisfy it, some at a time: far more may name somebody than do."""
        after = 0
        while page := await self._entries.matching(condition, after=after, most=PAGE):
            after = page[-1].id
            yield page

    async def _told(self, subject: Subject, order: Order) -> Section:
        """The calls: of a person what they said and what was found in it, else all."""
        found = [await self._calls.told(call_id) for call_id in order.calls]
        told = [each for each in found if each is not None]
        if subject.kind == "person":
            return [_of_person(each, order) for each in told]
        return [_whole(each) for each in told]


def _whole(told: Told) -> dict[str, Any]:
    return {
        "call": told.call.model_dump(mode="json"),
        "transcript": told.transcript and told.transcript.model_dump(mode="json"),
        "analysis": told.analysis and told.analysis.model_dump(mode="json"),
    }


def _of_person(told: Told, order: Order) -> dict[str, Any]:
    """Who they are to the call, their sentences, those that name them, and the findings that do or are theirs."""
    own = [party for party in told.call.parties if is_of(party, order.traces, order.ids)]
    speakers = {party.speaker_id for party in own if party.speaker_id}
    turns = told.transcript.turns if told.transcript else ()
    said = [
        {"own": turn.speaker_id in speakers, **sentence.model_dump(mode="json")}
        for turn in turns
        for sentence in turn.sentences
        if turn.speaker_id in speakers or order.traces.are_in(sentence.text)
    ]
    items = (*told.analysis.items, *told.analysis.meddpicc) if told.analysis else ()
    findings = [item.model_dump(mode="json") for item in items]
    names = {party.name for party in own}
    theirs = [each for each in findings if each["speaker"] in names or order.traces.are_in_any(each)]
    call = told.call.model_dump(mode="json", include={"id", "title", "url", "started"})
    return {"call": call, "party": [party.model_dump(mode="json") for party in own], "said": said, "findings": theirs}


def _rows(session: Session, subject: Subject, order: Order) -> dict[str, Section]:
    """The rows of the other tables: those of the call or record, and those that name the person."""
    sections: dict[str, Section] = {}
    for row in other_tables():
        condition, names = _condition(row, subject, order)
        found = session.scalars(select(row).where(condition).execution_options(yield_per=PAGE))
        sections[str(row.__tablename__)] = [each.model_dump(mode="json") for each in found if names(each)]
    return sections


def _condition(row: type[Table], subject: Subject, order: Order) -> tuple[ColumnElement[bool], Callable[[Table], bool]]:
    """Which rows of a table belong to it, and whether one that may name the person does."""
    if subject.kind == "call":
        return _of_call(row, order.calls), lambda _: True
    if subject.object_type is not None:
        return _of_record(row, subject.object_type, [subject.id]), lambda _: True
    columns = list(texts_of(row))
    own = _of_record(row, "contacts", order.contacts)

    def names(each: Table) -> bool:
        is_own = getattr(each, "object_type", None) == "contacts" and getattr(each, "object_id", "") in order.contacts
        return is_own or order.traces.are_in_any([getattr(each, column.key) for column in columns])

    return or_(own, mentions(order.traces, *columns)), names


def _of_call(row: type[Table], calls: Sequence[str]) -> ColumnElement[bool]:
    if row is InboxRow:
        return and_(col(InboxRow.kind) == "call", col(InboxRow.key).in_(calls))
    if row is SyncLogRow or row is ApprovalRow:
        return col(row.call_id).in_(calls)
    return mentions(Traces())


def _of_record(row: type[Table], object_type: str, ids: Sequence[str]) -> ColumnElement[bool]:
    if row is ApprovalRow or row is BusinessContextRow or row is CrmEventRow or row is SyncLogRow:
        return and_(col(row.object_type) == object_type, col(row.object_id).in_(ids))
    return mentions(Traces())


def _entry(kept: Kept) -> dict[str, Any]:
    return kept.model_dump(mode="json", exclude={"id", "content_hash", "embedded"})
