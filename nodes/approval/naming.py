"""What people call a property's value: a stage, an option or an owner by name instead of by id."""

from nodes.policy.offered import OWNER, STAGE
from nodes.policy.picklists import PICKLIST
from tools.hubspot.port import CrmGateway, ObjectType


async def label_of(crm: CrmGateway, type: ObjectType, field: str, value: str | None) -> str | None:
    """The name of this value; None where it is its own name, or HubSpot knows none."""
    if not value:
        return None
    if field == STAGE:
        stages = (pipeline.stage(value) for pipeline in await crm.pipelines())
        return next((stage.label for stage in stages if stage is not None), None)
    if field == OWNER:
        return next((owner.name or owner.email for owner in await crm.owners() if owner.id == value), None)
    spec = (await crm.fields(type)).get(field)
    if spec is None or spec.type != PICKLIST:
        return None
    return dict(spec.options).get(value)


async def named(crm: CrmGateway, type: ObjectType, field: str, value: str | None) -> str:
    """A value for a sentence: its name or itself, in quotes."""
    shown = await label_of(crm, type, field, value) or value
    return f"“{shown}”" if shown else "nothing"
