"""Checks a value that a person wants written against what the property can hold, and says what it can hold.

What is refused here was not a value yet: nothing is guessed, trimmed to fit or taken for something like it.
"""

from collections.abc import Iterable
from datetime import date, datetime, tzinfo
from decimal import Decimal, InvalidOperation

from core.errors import NotUsable
from memory.approvals import Approval
from nodes.approval.choosing import chosen_record
from nodes.crm_sync.deals import pipeline_of
from nodes.crm_sync.moments import hubspot_time
from nodes.policy.offered import OWNER, STAGE
from nodes.policy.picklists import PICKLIST, matching_option
from nodes.portal_zone import zone_of
from tools.hubspot.port import CrmGateway, FieldSpec, ObjectType

TEXT_LIMIT = 65_536
"""What HubSpot takes at most in a text property."""
TITLE_LIMIT = 200
MOST_NAMED = 25
"""Possibilities that a refusal names; a longer list helps nobody."""


async def checked_value(crm: CrmGateway, approval: Approval, text: str) -> str:
    """The value as HubSpot is to hold it; raises NotUsable, which names the possibilities, for any other text."""
    if not text.strip():
        raise NotUsable(f"approval {approval.number} needs a value that is not empty")
    if approval.action == "choose":
        return await chosen_record(crm, approval, text)
    if approval.action == "create":
        return _title(approval, text)
    type: ObjectType = approval.object_type  # type: ignore[assignment]
    return await value_for(crm, type, approval.object_id, approval.field, text)


async def value_for(crm: CrmGateway, type: ObjectType, id: str, field: str, text: str) -> str:
    """What this property of the record is to hold, of a text that is not empty; raises NotUsable as above."""
    if field == STAGE and type == "deals":
        return await _stage(crm, id, text)
    if field == OWNER:
        return await _owner(crm, text)
    spec = (await crm.fields(type)).get(field)
    if spec is None or spec.read_only:
        raise NotUsable(f"HubSpot lets nobody write the property {field} of {type}")
    return await _of_type(crm, spec, text)


def _title(approval: Approval, text: str) -> str:
    if approval.object_type != "tasks":
        raise NotUsable("a note is made as it is shown or not at all", next_step="Approve or reject it.")
    if len(text) > TITLE_LIMIT:
        raise NotUsable(f"a task's title has at most {TITLE_LIMIT} characters")
    return text


async def _stage(crm: CrmGateway, deal_id: str, text: str) -> str:
    """A stage of the deal's own pipeline, by exact id or label."""
    deal = (await crm.read("deals", [deal_id], ["pipeline"])).get(deal_id)
    pipeline = pipeline_of(deal, await crm.pipelines()) if deal else None
    if pipeline is None:
        raise NotUsable(f"the pipeline of deal {deal_id} is not in HubSpot any more")
    found = {stage.id for stage in pipeline.stages if text in (stage.id, stage.label)}
    if len(found) != 1:
        labels = (stage.label for stage in pipeline.stages)
        raise NotUsable(f"“{text}” is not exactly one stage of the pipeline “{pipeline.label}”: {_listed(labels)}")
    return found.pop()


async def _owner(crm: CrmGateway, text: str) -> str:
    """An active owner, by exact id or address."""
    active = [owner for owner in await crm.owners() if not owner.archived]
    wanted = text.strip().lower()
    found = {owner.id for owner in active if wanted in (owner.id, (owner.email or "").strip().lower())}
    if len(found) != 1:
        known = (owner.email or owner.id for owner in active)
        raise NotUsable(f"“{text}” is no active owner's address or id: {_listed(known)}")
    return found.pop()


async def _of_type(crm: CrmGateway, spec: FieldSpec, text: str) -> str:
    if spec.type == PICKLIST or (spec.type == "bool" and spec.options):
        return _option(spec, text)
    if spec.type == "bool":
        return _option(spec.model_copy(update={"options": (("true", "Yes"), ("false", "No"))}), text)
    if spec.type == "number":
        return _number(text)
    if spec.type == "date":
        return _day(text).isoformat()
    if spec.type == "datetime":
        return hubspot_time(_moment(text, zone_of(await crm.account())))
    if len(text) > TEXT_LIMIT:
        raise NotUsable(f"{spec.label} has at most {TEXT_LIMIT} characters")
    return text


def _option(spec: FieldSpec, text: str) -> str:
    found = matching_option(text, spec)
    if found is None:
        labels = (label for _, label in spec.options)
        raise NotUsable(f"“{text}” is not exactly one option of {spec.label}: {_listed(labels)}")
    return found


def _number(text: str) -> str:
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or abs(number.adjusted()) > 15:
        raise NotUsable(f"“{text}” is no number: write it like 1250.50")
    return format(number.normalize(), "f")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise NotUsable(f"“{text}” is no day: write it like 2026-03-31") from None


def _moment(text: str, zone: tzinfo) -> datetime:
    """A day (its beginning) or a moment; without a zone of its own it is in the account's."""
    try:
        moment = datetime.fromisoformat(text.strip())
        return moment if moment.tzinfo else moment.replace(tzinfo=zone)
    except ValueError:
        raise NotUsable(f"“{text}” is no day or moment: write it like 2026-03-31 or 2026-03-31T17:00") from None


def _listed(names: Iterable[str]) -> str:
    some = list(dict.fromkeys(names))
    more = f" and {len(some) - MOST_NAMED} more" if len(some) > MOST_NAMED else ""
    return ", ".join(some[:MOST_NAMED]) + more
