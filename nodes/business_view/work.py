"""What hangs on a record in HubSpot: open tasks, people's notes, contacts, and the records it belongs to."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from html import unescape
from typing import Any

from nodes.attached import Audiences, audiences_of, calls_of
from nodes.audiences import record_audience
from nodes.business_view.record import Portal
from nodes.business_view.shape import NoteSeen, ObjectKind, OpenTask, PersonSeen, Related, Source
from nodes.context import Context
from nodes.crm_sync.deals import is_open, record_name, stage_of
from nodes.crm_sync.fields import COMPANY_PROPERTIES, DEAL_PROPERTIES
from nodes.crm_sync.moments import parse_time
from nodes.crm_sync.people import contact_name
from nodes.policy.offered import OWNER
from tools.hubspot.port import KEY_PROPERTY, ObjectType, Record

LATEST = 100
"""Of the tasks, notes or contacts of a record, the newest so many are looked at: one request."""

MOST_PEOPLE = 10
MOST_RELATED = 10

TASK_PROPERTIES = ("hs_task_subject", "hs_task_status", "hs_timestamp", OWNER, KEY_PROPERTY)
NOTE_PROPERTIES = ("hs_note_body", "hs_timestamp", OWNER, KEY_PROPERTY)
PERSON_PROPERTIES = ("email", "firstname", "lastname", "jobtitle", OWNER)

WHEN, DONE = "hs_timestamp", "COMPLETED"

TAG = re.compile(r"<[^<>]*>")


async def open_tasks(context: Context, record: Record, portal: Portal) -> tuple[OpenTask, ...]:
    """The tasks that are not done, the earliest due first, each for whom it is for and not only for the record's."""
    found = [task for task in await _linked(context, record, "tasks", TASK_PROPERTIES) if _is_open(task)]
    audiences = await audiences_of(context, context.crm, "tasks", found)
    tasks = [
        OpenTask(
            source=_source(portal, task),
            **_for(audiences[task.id]),
            id=task.id,
            subject=task.get("hs_task_subject") or "",
            due=parse_time(task.get(WHEN)),
            owner=portal.owners.get(task.get(OWNER) or ""),
        )
        for task in found
    ]
    return tuple(sorted(tasks, key=lambda task: (task.due is None, task.due, task.id)))


async def notes(context: Context, record: Record, portal: Portal) -> tuple[NoteSeen, ...]:
    """People's last notes. Sophia's own are left out: they tell of calls, which a view shows itself."""
    found = await _linked(context, record, "notes", NOTE_PROPERTIES)
    of_calls = await calls_of(context, "notes", found)
    written = [note for note in found if note.id not in of_calls and plain_text(note)]
    written.sort(
        key=lambda note: (parse_time(note.get(WHEN)) or datetime.min.replace(tzinfo=UTC), note.id), reverse=True
    )
    audiences = await audiences_of(context, context.crm, "notes", written)
    return tuple(
        NoteSeen(
            source=_source(portal, note, parse_time(note.get(WHEN))),
            **_for(audiences[note.id]),
            id=note.id,
            text=plain_text(note),
        )
        for note in written
    )


async def people(context: Context, record: Record, portal: Portal) -> tuple[PersonSeen, ...]:
    """Who owns the record, and the contacts that it is associated with."""
    contacts = await _linked(context, record, "contacts", PERSON_PROPERTIES) if record.type != "contacts" else ()
    owner = record.get(OWNER)
    owned = [
        PersonSeen(
            source=_source(portal, record),
            audience=record_audience(record),
            role="owner",
            id=id,
            name=portal.owners[id],
        )
        for id in ([owner] if owner and owner in portal.owners else [])
    ]
    return (*owned, *(_person(contact) for contact in contacts[:MOST_PEOPLE]))


async def related(context: Context, record: Record) -> tuple[Related, ...]:
    """The companies and open deals that it belongs to, each for who may be shown that record."""
    found: list[Related] = []
    if record.type != "companies":
        companies = await _linked(context, record, "companies", COMPANY_PROPERTIES)
        found += [_related(company, "companies", None) for company in companies]
    if record.type != "deals":
        pipelines = await context.crm.pipelines()
        deals = [deal for deal in await _linked(context, record, "deals", DEAL_PROPERTIES) if is_open(deal, pipelines)]
        stages = [stage_of(deal, pipelines) for deal in deals]
        found += [
            _related(deal, "deals", stage.label if stage else None) for deal, stage in zip(deals, stages, strict=True)
        ]
    return tuple(found[:MOST_RELATED])


async def _linked(context: Context, record: Record, type: ObjectType, properties: Sequence[str]) -> list[Record]:
    """The newest records of this type that it is associated with, in the order of their ids."""
    ids = sorted(record.associations.get(type, ()), key=lambda id: (len(id), id))[-LATEST:]
    found = await context.crm.read(type, ids, properties) if ids else {}
    return [found[id] for id in ids if id in found and not found[id].archived]


def _for(audiences: Audiences) -> dict[str, Any]:
    """Whom a part is for, as a part says it."""
    first, *others = sorted(audiences, key=lambda audience: audience or "")
    return {"audience": first, "also": tuple(others)}


def _is_open(task: Record) -> bool:
    return task.get("hs_task_status") != DONE


def _person(contact: Record) -> PersonSeen:
    return PersonSeen(
        source=Source(system="HubSpot", at=contact.updated_at),
        audience=record_audience(contact),
        role="contact",
        id=contact.id,
        name=contact_name(contact) or record_name(contact),
        title=contact.get("jobtitle"),
        email=contact.get("email"),
    )


def _related(record: Record, type: ObjectKind, detail: str | None) -> Related:
    source = Source(system="HubSpot", at=record.updated_at)
    return Related(
        source=source,
        audience=record_audience(record),
        type=type,
        id=record.id,
        name=record_name(record),
        detail=detail,
    )


def _source(portal: Portal, record: Record, at: datetime | None = None) -> Source:
    """Tasks and notes have no page of their own: they stand on that of the record."""
    return Source(system="HubSpot", link=portal.link, at=at or record.updated_at)


def plain_text(note: Record) -> str:
    """The text of a note's HTML."""
    return " ".join(unescape(TAG.sub(" ", note.get("hs_note_body") or "")).split())
