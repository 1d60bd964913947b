"""What values depend on, in one spelling: as the subjects of what is remembered ("deal:301", "person:ana@acme.com")."""

from collections.abc import Iterable, Mapping
from typing import Final

from memory.crm_events import StoredEvent

SINGULAR: Final[Mapping[str, str]] = {
    "contacts": "contact",
    "companies": "company",
    "deals": "deal",
    "notes": "note",
    "tasks": "task",
}
"""A record's type in a subject, by HubSpot's name of it."""

PORTAL: Final = "hubspot:portal"
"""Pipelines, owners and properties."""

BRING: Final = frozenset({"creation", "restore"})
ADDRESSES: Final = frozenset({"email", "hs_additional_emails"})
"""Events and properties with which a record is found that was not."""


def record_tag(type: str, id: str) -> str:
    """The tag of a CRM record; `type` as HubSpot writes it ("deals")."""
    return f"{SINGULAR[type]}:{id}"


def record_tags(type: str, ids: Iterable[str]) -> list[str]:
    """The tags of CRM records of one type."""
    return [record_tag(type, id) for id in ids]


def made_tag(type: str) -> str:
    """The tag of what says that no such record is there: it changes when one is made or gets another address."""
    return f"{SINGULAR[type]}:made"


def any_tag(type: str) -> str:
    """The tag of what was searched: any record of the type may meet a search after a change that did not before."""
    return f"{SINGULAR[type]}:any"


def call_tag(id: str) -> str:
    """The tag of a call: its transcript and its analysis."""
    return f"call:{id}"


def tags_told(events: Iterable[StoredEvent]) -> list[str]:
    """The tags of all that these events are about, once each."""
    told: dict[str, None] = {}
    for event in events:
        told |= dict.fromkeys(record_tags(event.object_type, (event.object_id, *event.merged_ids)))
        told[any_tag(event.object_type)] = None
        if event.kind in BRING or event.property in ADDRESSES:
            told[made_tag(event.object_type)] = None
    return list(told)
