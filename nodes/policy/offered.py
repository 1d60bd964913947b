"""Whether the portal offers what is to be written: an option of a picklist, a stage of the deal's own pipeline.

HubSpot may take what only looks like one of its options, or refuse a whole request for it. So what does not match one
option exactly is a question for a person, whatever the rules allow.
"""

from collections.abc import Mapping, Sequence

from nodes.crm_sync.deals import pipeline_of
from nodes.crm_sync.fields import OWN_PROPERTIES
from nodes.policy.picklists import PICKLIST, matching_option
from nodes.state import Change
from tools.hubspot.port import CrmGateway, FieldSpec, ObjectType, Pipeline, Record
from tools.hubspot.properties import DEFINITIONS

STAGE = "dealstage"
OWNER = "hubspot_owner_id"


async def offered(crm: CrmGateway, changes: Sequence[Change], deal: Record | None) -> Mapping[str, Change | None]:
    """By key: the change with the very value that the portal has for it, None where it has none, or several.

    Asks for an object's properties only where a change of it may be of a picklist.
    """
    types = {change.object_type for change in changes if _may_be_picklist(change)}
    portal = {type: await crm.fields(type) for type in sorted(types)}
    found: dict[str, Change | None] = {}
    for change in changes:
        spec = await _spec(crm, change, portal.get(change.object_type, {}), deal)
        found[change.key] = _with_option(change, spec)
    return found


async def _spec(
    crm: CrmGateway, change: Change, portal: Mapping[str, FieldSpec], deal: Record | None
) -> FieldSpec | None:
    """What is known of the changed property: the portal's word, or ours for one that is yet to be made."""
    if change.field == STAGE:
        return stages_of(deal if deal and deal.id == change.object_id else None, await crm.pipelines())
    spec = portal.get(change.field or "") or _own(change.object_type, change.field)
    if spec is None or spec.name != OWNER or spec.options:
        return spec
    owners = tuple((owner.id, owner.id) for owner in await crm.owners() if not owner.archived)
    return spec.model_copy(update={"type": PICKLIST, "options": owners})


def stages_of(deal: Record | None, pipelines: Sequence[Pipeline]) -> FieldSpec:
    """The stages that a deal can be moved to, as a picklist of their ids."""
    pipeline = pipeline_of(deal, pipelines) if deal else None
    options = tuple((stage.id, stage.id) for stage in pipeline.stages) if pipeline else ()
    return FieldSpec(name=STAGE, label="Deal stage", type=PICKLIST, options=options)


def _may_be_picklist(change: Change) -> bool:
    if change.field is None or change.field == STAGE:
        return False
    own = _own(change.object_type, change.field)
    return own is None or own.type == PICKLIST


def _own(type: ObjectType, field: str | None) -> FieldSpec | None:
    if field not in OWN_PROPERTIES.get(type, frozenset()):
        return None
    made = next(definition for definition in DEFINITIONS[type] if definition.name == field)
    return FieldSpec(name=made.name, label=made.label, type=made.type, options=made.options)


def _with_option(change: Change, spec: FieldSpec | None) -> Change | None:
    if spec is None or spec.type != PICKLIST:
        return change
    option = matching_option(change.after, spec)
    return None if option is None else change.model_copy(update={"after": option})
