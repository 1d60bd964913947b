"""Which contacts are leads, by what people entered in HubSpot."""

from typing import Final

from tools.hubspot.port import Record

LIFECYCLE_STAGE: Final = "lifecyclestage"
LEAD_STATUS: Final = "hs_lead_status"

LEAD_STAGES: Final = frozenset({"lead", "marketingqualifiedlead", "salesqualifiedlead", "opportunity"})
"""A contact is in one stage only: whoever is a customer by now is in none of these, nor is one without a stage."""
DISMISSED: Final = "UNQUALIFIED"
"""The lead status by which a person has said that there is nothing to win."""


def is_lead(contact: Record) -> bool:
    """Whether the contact may yet become a customer, and nobody has given them up."""
    return contact.get(LIFECYCLE_STAGE) in LEAD_STAGES and contact.get(LEAD_STATUS) != DISMISSED
