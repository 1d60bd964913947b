"""Over generated people, teams, files, venues and records: nothing is shown to who may not read it, and nothing else is
withheld. What may be shown is worked out a second time here, from the sentences of the architecture alone."""

from dataclasses import dataclass
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from core.people import TERMINAL, Person
from core.rights.directory import Directory, KnownOwner, Team
from core.rights.people_file import PeopleFile, PersonEntry, ReadRules, Reads, Role
from core.rights.rights import Asker, rights_of
from core.rights.showing import askers_at, audience_at, scope_at, showing, shown_to_asker_alone
from core.rights.venue import Venue, VenueKind
from core.scope import held_by_nobody, owned_by, said_at, said_by

ADDRESSES = tuple(f"{name}@x.example" for name in "abcdef")
STRANGER = "stranger@elsewhere.example"
OWNER_IDS = tuple("123456")
TEAMS = ("t1", "t2", "t3")
ROLES: tuple[Role, ...] = ("admin", "manager", "rep", "viewer")
READS: tuple[Reads, ...] = ("all", "team", "own", "unowned", "nothing")
KINDS: tuple[VenueKind, ...] = ("dm", "channel", "shared_channel", "http", "terminal")
OWNERS_OF_RECORDS = (*OWNER_IDS, "999", None)
CHANNELS = ("C1", "C2")


@dataclass(frozen=True)
class World:
    owners: tuple[KnownOwner, ...]
    file: PeopleFile

    @property
    def directory(self) -> Directory:
        return Directory(self.owners, self.file)


SOME_TEAMS = st.lists(st.sampled_from(TEAMS), max_size=2, unique=True)
AS_WRITTEN = st.one_of(st.none(), st.sampled_from((*ADDRESSES, "A@X.example", " b@x.example ")))
OWNER = st.builds(
    KnownOwner,
    id=st.sampled_from(OWNER_IDS),
    email=AS_WRITTEN,
    archived=st.booleans(),
    teams=SOME_TEAMS.map(lambda ids: tuple(Team(id=id, name=id.upper()) for id in ids)),
)
ENTRY = st.builds(
    PersonEntry,
    email=st.sampled_from(ADDRESSES),
    role=st.sampled_from(ROLES),
    teams=SOME_TEAMS.map(tuple),
    reads=st.one_of(st.none(), st.sampled_from(READS)),
)
FILES = st.builds(
    PeopleFile,
    version=st.just(1),
    default_role=st.sampled_from(ROLES),
    reads=st.one_of(st.just(ReadRules()), st.builds(ReadRules, rep=st.sampled_from(READS))),
    person=st.lists(ENTRY, max_size=5, unique_by=lambda entry: entry.email).map(tuple),
)
WORLDS = st.builds(World, owners=st.lists(OWNER, max_size=6, unique_by=lambda owner: owner.id).map(tuple), file=FILES)
ASKING = st.sampled_from((*ADDRESSES, STRANGER))
MEMBERS = st.frozensets(st.sampled_from((*ADDRESSES, STRANGER, "")), max_size=4)


@st.composite
def venues(draw: st.DrawFn, asking: st.SearchStrategy[str] = ASKING) -> tuple[str, Venue]:
    """Somebody who asks, and where; mostly they are among those who are there."""
    asker, kind = draw(asking), draw(st.sampled_from(KINDS))
    more = draw(st.sampled_from((frozenset[str](), frozenset({asker}), frozenset({asker}))))
    members = draw(st.one_of(st.none(), st.just(more), MEMBERS.map(lambda some: some | more)))
    return asker, Venue(kind=kind, id=draw(st.sampled_from(CHANNELS)), members=members)


# The sentences, anew.


def plain(address: str | None) -> str:
    return (address or "").strip().lower()


def entry_of(world: World, address: str) -> PersonEntry | None:
    return next((entry for entry in world.file.person if entry.email == address), None)


def seats_of(world: World, address: str) -> list[KnownOwner]:
    return [owner for owner in world.owners if plain(owner.email) == address and address]


def teams_of(world: World, owner: KnownOwner | None, address: str) -> set[str]:
    entry = entry_of(world, address)
    return {team.id for team in (owner.teams if owner else ())} | set(entry.teams if entry else ())


def rule_of(world: World, address: str) -> Reads | None:
    """What somebody reads; None: they are nobody."""
    active = [seat for seat in seats_of(world, address) if not seat.archived]
    entry = entry_of(world, address)
    if len(active) > 1 or (not active and (entry is None or seats_of(world, address))):
        return None
    role = entry.role if entry else world.file.default_role
    by_role: dict[Role, Reads] = {"admin": "all", "manager": "team", "rep": world.file.reads.rep, "viewer": "unowned"}
    return (entry.reads if entry else None) or by_role[role]


def may_read(world: World, address: str, owner_id: str | None) -> bool:
    rule = rule_of(world, address)
    if rule is None or rule == "nothing":
        return False
    if rule == "all" or owner_id is None:
        return True
    me = next((seat for seat in seats_of(world, address) if not seat.archived), None)
    if me is not None and me.id == owner_id:
        return rule in ("own", "team")
    owner = next((owner for owner in world.owners if owner.id == owner_id), None)
    if rule != "team" or owner is None:
        return False
    return bool(teams_of(world, me, address) & teams_of(world, owner, plain(owner.email)))


def everybody_at(asker: str, venue: Venue) -> set[str]:
    return {asker, *(venue.members or ())}


def is_private(asker: str, venue: Venue) -> bool:
    return venue.kind in ("dm", "http", "terminal") and venue.members is not None and venue.members <= {asker}


def anything_is_shown(world: World, asker: str, venue: Venue) -> bool:
    known = venue.members is not None and venue.kind != "shared_channel"
    listed = venue.kind != "channel" or asker in (venue.members or ())
    return known and listed and all(rule_of(world, who) is not None for who in everybody_at(asker, venue))


@given(WORLDS, venues())
@settings(max_examples=400, deadline=None)
def test_a_record_is_shown_where_everybody_may_read_it_and_nowhere_else(world: World, at: tuple[str, Venue]) -> None:
    address, venue = at
    directory, rules = world.directory, world.file.reads
    asker = rights_of(address, directory, rules)
    here = scope_at(asker, venue, askers_at(venue, directory, rules))
    shown_at_all = anything_is_shown(world, address, venue)
    for owner_id in OWNERS_OF_RECORDS:
        alone = may_read(world, address, owner_id)
        together = shown_at_all and all(may_read(world, who, owner_id) for who in everybody_at(address, venue))
        assert asker.may_read_owner(owner_id) == asker.scope.allows(owned_by(owner_id)) == alone
        assert here.allows(owned_by(owner_id)) == together
        assert shown_to_asker_alone([owned_by(owner_id)], asker, here) == (alone and not together)


@given(WORLDS, venues())
@settings(max_examples=300, deadline=None)
def test_a_conversation_is_told_to_who_had_it_and_at_its_place_only(world: World, at: tuple[str, Venue]) -> None:
    address, venue = at
    asker = rights_of(address, world.directory, world.file.reads)
    here = scope_at(asker, venue, askers_at(venue, world.directory, world.file.reads))
    known = anything_is_shown(world, address, venue)
    several = everybody_at(address, venue) != {address}
    for other in (*ADDRESSES, STRANGER):
        own = other == address and rule_of(world, address) is not None
        assert asker.scope.allows(said_by(other)) == own
        assert here.allows(said_by(other)) == (own and known and not several)
    for place in CHANNELS:
        assert not asker.scope.allows(said_at(place))
        assert here.allows(said_at(place)) == (known and not is_private(address, venue) and place == venue.id)
    assert here.allows(held_by_nobody("1")) == (
        known and all(rule_of(world, who) == "all" for who in everybody_at(address, venue))
    )
    kept_for = said_by(address) if is_private(address, venue) else said_at(venue.id)
    assert rule_of(world, address) is None or audience_at(asker, venue) == kept_for


@given(WORLDS, venues())
@settings(max_examples=200, deadline=None)
def test_a_scorecard_is_seen_by_its_subject_their_manager_and_admins_and_never_beside_others(
    world: World, at: tuple[str, Venue]
) -> None:
    address, venue = at
    asker = rights_of(address, world.directory, world.file.reads)
    me = next((seat for seat in seats_of(world, address) if not seat.archived), None)
    mine = entry_of(world, address)
    for owner in world.owners:
        theirs = entry_of(world, plain(owner.email))
        managed = (theirs.role if theirs else world.file.default_role) in ("rep", "viewer")
        shared = teams_of(world, me, address) & teams_of(world, owner, plain(owner.email))
        role = mine.role if mine else world.file.default_role
        sees = me == owner or role == "admin" or (role == "manager" and managed and bool(shared))
        expected = rule_of(world, address) is not None and is_private(address, venue) and sees
        assert asker.may_see_coaching_of(owner.id, venue) == expected


@given(WORLDS, ASKING, st.sampled_from(OWNERS_OF_RECORDS))
@settings(max_examples=200, deadline=None)
def test_who_may_not_read_may_not_change_and_a_viewer_changes_nothing(
    world: World, address: str, owner_id: str | None
) -> None:
    asker = rights_of(address, world.directory, world.file.reads)
    assert asker.may_change(owner_id) <= may_read(world, address, owner_id)
    if asker.role == "viewer":
        assert not asker.may_change(owner_id)


@given(WORLDS, venues(), st.frozensets(st.sampled_from(ADDRESSES), max_size=2))
@settings(max_examples=200, deadline=None)
def test_nobody_more_makes_more_be_shown(world: World, at: tuple[str, Venue], others: frozenset[str]) -> None:
    address, venue = at
    directory, rules = world.directory, world.file.reads
    more = venue.model_copy(update={"members": (venue.members or frozenset()) | others | {address}})
    scopes = [
        scope_at(rights_of(address, directory, rules), each, askers_at(each, directory, rules))
        for each in (venue.model_copy(update={"members": more.members - others | {address}}), more)  # type: ignore[operator]
    ]
    for owner_id in OWNERS_OF_RECORDS:
        assert scopes[1].allows(owned_by(owner_id)) <= scopes[0].allows(owned_by(owner_id))


@given(WORLDS, venues())
@settings(max_examples=100, deadline=None)
def test_a_member_whose_rights_were_not_worked_out_lets_nothing_be_shown(world: World, at: tuple[str, Venue]) -> None:
    address, venue = at
    asker = rights_of(address, world.directory, world.file.reads)
    members = askers_at(venue, world.directory, world.file.reads)
    for left_out in members:
        some = [member for member in members if member != left_out]
        if left_out.person.email != asker.person.email:
            assert scope_at(asker, venue, some).is_nothing


def test_what_an_asker_may_not_read_is_shown_to_nobody() -> None:
    reading = {"a": "1", "b": None}
    world = World(
        (KnownOwner(id="1", email=ADDRESSES[0]), KnownOwner(id="2", email=ADDRESSES[1])), PeopleFile(version=1)
    )
    asker = rights_of(ADDRESSES[0], world.directory, world.file.reads)
    here = scope_at(asker, Venue(kind="channel", id="C1", members=frozenset(ADDRESSES[:2])), _both(world))
    said = {tuple(mix): showing(map(owned_by, mix), asker, here) for mix in product((*reading.values(), "2"), repeat=2)}
    assert said[None, None] == "here"
    assert said["1", None] == said[None, "1"] == said["1", "1"] == "asker"
    assert {said[mix] for mix in said if "2" in mix} == {"nobody"}
    assert showing([None], asker, here) == "nobody"
    assert showing([], asker, here) == "here"


def test_the_terminals_person_is_alone_at_the_terminal_and_nowhere_among_others() -> None:
    world = World((), PeopleFile(version=1))
    admin = rights_of(TERMINAL, world.directory, world.file.reads)
    assert scope_at(admin, Venue(kind="terminal", members=frozenset()), ()) == admin.scope
    assert scope_at(admin, Venue(kind="channel", id="C1", members=frozenset({""})), ()).is_nothing
    assert scope_at(rights_of(Person(name="U1"), world.directory, world.file.reads), Venue(kind="dm"), ()).is_nothing


def _both(world: World) -> list[Asker]:
    return [rights_of(address, world.directory, world.file.reads) for address in ADDRESSES[:2]]
