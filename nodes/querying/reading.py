"""Reads HubSpot for one query: through the cache, and with a word of whatever was old or left out."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from typing import Final, TypeVar

from core.query import OWNER, QueryObject
from core.scope import Scope
from nodes.attached import BELONGS_TO, Key
from nodes.audiences import record_audience
from nodes.cached_crm import Known
from nodes.chat.context import ChatContext
from nodes.crm_sync.deals import NAMES, record_name
from nodes.policy.offered import STAGE
from nodes.portal_zone import zone_of
from nodes.querying.fields import Fields, call_fields, crm_fields
from nodes.querying.items import Linked
from nodes.querying.plain import moment_text, one_line
from tools.hubspot.links import record_url
from tools.hubspot.port import Account, ObjectType, Owner, Pipeline, Record

T = TypeVar("T")

NAME_LENGTH: Final = 80


@dataclass(frozen=True)
class Portal:
    """What the portal is and calls things. `owners` are those who left, too; `addresses` are their ids by address."""

    account: Account
    owners: Mapping[str, str]
    addresses: Mapping[str, str]
    pipelines: Sequence[Pipeline]
    fields: Fields
    zone: tzinfo
    today: date


@dataclass
class Reader:
    """Reads for who asks. `remarks` gathers, in words, what is old or missing in the answer."""

    context: ChatContext
    remarks: dict[str, None] = field(default_factory=dict)
    oldest: tuple[datetime, str] | None = None

    @property
    def scope(self) -> Scope:
        return self.context.scope

    def note(self, known: Known[T]) -> T:
        """The value, and whether it is old is kept in mind."""
        if known.stale and (self.oldest is None or known.read_at < self.oldest[0]):
            self.oldest = (known.read_at, known.reason or "it could not be read anew")
        return known.value

    def remark(self, words: str) -> None:
        self.remarks[words] = None

    def partial(self, zone: tzinfo) -> str | None:
        """What must be said of the answer: how old it is, and what is not in it."""
        old = [f"This is as it was at {moment_text(self.oldest[0], zone)}: {self.oldest[1]}."] if self.oldest else []
        return " ".join([*old, *self.remarks]) or None

    async def portal(self, object: QueryObject) -> Portal:
        """Names, fields and time zone."""
        crm = self.context.crm
        account, pipelines = self.note(await crm.account()), self.note(await crm.pipelines())
        everybody = (*self.note(await crm.former_owners()), *self.note(await crm.owners()))
        owners = {owner.id: _owner_name(owner) for owner in everybody}
        zone = zone_of(account)
        specs = {} if object == "calls" else self.note(await crm.fields(object))
        return Portal(
            account=account,
            owners=owners,
            addresses={owner.email.strip().lower(): owner.id for owner in everybody if owner.email},
            pipelines=pipelines,
            fields=call_fields(owners) if object == "calls" else crm_fields(object, specs, owners, pipelines),
            zone=zone,
            today=self.context.house.clock.now().astimezone(zone).date(),
        )

    async def records(self, type: ObjectType, ids: Sequence[str], properties: Iterable[str]) -> list[Record]:
        """Records in the order of their ids; each once, without those that are gone."""
        found = await self.read(type, ids, sorted(set(properties)))
        there = {record.id: record for id in ids if (record := found.get(id)) and not record.archived}
        return list(there.values())

    async def read(self, type: ObjectType, ids: Sequence[str], properties: Sequence[str]) -> dict[str, Record]:
        """Records by the id that was asked for, those that are gone included."""
        return self.note(await self.context.crm.read(type, ids, properties)) if ids else {}

    async def associated(self, type: ObjectType, ids: Sequence[str], to: ObjectType) -> dict[str, tuple[str, ...]]:
        """Ids of the `to` records that each of these belongs to."""
        if not ids:
            return {}
        return self.note(await self.context.crm.associated(type, ids, to))

    async def linked(self, keys: Collection[Key], account: Account) -> Mapping[Key, Linked]:
        """Those of these records that the asker may see, by what they were asked for: it may have been merged since."""
        found: dict[Key, Linked] = {}
        for type in BELONGS_TO:
            ids = sorted({id for of, id in keys if of == type})
            properties = sorted({*NAMES[type], "email", "domain", OWNER, *((STAGE,) if type == "deals" else ())})
            for id, record in (await self.read(type, ids, properties)).items():
                if not record.archived and self.scope.allows(record_audience(record)):
                    name = one_line(record_name(record), NAME_LENGTH)
                    page = record_url(account, type, record.id)
                    found[type, id] = Linked(type, record.id, name, page, record.get(OWNER), record.get(STAGE))
        return found


def crm_type(object: QueryObject) -> ObjectType:
    """The object as HubSpot's; calls are not asked of it."""
    if object == "calls":
        raise ValueError("calls are not read in HubSpot")
    return object


def _owner_name(owner: Owner) -> str:
    return one_line(owner.name or owner.email or owner.id, NAME_LENGTH)
