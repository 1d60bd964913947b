"""Who is who, from HubSpot's owners and teams and the owner's file; and whose thread an asker's is."""

from collections.abc import Sequence
from functools import lru_cache

from core.rights.directory import Directory, KnownOwner, Team
from core.rights.people_file import PeopleFile
from core.rights.rights import Asker
from core.rights.showing import audience_at, scope_at
from core.rights.venue import Venue
from nodes.cached_crm import CachedCrm, Known
from nodes.thread.context import Place
from tools.hubspot.port import CrmGateway, Owner


async def read_directory(crm: CrmGateway | CachedCrm, file: PeopleFile) -> Directory:
    """Everybody who is known now, or was when HubSpot was last read.

    Raises ServiceError where HubSpot is away and nothing of it is kept: nobody gets rights by an outage.
    """
    owners, former = await crm.owners(), await crm.former_owners()
    return directory_of((*_value(owners), *_value(former)), file)


@lru_cache(maxsize=4)
def directory_of(owners: tuple[Owner, ...], file: PeopleFile) -> Directory:
    """These owners, with what the file adds; made once for all questions until either changes."""
    return Directory((_known(owner) for owner in owners), file)


def place_of(thread: str, asker: Asker, venue: Venue, members: Sequence[Asker]) -> Place:
    """The thread of an asker at a venue, with what may be shown there by the rights of its members."""
    return Place(
        thread=thread,
        audience=audience_at(asker, venue),
        scope=scope_at(asker, venue, members),
        person=asker.known_by,
        speaker=asker.person.name,
    )


def _value(owners: tuple[Owner, ...] | Known[tuple[Owner, ...]]) -> tuple[Owner, ...]:
    return owners.value if isinstance(owners, Known) else owners


def _known(owner: Owner) -> KnownOwner:
    return KnownOwner(
        id=owner.id,
        email=owner.email,
        name=owner.name,
        archived=owner.archived,
        teams=tuple(Team(id=team.id, name=team.name or team.id) for team in owner.teams),
    )
