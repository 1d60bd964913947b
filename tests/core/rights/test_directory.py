"""Who is found under an address, an owner's id or a Slack id, and who is in a team with whom."""

from pathlib import Path

from core.rights.directory import Colleague, Directory, KnownOwner, Team
from core.rights.people_file import NO_FILE, PeopleFile, parse_people

EAST, WEST = Team(id="1", name="East"), Team(id="2", name="West")
DANA = KnownOwner(id="71", email="Dana@Ours.example ", name="Dana", teams=(EAST,))
ERIK = KnownOwner(id="72", email="erik@ours.example", name="Erik", teams=(EAST, WEST))
GONE = KnownOwner(id="73", email="gone@ours.example", name="Gone", archived=True)


def file(text: str) -> PeopleFile:
    return parse_people(f"version = 1\n{text}", Path("people.toml"))


def names(colleagues: tuple[Colleague, ...]) -> list[str]:
    return [each.name for each in colleagues]


def team_of(directory: Directory, owner_id: str) -> list[str]:
    colleague = directory.by_owner_id(owner_id)
    assert colleague is not None
    return names(directory.team_of(colleague))


def test_an_owner_is_found_by_their_address_in_any_letters_and_is_a_rep() -> None:
    found = Directory([DANA]).by_email(" DANA@ours.example")
    assert found is not None
    assert (found.owner_id, found.email, found.role, found.named) == ("71", "dana@ours.example", "rep", False)


def test_nobody_is_found_by_no_address_and_by_none_that_is_known() -> None:
    directory = Directory([DANA, KnownOwner(id="9")])
    assert [directory.by_email(email) for email in (None, "", "  ", "x@ours.example")] == [None] * 4
    assert [directory.by_owner_id(None), directory.by_owner_id(""), directory.by_slack_id(None)] == [None] * 3


def test_who_has_left_asks_as_nobody_and_stays_an_owner_of_records() -> None:
    named = file("[[person]]\nemail='gone@ours.example'\nrole='admin'\nslack='U3'\nteams='East'")
    directory = Directory([DANA, GONE], named)
    assert directory.by_email("gone@ours.example") is None
    assert directory.by_slack_id("U3") is None
    assert team_of(directory, "71") == ["Dana", "Gone"]


def test_two_who_share_an_address_are_both_nobody() -> None:
    twin = KnownOwner(id="74", email="DANA@ours.example")
    directory = Directory([DANA, twin], file("[[person]]\nemail='dana@ours.example'\nrole='rep'\nslack='U1'"))
    assert directory.by_email("dana@ours.example") is None
    assert directory.by_slack_id("U1") is None
    assert {each.owner_id for each in directory.colleagues} == {"71", "74"}


def test_who_came_back_is_their_new_seat_alone() -> None:
    before = DANA.model_copy(update={"id": "70", "archived": True})
    found = Directory([DANA, before]).by_email("dana@ours.example")
    assert found is not None and found.owner_id == "71"


def test_an_owner_who_is_told_of_twice_has_left_if_one_says_so() -> None:
    directory = Directory([DANA.model_copy(update={"archived": True}), DANA])
    assert directory.by_email("dana@ours.example") is None


def test_the_file_adds_role_teams_and_slack_and_people_without_a_seat() -> None:
    text = """
        default_role = "viewer"
        [[person]]
        email = "dana@ours.example"
        role = "manager"
        teams = [" west", "Inside  sales", "1"]
        slack = "U1"
        [[person]]
        email = "robin@ours.example"
        name = "Robin"
        role = "admin"
        teams = "INSIDE SALES"
    """
    directory = Directory([DANA, ERIK], file(text))
    dana, robin = directory.by_slack_id("U1"), directory.by_email("robin@ours.example")
    assert dana is not None and robin is not None
    assert (dana.role, dana.team_names) == ("manager", ("West", "Inside  sales", "East"))
    assert (robin.owner_id, robin.role, names(directory.team_of(robin))) == (None, "admin", ["Robin", "Dana"])
    erik = directory.by_email("erik@ours.example")
    assert erik is not None and erik.role == "viewer"


def test_a_name_that_two_teams_have_is_neither() -> None:
    other = KnownOwner(id="75", email="x@ours.example", name="X", teams=(Team(id="3", name="east"),))
    named = file("[[person]]\nemail='robin@ours.example'\nrole='manager'\nteams='East'")
    robin = Directory([DANA, other], named).by_email("robin@ours.example")
    assert robin is not None and robin.teams == ()


def test_a_team_is_who_shares_any_team_and_of_nobody_without_one() -> None:
    directory = Directory(
        [DANA, ERIK, KnownOwner(id="76", name="Ida", teams=(WEST,)), KnownOwner(id="77", name="Lone")]
    )
    assert team_of(directory, "71") == ["Dana", "Erik"]
    assert sorted(team_of(directory, "72")) == ["Dana", "Erik", "Ida"]
    assert team_of(directory, "77") == ["Lone"]
    assert Directory([], NO_FILE).colleagues == ()
