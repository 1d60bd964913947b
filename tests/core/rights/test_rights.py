"""What one person may read, change and see, sentence by sentence."""

from pathlib import Path

import pytest

from core.errors import ConfigurationError
from core.people import TERMINAL, Person
from core.rights.directory import Directory, KnownOwner, Team
from core.rights.people_file import ReadRules, parse_people
from core.rights.rights import Asker, rights_of, stranger
from core.rights.venue import Venue, alone
from core.scope import EVERYTHING, NOTHING, UNOWNED, Scope, held_by_nobody, owned_by, said_at, said_by

EAST, WEST = Team(id="1", name="East"), Team(id="2", name="West")
FILE = parse_people(
    """
    version = 1
    [[person]]
    email = "admin@x.example"
    role = "admin"
    [[person]]
    email = "lead@x.example"
    role = "manager"
    [[person]]
    email = "other.lead@x.example"
    role = "manager"
    [[person]]
    email = "gone@x.example"
    role = "rep"
    teams = "East"
    [[person]]
    email = "viewer@x.example"
    role = "viewer"
    [[person]]
    email = "wide@x.example"
    role = "rep"
    reads = "all"
    [[person]]
    email = "narrow@x.example"
    role = "manager"
    reads = "nothing"
    """,
    Path("people.toml"),
)
DIRECTORY = Directory(
    [
        KnownOwner(id="1", email="lead@x.example", teams=(EAST,)),
        KnownOwner(id="2", email="rep@x.example", teams=(EAST,)),
        KnownOwner(id="3", email="west@x.example", teams=(WEST,)),
        KnownOwner(id="4", email="gone@x.example", archived=True),
        KnownOwner(id="5", email="other.lead@x.example", teams=(EAST,)),
        KnownOwner(id="6", email="viewer@x.example"),
        KnownOwner(id="7", email="wide@x.example"),
        KnownOwner(id="8", email="narrow@x.example", teams=(EAST,)),
    ],
    FILE,
)
OWNERS = ("1", "2", "3", "4", "5", "6", "7", "8", "999", None)
DM = alone("dm")


def rights(who: str | Person, rules: ReadRules = FILE.reads) -> Asker:
    return rights_of(who if isinstance(who, Person) else f"{who}@x.example", DIRECTORY, rules)


def read_by(asker: Asker) -> set[str | None]:
    return {owner for owner in OWNERS if asker.may_read_owner(owner)}


@pytest.mark.parametrize(
    ("who", "owners"),
    [
        ("admin", set(OWNERS)),
        ("lead", {"1", "2", "4", "5", "8", None}),
        ("rep", {"2", None}),
        ("viewer", {None}),
        ("wide", set(OWNERS)),
        ("narrow", set()),
        ("gone", set()),
        ("nobody", set()),
    ],
)
def test_each_reads_what_their_role_or_the_file_says(who: str, owners: set[str | None]) -> None:
    asker = rights(who)
    assert read_by(asker) == owners
    assert {owner for owner in OWNERS if asker.scope.allows(owned_by(owner))} == owners
    assert {owner for owner in OWNERS if asker.may_change(owner)} == (owners if who != "viewer" else set())


def test_the_file_widens_and_narrows_what_a_role_reads() -> None:
    assert read_by(rights("rep", ReadRules(rep="team"))) == {"1", "2", "4", "5", "8", None}
    assert read_by(rights("rep", ReadRules(rep="nothing"))) == set()
    assert read_by(rights("admin", ReadRules(admin="own"))) == {None}
    assert read_by(rights("narrow", ReadRules(manager="all"))) == set()


def test_the_terminals_person_is_an_admin_whatever_the_file_says() -> None:
    asker = rights(TERMINAL, ReadRules(admin="nothing"))
    assert (asker.role, asker.colleague, read_by(asker)) == ("admin", None, set(OWNERS))
    assert asker.scope.allows(held_by_nobody("9001"))


def test_an_address_that_is_asked_for_has_that_persons_rights_and_not_the_terminals() -> None:
    assert rights("rep").person == Person(email="rep@x.example", name="rep@x.example")
    assert rights_of(" REP@x.example ", DIRECTORY, FILE.reads) == rights("rep")
    assert rights_of("", DIRECTORY, FILE.reads).role is None


def test_nobody_is_told_others_conversations_and_everybody_known_their_own() -> None:
    for who in ("admin", "lead", "rep", "viewer", "wide"):
        scope = rights(who).scope
        assert scope.allows(said_by(f"{who.upper()}@x.example"))
        assert not any(scope.allows(other) for other in (said_by("west@x.example"), said_at("C1"), said_by("U1")))
    assert rights("nobody").scope == rights("gone").scope == NOTHING
    assert EVERYTHING.allows(said_by("west@x.example"))


def test_a_name_that_somebody_gave_themselves_is_not_taken_for_the_terminals_or_an_address() -> None:
    named = [stranger(Person(name=name)).known_by for name in (TERMINAL.name, "rep@x.example")]
    assert not {rights(TERMINAL).known_by, rights("rep").known_by} & set(named)
    assert stranger(Person(name="Rep", email="rep@x.example")).scope == NOTHING  # a guest, whatever the address


def test_a_scorecard_is_for_its_subject_their_manager_and_an_admin_alone() -> None:
    seers = {who for who in ("admin", "lead", "rep", "west", "other.lead", "wide", "viewer", "gone", "nobody")
             if rights(who).may_see_coaching_of("2", DM)}  # fmt: skip
    assert seers == {"admin", "lead", "other.lead", "rep"}
    assert not rights("lead").may_see_coaching_of("5", DM)  # managers who share a team
    assert rights("lead").may_see_coaching_of("1", DM)
    assert rights("lead").is_manager_of("4")
    assert not rights("rep").may_see_coaching_of(None, DM)


@pytest.mark.parametrize(
    "venue",
    [
        Venue(kind="channel", id="C1", members=frozenset({"rep@x.example"})),
        Venue(kind="shared_channel", id="C1", members=frozenset({"rep@x.example"})),
        Venue(kind="channel", id="C1"),
        Venue(kind="dm"),
        Venue(kind="dm", id="G1", members=frozenset({"rep@x.example", "admin@x.example"})),
        Venue(kind="http", id="t", members=frozenset({"rep@x.example", ""})),
    ],
)
def test_no_scorecard_is_shown_where_others_are_or_may_be(venue: Venue) -> None:
    assert not rights("rep").may_see_coaching_of("2", venue)
    assert not rights("admin").may_see_coaching_of("2", venue)


def test_a_place_cannot_be_called_as_if_it_were_a_call() -> None:
    with pytest.raises(ConfigurationError):
        said_at("call-9001")
    assert held_by_nobody("a 1.b") == "place:call-a-1-b"


def test_two_addresses_have_two_audiences() -> None:
    addresses = ("a.b@x.example", "a%2eb@x.example", "ab@x.example", "a b@x.example", "a\u2003b@x.example")
    audiences = {said_by(address) for address in addresses}
    assert len(audiences) == len(addresses)
    assert not any("." in audience or any(map(str.isspace, audience)) for audience in audiences)


def test_what_both_may_be_shown_is_in_the_meet_whichever_way_each_came_by_it() -> None:
    admin = Scope(every_record=True, audiences=frozenset({said_at("C1")}))
    rep = Scope(audiences=frozenset({UNOWNED, owned_by("1"), said_at("C1"), said_by("rep")}))
    assert admin.meet(rep) == rep.meet(admin) == Scope(audiences=frozenset({UNOWNED, owned_by("1"), said_at("C1")}))
    assert admin.meet(EVERYTHING) == EVERYTHING.meet(admin) == admin.meet(admin) == admin
