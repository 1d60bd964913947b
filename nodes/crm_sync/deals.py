"""Deals as the resolve step judges them: which are open, and how one is put to a person who must choose."""

from collections.abc import Iterable, Mapping, Sequence

from nodes.crm_sync.fields import DEAL_PROPERTIES
from nodes.state import Candidate
from tools.hubspot.port import CrmGateway, ObjectType, Pipeline, Record, Stage


def pipeline_of(deal: Record, pipelines: Sequence[Pipeline]) -> Pipeline | None:
    """The pipeline a deal is in, None when it was deleted meanwhile."""
    return next((pipeline for pipeline in pipelines if pipeline.id == deal.get("pipeline")), None)


def stage_of(deal: Record, pipelines: Sequence[Pipeline]) -> Stage | None:
    """The stage a deal is in, looked up in its own pipeline: ids of stages mean nothing outside it."""
    pipeline = pipeline_of(deal, pipelines)
    return pipeline.stage(deal.get("dealstage")) if pipeline else None


def is_open(deal: Record, pipelines: Sequence[Pipeline]) -> bool:
    """Whether a deal is still being worked on. One in an unknown stage counts as open: closing is what is known."""
    stage = stage_of(deal, pipelines)
    return stage is None or not stage.closed


async def open_deals(ids: Iterable[str], crm: CrmGateway) -> tuple[Record, ...]:
    """The open ones among these deals, in order."""
    unique = list(dict.fromkeys(ids))
    if not unique:
        return ()
    found = await crm.read("deals", unique, DEAL_PROPERTIES)
    pipelines = await crm.pipelines()
    return tuple(deal for deal in in_order(unique, found) if is_open(deal, pipelines))


def in_order(ids: Sequence[str], found: Mapping[str, Record]) -> tuple[Record, ...]:
    """The records that exist, in the order they were asked for."""
    return tuple(found[id] for id in ids if id in found and not found[id].archived)


def deal_candidates(deals: Sequence[Record], pipelines: Sequence[Pipeline]) -> tuple[Candidate, ...]:
    """Deals to choose from, each with its stage."""
    return tuple(
        Candidate(type="deals", id=deal.id, name=record_name(deal), detail=stage.label if stage else None)
        for deal in deals
        for stage in (stage_of(deal, pipelines),)
    )


NAMES: Mapping[ObjectType, tuple[str, ...]] = {
    "deals": ("dealname",),
    "companies": ("name",),
    "contacts": ("firstname", "lastname"),
}


def record_name(record: Record) -> str:
    """What people call a record: its name, for want of one its address or domain, else its type and id."""
    named = " ".join(part for name in NAMES.get(record.type, ()) if (part := record.get(name)))
    singular = {"companies": "company"}.get(record.type, record.type.removesuffix("s"))
    return named or record.get("email") or record.get("domain") or f"{singular} {record.id}"
