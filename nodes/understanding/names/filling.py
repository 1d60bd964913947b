"""The lexicon of one question: HubSpot's people, pipelines and fields through the cache, and the names in scope."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Final

from core.rights.directory import Colleague, Directory
from core.rights.rights import Asker
from core.scope import NOTHING, Scope
from nodes.cached_crm import CachedCrm
from nodes.portal_zone import zone_of
from nodes.understanding.lexicon import Lexicon, PersonKnown, TeamKnown
from nodes.understanding.names.names import Names
from nodes.understanding.names.seen import SeenNames
from tools.hubspot.port import FieldSpec, ObjectType

TYPES: Final[tuple[ObjectType, ...]] = ("deals", "companies", "contacts", "tasks", "notes")


async def lexicon_of(
    crm: CachedCrm,
    names: Names,
    directory: Directory,
    asker: Asker,
    scope: Scope,
    now: datetime,
    seconds: float | None = None,
) -> Lexicon:
    """All names that the asker may use at `now` (with a time zone), told in the zone of the portal.

    `scope` is what may be shown at the place; who may see nothing is told of no colleague either. The first reading of
    names takes at most so many `seconds`. Raises what CrmGateway raises, where nothing older is kept.
    """
    account = (await crm.account()).value
    zone = zone_of(account)
    await names.refresh(seconds)
    people = () if scope == NOTHING else people_of(directory)
    seen = names.seen_by(scope, people)
    me = asker.colleague
    return Lexicon(
        now=now.astimezone(zone),
        me=me.owner_id if me else None,
        me_name=me.name if me else "you",
        people=people,
        teams=teams_of(directory) if people else (),
        pipelines=(await crm.pipelines()).value,
        names=seen,
        my_teams=tuple(team.id for team in me.teams) if me else (),
        fields={type: described((await crm.fields(type)).value, seen, type) for type in TYPES},
        zone=zone,
        currency=account.currency,
    )


@lru_cache(maxsize=4)
def people_of(directory: Directory) -> tuple[PersonKnown, ...]:
    """Everybody as people name them."""
    return tuple(_person(colleague) for colleague in directory.colleagues)


@lru_cache(maxsize=4)
def teams_of(directory: Directory) -> tuple[TeamKnown, ...]:
    """All teams with the owners in them, those who have left included: their records are still the team's."""
    names: dict[str, str] = {}
    members: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for colleague in directory.colleagues:
        for team in colleague.teams:
            names[team.id] = team.name
            if colleague.owner_id:
                members[team.id][colleague.owner_id] = None
    return tuple(TeamKnown(id=id, name=name, owner_ids=tuple(members[id])) for id, name in names.items())


def described(fields: Mapping[str, FieldSpec], seen: SeenNames, type: ObjectType) -> Mapping[str, FieldSpec]:
    """The fields, those of plain text with the values that visible records hold as if they were options."""
    values = seen.values(type)
    return {name: _with_values(spec, values.get(name, ())) for name, spec in fields.items()}


def _with_values(spec: FieldSpec, values: Sequence[str]) -> FieldSpec:
    if spec.options or not values:
        return spec
    return spec.model_copy(update={"options": tuple((value, value) for value in values)})


def _person(colleague: Colleague) -> PersonKnown:
    return PersonKnown(
        owner_id=colleague.owner_id,
        name=colleague.name,
        email=colleague.email,
        teams=tuple(team.id for team in colleague.teams),
        archived=colleague.archived,
    )
