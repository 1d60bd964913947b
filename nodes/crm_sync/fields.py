"""Which HubSpot properties the steps read, and which of them are Sophia's own to write."""

from collections.abc import Mapping

from tools.hubspot.port import ObjectType
from tools.hubspot.properties import DEFINITIONS

OWN_PROPERTIES: Mapping[ObjectType, frozenset[str]] = {
    type: frozenset(definition.name for definition in definitions) for type, definitions in DEFINITIONS.items()
}
"""What Sophia made for itself: nobody else's work is lost when it is written."""

ENTERED_STAGE = "hs_v2_date_entered_current_stage"
"""When a deal came into its stage, kept by HubSpot itself."""

CONTACT_PROPERTIES = (
    "email",
    "firstname",
    "lastname",
    "lifecyclestage",
    "hs_lead_status",
    *(definition.name for definition in DEFINITIONS["contacts"]),
)
COMPANY_PROPERTIES = ("name", "domain", "hubspot_owner_id")
DEAL_PROPERTIES = (
    "dealname",
    "dealstage",
    "pipeline",
    "amount",
    "closedate",
    "hubspot_owner_id",
    ENTERED_STAGE,
    *(definition.name for definition in DEFINITIONS["deals"]),
)
PROPERTIES_OF: Mapping[ObjectType, tuple[str, ...]] = {
    "contacts": CONTACT_PROPERTIES,
    "companies": COMPANY_PROPERTIES,
    "deals": DEAL_PROPERTIES,
}

LABELS: Mapping[tuple[str, str], str] = {
    (type, definition.name): definition.label for type, definitions in DEFINITIONS.items() for definition in definitions
}
"""What a person reads instead of a property's name."""
