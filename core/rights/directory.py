"""Everybody who is known: HubSpot's owners, with what the owner's file adds, and those only the file names.

An owner who has left is nobody who asks, but their records stay theirs. Where two are known by one address nobody can
tell who asks, and neither is found by it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from core.analysis import Frozen
from core.rights.people_file import NO_FILE, PeopleFile, PersonEntry, Reads, Role, address_of

_OF_THE_FILE: Final = "people.toml:"
"""How the id of a team begins that HubSpot does not know; its own are numbers."""


class Team(Frozen):
    """A team, by HubSpot's id or, where it has none of this name, by one of ours."""

    id: str
    name: str


class KnownOwner(Frozen):
    """What HubSpot says of an owner; one that is archived has left."""

    id: str
    email: str | None = None
    name: str | None = None
    archived: bool = False
    teams: tuple[Team, ...] = ()


class Colleague(Frozen):
    """Somebody who is known. `owner_id` is None for who has no seat in HubSpot; `email` is as it is compared.

    `reads` stands in place of what the role reads, None where it does not. `named` tells that the file names them.
    """

    owner_id: str | None = None
    email: str | None = None
    name: str
    role: Role
    teams: tuple[Team, ...] = ()
    slack_id: str | None = None
    reads: Reads | None = None
    archived: bool = False
    named: bool = False

    @property
    def team_ids(self) -> frozenset[str]:
        """The ids of their teams."""
        return frozenset(team.id for team in self.teams)

    @property
    def team_names(self) -> tuple[str, ...]:
        """The names of their teams, in their order."""
        return tuple(team.name for team in self.teams)


class Directory:
    """Finds colleagues. Of an owner that is given twice, once as one who has left, that counts."""

    def __init__(self, owners: Iterable[KnownOwner], file: PeopleFile = NO_FILE) -> None:
        known = {owner.id: owner for owner in sorted(owners, key=lambda owner: owner.archived)}
        self.colleagues: Final = tuple(_colleagues(tuple(known.values()), file))
        self._by_owner_id = {each.owner_id: each for each in self.colleagues if each.owner_id is not None}
        active = [each for each in self.colleagues if not each.archived]
        self._by_email = _only((each.email, each) for each in active)
        self._by_slack_id = _only((each.slack_id, each) for each in active)
        self._in_team: defaultdict[str, list[Colleague]] = defaultdict(list)
        for each in self.colleagues:
            for id in each.team_ids:
                self._in_team[id].append(each)

    def by_email(self, email: str | None) -> Colleague | None:
        """Who asks under this address; nobody where they have left or share it with another."""
        return self._by_email.get(address_of(email))

    def by_slack_id(self, id: str | None) -> Colleague | None:
        """Whom the file says to have this Slack id; nobody where they have left or share their address."""
        return self._by_slack_id.get(id or "")

    def by_owner_id(self, id: str | None) -> Colleague | None:
        """The owner of a record, also one who has left."""
        return self._by_owner_id.get(id or "")

    def team_of(self, colleague: Colleague) -> tuple[Colleague, ...]:
        """Everybody who is in one of their teams, themselves and those who have left included."""
        found = {colleague: None}
        for team in colleague.teams:
            found |= dict.fromkeys(self._in_team.get(team.id, ()))
        return tuple(found)


def _colleagues(owners: Sequence[KnownOwner], file: PeopleFile) -> Iterator[Colleague]:
    entries = {entry.email: entry for entry in file.person}
    teams = _Teams(owners)
    for owner in owners:
        yield _owner(owner, entries.get(address_of(owner.email)), file.default_role, teams)
    seated = {address_of(owner.email) for owner in owners}
    for entry in file.person:
        if entry.email not in seated:
            yield _without_seat(entry, teams)


def _owner(owner: KnownOwner, entry: PersonEntry | None, default_role: Role, teams: "_Teams") -> Colleague:
    email = address_of(owner.email) or None
    name = (entry.name if entry else None) or owner.name or email or owner.id
    seat = Colleague(
        owner_id=owner.id, email=email, name=name, role=default_role, teams=owner.teams, archived=owner.archived
    )
    if entry is None:
        return seat
    all_teams = {team.id: team for team in (*teams.named(entry.teams), *owner.teams)}
    added = {"teams": tuple(all_teams.values()), "slack_id": entry.slack, "reads": entry.reads}
    return seat.model_copy(update=added | {"role": entry.role, "named": True})


def _without_seat(entry: PersonEntry, teams: "_Teams") -> Colleague:
    return Colleague(
        email=entry.email,
        name=entry.name or entry.email,
        role=entry.role,
        teams=tuple({team.id: team for team in teams.named(entry.teams)}.values()),
        slack_id=entry.slack,
        reads=entry.reads,
        named=True,
    )


class _Teams:
    """HubSpot's teams, by what the file calls them."""

    def __init__(self, owners: Sequence[KnownOwner]) -> None:
        self._by_id: Mapping[str, Team] = {team.id: team for owner in owners for team in owner.teams}
        self._by_name: defaultdict[str, list[Team]] = defaultdict(list)
        for team in self._by_id.values():
            self._by_name[_plain(team.name)].append(team)

    def named(self, words: Iterable[str]) -> Iterator[Team]:
        """The team of each id or name; a name that several have is nobody's, one that none has is the file's own."""
        for word in words:
            known = [self._by_id[word]] if word in self._by_id else self._by_name.get(_plain(word), [])
            if len(known) == 1:
                yield known[0]
            elif not known:
                yield Team(id=_OF_THE_FILE + _plain(word), name=word)


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()


def _only(found: Iterable[tuple[str | None, Colleague]]) -> dict[str, Colleague]:
    """Each by its key, but for keys that are empty or of several."""
    by_key: defaultdict[str, list[Colleague]] = defaultdict(list)
    for key, colleague in found:
        if key:
            by_key[key].append(colleague)
    return {key: each[0] for key, each in by_key.items() if len(each) == 1}
