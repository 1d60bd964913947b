"""What a request to forget comes to: worked out once, before anything is changed, and stored with the receipt.

So a process that dies in the middle is followed by one that knows all it has to do, though half of it is gone.
"""

from collections.abc import Callable, Iterable
from typing import Any, Final

from sqlalchemy import ColumnElement, Text, and_, cast, false, func, or_, select, true
from sqlalchemy.orm import Session
from sqlmodel import col

from core.analysis import Frozen
from core.calls import Call
from core.scope import said_by
from memory.conversations import source_of
from memory.database import Database
from memory.forgetting.spoken import is_of
from memory.forgetting.subject import OBJECT_TYPES, Subject
from memory.forgetting.traces import Traces, full_names
from memory.store.entries import about
from memory.tables import ApprovalRow, BusinessContextRow, CallAnalysisRow, GongCallRow, MemoryItemRow, MemorySubjectRow

NOBODY: Final = Traces()
RECORDS: Final = tuple(OBJECT_TYPES)
THREAD: Final = source_of("")


class Order(Frozen):
    """All that is to be done: of whom or what, the calls, conversations and CRM records that have to do with it.

    `ids` are those by which doors and Gong know a person, `contacts` their records in HubSpot. `views` are the records
    ("deal:301") whose view may tell of it. `through` is set once nothing but the index is waited for, up to its outbox
    row `outbox_to`; whoever it was is not in here any more then.
    """

    subject: str
    traces: Traces = Traces()
    ids: frozenset[str] = frozenset()
    contacts: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()
    threads: tuple[str, ...] = ()
    approvals: tuple[str, ...] = ()
    views: tuple[str, ...] = ()
    through: bool = False
    outbox_to: int = 0

    def joined(self, other: "Order") -> "Order":
        """The order with all that is in another one for the same subject."""
        lists = ("contacts", "calls", "threads", "approvals", "views")
        traces = Traces(emails=self.traces.emails | other.traces.emails, names=self.traces.names | other.traces.names)
        both = {name: tuple(dict.fromkeys((*getattr(self, name), *getattr(other, name)))) for name in lists}
        return self.model_copy(update={**both, "traces": traces, "ids": self.ids | other.ids})

    @property
    def tags(self) -> tuple[str, ...]:
        """What the cache knows it by."""
        people = (f"person:{id}" for id in (*sorted(self.traces.emails), *sorted(self.ids)))
        own = (f"contact:{id}" for id in self.contacts)
        return tuple(dict.fromkeys((self.subject, *people, *own, *self.views, *(f"call:{id}" for id in self.calls))))


async def order_for(database: Database, subject: Subject) -> Order:
    """The order for a subject as things stand now."""
    makers: dict[str, Callable[[Session, Subject], Order]] = {"person": _person, "thread": _thread, "call": _call}
    return await database.read(lambda session: makers.get(subject.kind, _record)(session, subject))


def _person(session: Session, subject: Subject) -> Order:
    emails = {subject.email} if subject.email else set()
    ids = frozenset() if subject.email else frozenset({subject.id})
    known = Traces(emails=frozenset(emails))
    parties = [party for call in _calls_naming(session, [subject.id]) for party in call.parties]
    own = [party for party in parties if is_of(party, known, ids)]
    emails |= {party.email.strip().lower() for party in own if party.email}
    contacts = _contacts(session, emails)
    names = {*(party.name for party in own), *(name for name in contacts.values())}
    traces = Traces(emails=frozenset(emails), names=full_names({*names, *_speakers(session, emails | ids)}))
    calls = [call.id for call in _calls_naming(session, ids, traces) if _concerns(call, traces, ids, session)]
    items = or_(about({f"person:{id}" for id in emails | ids}), col(MemoryItemRow.audience).in_(said_to(emails | ids)))
    order = Order(subject=str(subject), traces=traces, ids=ids, contacts=tuple(contacts), calls=tuple(calls))
    return _with_surroundings(session, order, items)


def _thread(session: Session, subject: Subject) -> Order:
    return Order(subject=str(subject), threads=(subject.id,))


def _call(session: Session, subject: Subject) -> Order:
    order = Order(subject=str(subject), calls=(subject.id,))
    return _with_surroundings(session, order, false())


def _record(session: Session, subject: Subject) -> Order:
    row = ApprovalRow
    of_record = and_(col(row.object_type) == subject.object_type, col(row.object_id) == subject.id)
    approvals = session.scalars(select(col(row.id)).where(of_record)).all()
    return Order(subject=str(subject), approvals=tuple(approvals), views=(str(subject),))


def _with_surroundings(session: Session, order: Order, items: ColumnElement[bool]) -> Order:
    """The order with what hangs on its calls and on these items: conversations, approvals, records with a view."""
    item, subject = MemoryItemRow, MemorySubjectRow
    sources = session.scalars(select(col(item.source)).where(items, col(item.kind) == "conversation").distinct())
    of_calls = col(item.source).in_([f"call:{id}" for id in order.calls])
    beside = select(col(subject.subject)).where(
        col(subject.item_id).in_(select(col(item.id)).where(or_(items, of_calls)))
    )
    approvals = select(col(ApprovalRow.id)).where(col(ApprovalRow.call_id).in_(order.calls))
    records = {name for name in session.scalars(beside.distinct()) if name.partition(":")[0] in RECORDS}
    return order.model_copy(
        update={
            "threads": tuple(sorted(source.removeprefix(THREAD) for source in sources)),
            "approvals": tuple(session.scalars(approvals)),
            "views": tuple(sorted(records | _resolved(session, order.calls))),
        }
    )


def mentions(traces: Traces, *columns: Any) -> ColumnElement[bool]:
    """That one of these columns may name them: the text that is read has to be looked at once more.

    JSON is read as the text that it is stored as.
    """
    texts = [func.lower(cast(column, Text)) for column in columns]
    groups = [
        and_(true(), *(text.contains(piece, autoescape=True) for piece in pieces))
        for text in texts
        for pieces in traces.fragments
    ]
    return or_(false(), *groups)


def _calls_naming(session: Session, ids: Iterable[str], traces: Traces = NOBODY) -> list[Call]:
    """The calls whose parties have one of these ids or addresses, or that may name them anywhere."""
    row, progress = GongCallRow, CallAnalysisRow
    named = [col(row.call).contains(f'"{id}"', autoescape=True) for id in ids if "@" not in id]
    emails = Traces(emails=frozenset(id for id in ids if "@" in id))
    told = mentions(traces, progress.analysis, progress.resolution, progress.reason)
    of_told = col(row.call_id).in_(select(col(progress.call_id)).where(told))
    condition = or_(*named, mentions(emails, row.call), mentions(traces, row.call, row.transcript), of_told)
    found = session.scalars(select(col(row.call)).where(condition).order_by(col(row.call_id)))
    return [Call.model_validate_json(call) for call in found]


def _concerns(call: Call, traces: Traces, ids: frozenset[str], session: Session) -> bool:
    """Whether they were on the call, or anything of it names them."""
    if any(is_of(party, traces, ids) for party in call.parties) or traces.are_in(call.model_dump_json()):
        return True
    row, progress = session.get_one(GongCallRow, call.id), session.get(CallAnalysisRow, call.id)
    told = [progress.analysis, progress.reason, progress.resolution] if progress else []
    return traces.are_in_any([row.transcript, *told])


def _contacts(session: Session, emails: set[str]) -> dict[str, str | None]:
    """Their contacts in HubSpot, id -> name."""
    row = BusinessContextRow
    named = mentions(Traces(emails=frozenset(emails)), row.properties)
    rows = session.scalars(select(row).where(col(row.object_type) == "contacts", named))
    return {
        each.object_id: _contact_name(each)
        for each in rows
        if str(each.properties.get("email") or "").strip().lower() in emails
    }


def _contact_name(row: BusinessContextRow) -> str | None:
    parts = [row.properties.get("firstname"), row.properties.get("lastname")]
    return " ".join(str(part) for part in parts if part) if all(parts) else row.name


def _speakers(session: Session, people: Iterable[str]) -> set[str]:
    """The names under which they spoke to Sophia."""
    item = MemoryItemRow
    own = and_(about({f"person:{id}" for id in people}), col(item.kind) == "conversation")
    values = session.scalars(select(col(item.value)).where(own))
    wanted = set(people)
    return {str(value.get("speaker")) for value in values if value.get("speaker") and value.get("person") in wanted}


def _resolved(session: Session, calls: Iterable[str]) -> set[str]:
    """The records that these calls were found to be about."""
    row = CallAnalysisRow
    resolutions = session.scalars(select(col(row.resolution)).where(col(row.call_id).in_(list(calls))))
    plural = {plural: singular for singular, plural in OBJECT_TYPES.items()}
    records = [record for each in resolutions if each for record in _records_in(each)]
    return {f"{plural[record['type']]}:{record['id']}" for record in records if record.get("type") in plural}


def _records_in(resolution: dict[str, Any]) -> list[dict[str, Any]]:
    known = [resolution.get("deal"), resolution.get("company"), *(resolution.get("contacts") or ())]
    return [record for record in known if isinstance(record, dict) and record.get("id")]


def said_to(people: Iterable[str]) -> list[str]:
    """The audiences of what these people, named by address or id, and Sophia said to each other alone."""
    return [said_by(id) for id in people]
