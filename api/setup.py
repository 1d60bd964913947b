"""`sophia setup`: Sophia's own properties in HubSpot."""

from collections.abc import Mapping

from api.logs import settings_with_logs
from api.terminal import results
from tools.hubspot.client import HubSpotClient
from tools.hubspot.port import CrmGateway, ObjectType
from tools.hubspot.properties import DEFINITIONS


async def set_up() -> None:
    """The command: makes what is missing and says what that was."""
    crm = HubSpotClient.from_settings(settings_with_logs())
    try:
        made = await make_properties(crm)
    finally:
        await crm.close()
    for type, names in made.items():
        results().print(f"{type}: {'made ' + ', '.join(names) if names else 'nothing was missing'}", markup=False)


async def make_properties(crm: CrmGateway) -> Mapping[ObjectType, tuple[str, ...]]:
    """Makes Sophia's property group and properties where they are missing; returns what was made, by object."""
    return {type: await crm.ensure_properties(type, definitions) for type, definitions in DEFINITIONS.items()}
