"""Finds the records a call is about, by the rules that the resolve step promises.

1. Deals that Gong names and HubSpot has: one stands, of several the only open one; else a person chooses.
2. No such deal: the company Gong names, else that of the customers' contacts, and its open deals; where it has none,
   the contacts' own. One open deal stands, several are put to a person, several companies likewise.
3. No open deal at all: the call belongs to the company and contacts alone. No company and no contact: a person says.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from core.calls import Call, CrmObjectKind, Party
from nodes.crm_sync.deals import deal_candidates, in_order, is_open, open_deals, record_name
from nodes.crm_sync.fields import COMPANY_PROPERTIES, DEAL_PROPERTIES
from nodes.crm_sync.people import contacts_of, customers, domain
from nodes.state import Candidate, Resolution
from tools.hubspot.port import CrmGateway, ObjectType, Record

T = TypeVar("T")


async def find_records(call: Call, crm: CrmGateway, now: datetime) -> Resolution:
    """The call's records, read from HubSpot at `now`."""
    search, met = await _begin(call, crm, now)
    named = _named(call, "deal")
    deals = in_order(named, await _read_deals(named, crm))
    found = await (search.among(deals) if deals else search.without_deal())
    gone = tuple(f"Gong names deal {id}, which HubSpot does not have" for id in named if id not in _ids(deals))
    return found.model_copy(update={"contacts": met, "remarks": (*gone, *found.remarks)})


async def records_with(call: Call, crm: CrmGateway, now: datetime, type: ObjectType, id: str) -> Resolution | None:
    """The call's records with the deal or company that a person named; None when HubSpot does not have that one."""
    search, met = await _begin(call, crm, now)
    found = await (search.with_deal(id) if type == "deals" else search.with_company(id))
    return found and found.model_copy(update={"contacts": met})


async def _begin(call: Call, crm: CrmGateway, now: datetime) -> "tuple[Search, tuple[Record, ...]]":
    """A search by the customers of the call, and the contacts who were there."""
    people = customers(call)
    there = tuple(person for person in people if person.attended)
    contacts = await contacts_of(there or people, crm)
    # Somebody invited who never came was not spoken to: good for finding the deal, not for "last call".
    return Search(call, crm, there or people, contacts, now), contacts if there else ()


@dataclass(frozen=True)
class Search:
    """One search: the call, the customers it goes by, and the contacts they certainly are."""

    call: Call
    crm: CrmGateway
    people: tuple[Party, ...]
    contacts: tuple[Record, ...]
    now: datetime

    async def among(self, deals: Sequence[Record]) -> Resolution:
        """The call's deal among those that Gong names and HubSpot has."""
        pipelines = await self.crm.pipelines()
        still_open = [deal for deal in deals if is_open(deal, pipelines)]
        deal = _only(deals) or _only(still_open)
        if deal is None:
            how = "several open deals" if still_open else "several deals, none of them open"
            return self._ask(f"Gong names {how}", deal_candidates(still_open or deals, pipelines))
        return await self._about(deal)

    async def without_deal(self) -> Resolution:
        """The call's company and contacts, and their open deal where there is exactly one."""
        companies = await self._companies()
        if len(companies) > 1:
            return await self._ask_which_company(companies)
        company = _only(companies)
        deals = await open_deals(company.associations.get("deals", ()) if company else (), self.crm)
        deals = deals or await self._open_deals_of_contacts()
        if len(deals) > 1:
            whose = record_name(company) if company else "the people on the call"
            question = f"there are several open deals with {whose}"
            return self._ask(question, deal_candidates(deals, await self.crm.pipelines()), company)
        if deals:
            return self._found(deals[0], company) if company else await self._about(deals[0])
        if company or self.contacts:
            return self._found(None, company, "there is no open deal")
        return self._ask("HubSpot knows nobody of this call by address", ())

    async def with_deal(self, id: str) -> Resolution | None:
        """This deal with its company; None when HubSpot does not have it."""
        found = in_order([id], await _read_deals([id], self.crm))
        return await self._about(found[0]) if found else None

    async def with_company(self, id: str) -> Resolution | None:
        """This company with its open deal, where it has exactly one; None when HubSpot does not have it."""
        company = _only(await self._read_companies([id]))
        if company is None:
            return None
        deals = await open_deals(company.associations.get("deals", ()), self.crm)
        why = "there are several open deals, and none was named" if deals else "there is no open deal"
        return self._found(deals[0], company) if len(deals) == 1 else self._found(None, company, why)

    async def _about(self, deal: Record) -> Resolution:
        """The deal with its company; where it belongs to several, the one that Gong or the addresses name."""
        named = _named(self.call, "company")
        owned = deal.associations.get("companies")
        if owned is None:
            owned = (await self.crm.associated("deals", [deal.id], "companies")).get(deal.id, ())
        found = await self._read_companies([*owned, *named])
        of_deal, hinted = [company for company in found if company.id in owned], _with_ids(found, named)
        company = (
            _only([company for company in hinted if company in of_deal])
            or _only(of_deal)
            or _only([company for company in of_deal if self._is_from(company)])
            or (None if of_deal else _only(hinted))
        )
        other = [record_name(company) for company in hinted if of_deal and company not in of_deal]
        remarks = (f"Gong names {name}, to which HubSpot has no deal of this call" for name in other)
        return self._found(deal, company, *remarks)

    async def _companies(self) -> tuple[Record, ...]:
        """The companies of the call that exist: Gong's word first, else where the contacts work."""
        if named := await self._read_companies(_named(self.call, "company")):
            return named
        ids = [contact.id for contact in self.contacts]
        where = await self.crm.associated("contacts", ids, "companies") if ids else {}
        return await self._read_companies(id for contact in ids for id in where.get(contact, ()))

    async def _read_companies(self, ids: Iterable[str]) -> tuple[Record, ...]:
        unique = list(dict.fromkeys(ids))
        if not unique:
            return ()
        # With one id HubSpot gives the deals in the same answer; with several that would be another request.
        also: tuple[ObjectType, ...] = ("deals",) if len(unique) == 1 else ()
        return in_order(unique, await self.crm.read("companies", unique, COMPANY_PROPERTIES, also))

    async def _open_deals_of_contacts(self) -> tuple[Record, ...]:
        ids = [contact.id for contact in self.contacts]
        deals = await self.crm.associated("contacts", ids, "deals") if ids else {}
        return await open_deals((id for contact in ids for id in deals.get(contact, ())), self.crm)

    async def _ask_which_company(self, companies: Sequence[Record]) -> Resolution:
        ids = [company.id for company in companies]
        deals = await self.crm.associated("companies", ids, "deals")
        still_open = await open_deals((id for company in ids for id in deals.get(company, ())), self.crm)
        choices = deal_candidates(still_open, await self.crm.pipelines()) or tuple(
            Candidate(type="companies", id=company.id, name=record_name(company), detail=company.get("domain"))
            for company in companies
        )
        names = ", ".join(record_name(company) for company in companies)
        return self._ask(f"people of several companies were on the call: {names}", choices)

    def _found(self, deal: Record | None, company: Record | None, *remarks: str) -> Resolution:
        if company and self.people and company.get("domain") and not self._is_from(company):
            remarks = (*remarks, f"no customer on the call has an address of {record_name(company)}")
        return Resolution(deal=deal, company=company, remarks=remarks, read_at=self.now)

    def _ask(self, question: str, candidates: tuple[Candidate, ...], company: Record | None = None) -> Resolution:
        return Resolution(company=company, question=question, candidates=candidates, read_at=self.now)

    def _is_from(self, company: Record) -> bool:
        home = (company.get("domain") or "").lower().removeprefix("www.")
        domains = {domain(person.email) or "" for person in self.people}
        return bool(home) and any(name == home or name.endswith(f".{home}") for name in domains)


async def _read_deals(ids: Sequence[str], crm: CrmGateway) -> dict[str, Record]:
    if not ids:
        return {}
    return dict(await crm.read("deals", ids, DEAL_PROPERTIES, ("companies",) if len(ids) == 1 else ()))


def _named(call: Call, kind: CrmObjectKind) -> tuple[str, ...]:
    """Ids of this kind that Gong names for the call or for one of its customers, each once."""
    references = (*call.crm, *(ref for person in customers(call) for ref in person.crm))
    return tuple(dict.fromkeys(ref.id for ref in references if ref.kind == kind))


def _with_ids(records: Iterable[Record], ids: Sequence[str]) -> list[Record]:
    return [record for record in records if record.id in ids]


def _ids(records: Iterable[Record]) -> set[str]:
    return {record.id for record in records}


def _only(items: Sequence[T]) -> T | None:
    return items[0] if len(items) == 1 else None
