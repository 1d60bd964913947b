"""The people of the other side, and the HubSpot contacts they certainly are."""

from collections.abc import Collection, Mapping, Sequence

from core.calls import Call, Party
from nodes.crm_sync.fields import CONTACT_PROPERTIES
from tools.hubspot.port import CrmGateway, Record


def customers(call: Call) -> tuple[Party, ...]:
    """Everybody on the call who is not of our own team, invited or there.

    Somebody whose side Gong does not know counts when Gong names a CRM record of theirs, or when their address is not
    of a domain of our own people.
    """
    ours = {domain(party.email) for party in call.parties if party.affiliation == "Internal"}
    return tuple(party for party in call.parties if _is_customer(party, ours))


def _is_customer(party: Party, ours: Collection[str | None]) -> bool:
    if party.affiliation != "Unknown":
        return party.affiliation == "External"
    home = domain(party.email)
    return bool(party.crm) or (home is not None and home not in ours)


def domain(email: str | None) -> str | None:
    """What stands behind the @, in lower case."""
    _, at, name = (email or "").strip().lower().rpartition("@")
    return name if at and name else None


async def contacts_of(people: Sequence[Party], crm: CrmGateway) -> tuple[Record, ...]:
    """The contacts these people certainly are, each once, in the order of the people.

    An address says for certain who somebody is. Without one in HubSpot, Gong's own reference counts when the contact
    it names exists and bears the same name or address.
    """
    emails = [party.email.strip().lower() for party in people if domain(party.email) and party.email]
    by_email = await crm.contacts_by_email(list(dict.fromkeys(emails)), CONTACT_PROPERTIES) if emails else {}
    strangers = [party for party in people if (party.email or "").strip().lower() not in by_email]
    by_reference = await _by_reference(strangers, crm)
    found: dict[str, Record] = {}
    for party in people:
        contact = by_email.get((party.email or "").strip().lower()) or _same_person(party, by_reference)
        if contact is not None and not contact.archived:
            found.setdefault(contact.id, contact)
    return tuple(found.values())


async def _by_reference(people: Sequence[Party], crm: CrmGateway) -> Mapping[str, Record]:
    ids = list(dict.fromkeys(ref.id for party in people for ref in party.crm if ref.kind == "contact"))
    return await crm.read("contacts", ids, CONTACT_PROPERTIES) if ids else {}


def _same_person(party: Party, contacts: Mapping[str, Record]) -> Record | None:
    named = [contacts[ref.id] for ref in party.crm if ref.kind == "contact" and ref.id in contacts]
    matching = [contact for contact in named if _fits(party, contact)]
    return matching[0] if len(matching) == 1 else None


def _fits(party: Party, contact: Record) -> bool:
    name, known_as = _plain(party.name), _plain(contact_name(contact))
    if name and known_as:
        return name == known_as
    email = contact.get("email")
    return not (party.email and email) or party.email.strip().lower() == email.strip().lower()


def contact_name(contact: Record) -> str | None:
    """First and last name as HubSpot holds them, None when it holds neither."""
    return " ".join(part for part in (contact.get("firstname"), contact.get("lastname")) if part) or None


def _plain(name: str | None) -> str:
    return " ".join((name or "").casefold().split())
