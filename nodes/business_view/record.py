"""The record a view is of: read in HubSpot, or as it was last known while HubSpot is away."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from core.errors import ServiceError
from memory.business_context import KnownRecord
from nodes.audiences import record_subject
from nodes.business_view.shape import ObjectKind, Value
from nodes.context import Context
from nodes.crm_sync.deals import pipeline_of, stage_of
from nodes.crm_sync.fields import CONTACT_PROPERTIES, DEAL_PROPERTIES, LABELS, OWN_PROPERTIES
from nodes.policy.offered import OWNER, STAGE
from tools.hubspot.links import record_url
from tools.hubspot.port import FieldSpec, ObjectType, Record

MERGED = "hs_merged_object_ids"
"""The ids of the records that went into this one, with semicolons: what is remembered of them is of this one too."""

READ: Final[Mapping[ObjectKind, tuple[str, ...]]] = {
    "deals": (*DEAL_PROPERTIES, "dealtype", "description", "hs_next_step", MERGED),
    "companies": (
        "name",
        "domain",
        "industry",
        "lifecyclestage",
        "numberofemployees",
        "city",
        "country",
        OWNER,
        MERGED,
    ),
    "contacts": (*CONTACT_PROPERTIES, "jobtitle", "phone", OWNER, MERGED),
}
"""What is read; a property that the portal does not have is left out of the answer."""

LINKED: Final[Mapping[ObjectKind, tuple[ObjectType, ...]]] = {
    "deals": ("contacts", "companies", "tasks", "notes"),
    "companies": ("contacts", "deals", "tasks", "notes"),
    "contacts": ("companies", "deals", "tasks", "notes"),
}

PLAIN: Final = {OWNER: "Owner", STAGE: "Stage"}
"""Shorter than HubSpot's own labels, which say of each object that it is its own."""

HIDDEN = frozenset({MERGED, *OWN_PROPERTIES["contacts"]})
"""What Sophia wrote of calls on a contact: the calls may be others' to see than the contact, and are shown apart."""


@dataclass(frozen=True)
class Portal:
    """What the portal calls things: labels and options by property, owners by id; empty where it could not be asked."""

    fields: Mapping[str, FieldSpec]
    owners: Mapping[str, str]
    link: str | None


NO_PORTAL = Portal({}, {}, None)


async def read_record(context: Context, type: ObjectKind, id: str) -> Record | None:
    """The record with what it is associated with; None where HubSpot has none. Raises what CrmGateway raises."""
    record = (await context.crm.read(type, [id], READ[type], LINKED[type])).get(id)
    if record is not None and record.id != id:  # merged: the associations are those of the record that is left
        return (await context.crm.read(type, [record.id], READ[type], LINKED[type])).get(record.id)
    return record


async def known_record(context: Context, type: ObjectKind, id: str) -> KnownRecord | None:
    """The record as it was last read, None where it never was, or was gone by then."""
    known = await context.records.business_context.get(type, id)
    return None if known is None or known.archived else known


def as_record(known: KnownRecord, type: ObjectKind) -> Record:
    """What is known as a record without associations."""
    return Record(type=type, id=known.object_id, properties=known.properties, updated_at=known.changed_at)


def subjects_of_record(record: Record) -> tuple[str, ...]:
    """The record as a subject, and those that went into it."""
    return tuple(record_subject(record.type, id) for id in ids_of_record(record))


def ids_of_record(record: Record) -> tuple[str, ...]:
    """The record's id, and those of the ones that went into it, as far as that was asked for."""
    merged = (id.strip() for id in (record.get(MERGED) or "").split(";"))
    return tuple(dict.fromkeys([record.id, *filter(None, merged)]))


async def portal_of(context: Context, record: Record) -> Portal:
    """Names and link, as far as they can be had now."""
    try:
        fields = await context.crm.fields(record.type)
        owners = {owner.id: owner.name or owner.email or owner.id for owner in await context.crm.owners()}
        return Portal(fields, owners, record_url(await context.crm.account(), record.type, record.id))
    except ServiceError:
        return NO_PORTAL


async def values_of(context: Context, record: Record, portal: Portal) -> tuple[Value, ...]:
    """The properties that matter and are not empty, each as people read it."""
    names = [name for name in READ[_kind(record)] if record.get(name) and name not in HIDDEN]
    stage = await _stage_values(context, record) if STAGE in names else {}
    return tuple(
        Value(name=name, label=_label(record, name, portal), value=stage.get(name) or _shown(record, name, portal))
        for name in names
    )


async def _stage_values(context: Context, deal: Record) -> Mapping[str, str]:
    """Stage and pipeline by their labels."""
    try:
        pipelines = await context.crm.pipelines()
    except ServiceError:
        return {}
    stage, pipeline = stage_of(deal, pipelines), pipeline_of(deal, pipelines)
    found = {STAGE: stage.label if stage else None, "pipeline": pipeline.label if pipeline else None}
    return {name: label for name, label in found.items() if label}


def _label(record: Record, name: str, portal: Portal) -> str:
    spec = portal.fields.get(name)
    return PLAIN.get(name) or LABELS.get((record.type, name)) or (spec.label if spec else name)


def _shown(record: Record, name: str, portal: Portal) -> str:
    value = record.get(name) or ""
    if name == OWNER:
        return portal.owners.get(value, value)
    spec = portal.fields.get(name)
    options: Sequence[tuple[str, str]] = spec.options if spec else ()
    return dict(options).get(value, value)


def _kind(record: Record) -> ObjectKind:
    if record.type in ("contacts", "companies", "deals"):
        return record.type
    raise ValueError(f"no view is made of {record.type}")
