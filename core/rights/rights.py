"""What somebody who asks may read, change and see: worked out for every question, from the Directory as it stands.

Rules of the house, for records: an admin reads every one, a manager the own teams' and unowned ones, a rep the own and
unowned ones, a viewer unowned ones, anybody else nothing; the owner's file can change this (people_file.py). Nobody is
told the conversations of others, not even an admin.
"""

from typing import Final

from core.analysis import Frozen
from core.errors import NotAllowed
from core.people import Person
from core.rights.directory import Colleague, Directory
from core.rights.people_file import ReadRules, Reads, Role, address_of
from core.rights.venue import Venue
from core.scope import NOTHING, UNOWNED, Scope, owned_by, said_by

MANAGED: Final[frozenset[Role]] = frozenset({"rep", "viewer"})
"""Whom a manager manages: two managers who share a team are no managers of each other."""


class Asker(Frozen):
    """Somebody who asks. `role` is None for a stranger or guest, `colleague` for them and for the terminal's person.

    `scope` is what they may be shown alone; `owner_ids` are the owners whose records are in it, unless all are;
    `reports` are the owners whose manager they are.
    """

    person: Person
    colleague: Colleague | None = None
    role: Role | None = None
    scope: Scope = NOTHING
    owner_ids: frozenset[str] = frozenset()
    reports: frozenset[str] = frozenset()

    @property
    def reads_all(self) -> bool:
        """Whether they read every record, whoever owns it."""
        return self.scope.every_record

    @property
    def known_by(self) -> str:
        """The id under which their own conversations are kept."""
        return _known_by(self.person)

    def may_read_owner(self, owner_id: str | None) -> bool:
        """Whether they read the records of this owner; None is nobody."""
        return self.reads_all or (owner_id in self.owner_ids if owner_id else UNOWNED in self.scope.audiences)

    def may_change(self, owner_id: str | None) -> bool:
        """Whether they may ask for a change of this owner's records; the policy decides about it besides."""
        return self.role not in (None, "viewer") and self.may_read_owner(owner_id)

    def is_manager_of(self, owner_id: str | None) -> bool:
        """Whether they are this owner's manager."""
        return owner_id in self.reports

    def may_see_coaching_of(self, owner_id: str | None, venue: Venue) -> bool:
        """Whether they may be shown this owner's scorecard here: their own, their reports', an admin's any; alone."""
        if self.role is None or not venue.is_alone_with(self.person.email):
            return False
        is_own = self.colleague is not None and owner_id is not None and self.colleague.owner_id == owner_id
        return is_own or self.role == "admin" or self.is_manager_of(owner_id)


def rights_of(who: str | Person, directory: Directory, rules: ReadRules) -> Asker:
    """What this person, named by their address or proven by a door, may do; a Person who is an admin may do all."""
    person = who if isinstance(who, Person) else _named(who, directory)
    colleague = directory.by_email(person.email)
    role: Role | None = "admin" if person.admin else colleague.role if colleague else None
    if role is None:
        return stranger(person)
    reads = "all" if person.admin else (colleague.reads if colleague else None) or rules.of(role)
    owner_ids = _owner_ids(reads, colleague, directory)
    return Asker(
        person=person,
        colleague=colleague,
        role=role,
        scope=_scope(reads, owner_ids, person),
        owner_ids=owner_ids,
        reports=_reports(colleague, directory) if role == "manager" else frozenset(),
    )


def stranger(person: Person) -> Asker:
    """Somebody of whom nothing is known, or who is a guest whatever their address: they read nothing."""
    return Asker(person=person)


def refusal(asked: str) -> NotAllowed:
    """The answer to who asks for what does not exist, and to who may not read it: one cannot be told from the other."""
    return NotAllowed(
        f"there is no {asked} that you may read", next_step="Ask for it by another name, or ask its owner or an admin."
    )


def _named(email: str, directory: Directory) -> Person:
    colleague, address = directory.by_email(email), address_of(email)
    return Person(email=address or None, name=colleague.name if colleague else address or "somebody")


def _owner_ids(reads: Reads, colleague: Colleague | None, directory: Directory) -> frozenset[str]:
    if colleague is None or reads not in ("team", "own"):
        return frozenset()
    owners = directory.team_of(colleague) if reads == "team" else (colleague,)
    return frozenset(owner.owner_id for owner in owners if owner.owner_id is not None)


def _scope(reads: Reads, owner_ids: frozenset[str], person: Person) -> Scope:
    own = {said_by(_known_by(person))}
    if reads == "all":
        return Scope(every_record=True, audiences=frozenset(own))
    unowned = {UNOWNED} if reads != "nothing" else set[str]()
    return Scope(audiences=frozenset(own | unowned | {owned_by(id) for id in owner_ids}))


def _reports(colleague: Colleague | None, directory: Directory) -> frozenset[str]:
    team = directory.team_of(colleague) if colleague else ()
    return frozenset(
        each.owner_id for each in team if each != colleague and each.role in MANAGED and each.owner_id is not None
    )


def _known_by(person: Person) -> str:
    """The address, else the name that a door of ours gives its admin; a name somebody gave themselves stands apart."""
    name = "-".join(person.name.split())
    return address_of(person.email) or (name if person.admin else f"stranger:{name}")
