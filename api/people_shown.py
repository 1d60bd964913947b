"""`sophia people list`: everybody who is known, by HubSpot and the file, with what they may read."""

import json
import sys
from collections.abc import Iterator

from rich.table import Table
from rich.text import Text

from api.logs import settings_with_logs
from api.people_file import people_in_force
from api.terminal import notices, results
from core.analysis import Frozen
from core.rights.directory import Colleague, Directory
from core.rights.people_file import PeopleFile, Reads, Role
from core.rights.rights import Asker, rights_of
from core.settings import Settings
from nodes.people import read_directory
from tools.hubspot.client import HubSpotClient

NO_READING = "—"


class PersonShown(Frozen):
    """One person as they are shown. `reads` is None for who may not ask, with the reason in `why_not`.

    `source` says where they are known from, `owners_read` how many owners' records they read, None for all.
    """

    name: str
    email: str | None
    owner_id: str | None
    slack_id: str | None
    role: Role
    teams: tuple[str, ...]
    reads: Reads | None
    owners_read: int | None
    source: str
    why_not: str | None = None


async def show_people(*, as_json: bool) -> None:
    """The command: reads the owners and prints who is who."""
    settings = settings_with_logs()
    file = people_in_force(settings)
    shown = [*people_shown(await _directory(settings, file), file)]
    if as_json:
        told = [person.model_dump(mode="json") for person in shown]
        sys.stdout.write(json.dumps({"people": told}, indent=2, ensure_ascii=False) + "\n")
        return
    results().print(_table(shown) if shown else "Nobody is known: neither HubSpot nor the file names anybody.")
    results().print("Everybody else reads nothing.")


def people_shown(directory: Directory, file: PeopleFile) -> Iterator[PersonShown]:
    """Everybody in the directory, by role and name."""
    order: tuple[Role, ...] = ("admin", "manager", "rep", "viewer")
    for colleague in sorted(directory.colleagues, key=lambda each: (order.index(each.role), each.name)):
        why_not = _why_not(colleague, directory)
        asker = None if why_not else rights_of(colleague.email or "", directory, file.reads)
        yield PersonShown(
            name=colleague.name,
            email=colleague.email,
            owner_id=colleague.owner_id,
            slack_id=colleague.slack_id,
            role=colleague.role,
            teams=colleague.team_names,
            reads=colleague.reads or file.reads.of(colleague.role) if asker else None,
            owners_read=_owners_read(asker),
            source=_source(colleague),
            why_not=why_not,
        )


async def _directory(settings: Settings, file: PeopleFile) -> Directory:
    if settings.hubspot_access_token is None:
        notices().print("HubSpot is not set up: only the people of the file are shown.")
        return Directory((), file)
    crm = HubSpotClient.from_settings(settings)
    try:
        return await read_directory(crm, file)
    finally:
        await crm.close()


def _why_not(colleague: Colleague, directory: Directory) -> str | None:
    if colleague.archived:
        return "has left"
    if colleague.email is None:
        return "has no address"
    return None if directory.by_email(colleague.email) else "shares the address with another owner"


def _owners_read(asker: Asker | None) -> int | None:
    if asker is None:
        return 0
    return None if asker.reads_all else len(asker.owner_ids)


def _source(colleague: Colleague) -> str:
    known_from = ["HubSpot"] * (colleague.owner_id is not None) + ["the file"] * colleague.named
    return " and ".join(known_from)


def _table(people: list[PersonShown]) -> Table:
    table = Table("name", "address", "role", "teams", "reads", "from", highlight=False)
    for person in people:
        reads = person.why_not or person.reads or NO_READING
        cells = (person.name, person.email or NO_READING, person.role, ", ".join(person.teams), reads, person.source)
        table.add_row(*map(Text, cells))
    return table
