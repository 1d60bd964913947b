"""`sophia people`: the file in force, whether it holds, and who is who by it and by HubSpot."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import api.people
import api.people_shown
from api.checks import Check, local_checks
from api.people import check_people, start_people
from api.people_file import NAME, PeopleKept, people_in_force, people_path
from api.people_shown import people_shown, show_people
from api.terminal import BadInput
from core.edited_file import EditedFileError
from core.rights.directory import Directory, KnownOwner, Team
from core.rights.people_file import DEFAULT_FILE, NO_FILE, parse_people
from core.settings import Settings, load_settings

DEFAULT = DEFAULT_FILE.read_text()
PERSON = "version = 1\n[[person]]\nemail = 'jake@paylatch.example'\nrole = 'admin'\n"


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The owner's file in the data folder, where the commands of the test look for it; not there yet."""
    settings = Settings(data_dir=tmp_path / "data")
    for module in (api.people, api.people_shown):
        monkeypatch.setattr(module, "settings_with_logs", lambda: settings)
    settings.data_dir.mkdir(exist_ok=True)
    yield settings.data_dir / NAME


Write = Callable[[str], int]


@pytest.fixture
def write(own: Path) -> Write:
    """Puts this text into the owner's file."""
    return own.write_text


@pytest.fixture
def read(own: Path) -> Callable[[], str]:
    """What stands in the owner's file."""
    return own.read_text


def test_every_command_explains_itself_with_an_example(alone: Any) -> None:
    for command in ("init", "check", "list"):
        told = alone.run("people", command, "--help")
        assert told.returncode == 0
        assert f"sophia people {command}" in told.stdout.partition("Example")[2]


async def test_init_writes_a_file_that_holds_and_never_over_one(
    own: Path, read: Callable[[], str], capsys: pytest.CaptureFixture[str]
) -> None:
    await start_people()
    assert read() == DEFAULT
    assert await check_people(None, as_json=False) is None
    assert "nothing wrong, persons: 0" in capsys.readouterr().out
    with pytest.raises(BadInput, match="is there already"):
        await start_people()


async def test_check_tells_what_is_wrong_and_what_is_hardly_meant(
    own: Path, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    write(PERSON + "team = 'East'")
    assert await check_people(None, as_json=True) == 2
    assert json.loads(capsys.readouterr().out)["problems"] == ['person 1: there is no key "team"; is "teams" meant?']
    with pytest.raises(EditedFileError, match="person 1"):
        await check_people(own, as_json=False)
    write("version = 1\ndefault_role = 'admin'\n[reads]\nrep = 'all'\n")
    assert await check_people(None, as_json=True) is None
    assert len(json.loads(capsys.readouterr().out)["warnings"]) == 2


def test_the_file_of_the_settings_comes_before_that_of_the_data_folder(tmp_path: Path) -> None:
    assert people_in_force(load_settings(data_dir=tmp_path)) == NO_FILE
    (tmp_path / NAME).write_text(PERSON)
    assert people_path(load_settings(data_dir=tmp_path)) == tmp_path / NAME
    named = load_settings(data_dir=tmp_path, people_file=tmp_path / "other.toml")
    with pytest.raises(EditedFileError, match="No such file"):
        people_in_force(named)


def test_a_list_says_who_reads_what_who_does_not_and_where_that_is_from() -> None:
    text = """
        version = 1
        [[person]]
        email = "lead@x.example"
        role = "manager"
        teams = "East"
        [[person]]
        email = "robin@x.example"
        role = "viewer"
        reads = "all"
    """
    file = parse_people(text, Path("people.toml"))
    owners = [
        KnownOwner(id="1", email="lead@x.example", name="Lead"),
        KnownOwner(id="2", email="a@x.example", name="Ana", teams=(Team(id="9", name="East"),)),
        KnownOwner(id="3", email="b@x.example", name="Bob", archived=True),
        KnownOwner(id="4", email="c@x.example", name="Cy"),
        KnownOwner(id="5", email="C@x.example", name="Cyd"),
        KnownOwner(id="6", name="Di"),
    ]
    shown = {each.name: each for each in people_shown(Directory(owners, file), file)}
    assert next(iter(shown)) == "Lead"
    assert {name: (each.reads, each.owners_read, each.why_not) for name, each in shown.items()} == {
        "Lead": ("team", 2, None),
        "Ana": ("own", 1, None),
        "Bob": (None, 0, "has left"),
        "Cy": (None, 0, "shares the address with another owner"),
        "Cyd": (None, 0, "shares the address with another owner"),
        "Di": (None, 0, "has no address"),
        "robin@x.example": ("all", None, None),
    }
    assert [shown[name].source for name in ("Lead", "Ana", "robin@x.example")] == [
        "HubSpot and the file",
        "HubSpot",
        "the file",
    ]


async def test_without_hubspot_the_people_of_the_file_are_listed(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    write(PERSON)
    await show_people(as_json=True)
    told = capsys.readouterr()
    assert [person["role"] for person in json.loads(told.out)["people"]] == ["admin"]
    assert "HubSpot is not set up" in told.err
    await show_people(as_json=False)
    assert "jake@paylatch.example" in capsys.readouterr().out


async def _people_check(folder: Path) -> Check:
    return {check.name: check async for check in local_checks(load_settings(data_dir=folder))}["People"]


async def test_the_doctor_says_who_is_named_and_what_is_wrong_with_the_file(own: Path, write: Write) -> None:
    assert (await _people_check(own.parent)).state == "ok"
    write(PERSON)
    named = await _people_check(own.parent)
    assert (named.state, named.detail) == ("ok", f"1 named in {own}")
    write("version = 1\ndefault_role = 'admin'\n")
    hardly_meant = await _people_check(own.parent)
    assert (hardly_meant.state, "is an admin" in hardly_meant.detail) == ("warn", True)
    write(PERSON + "team = 'East'")
    wrong = await _people_check(own.parent)
    assert (wrong.state, "person 1" in wrong.detail) == ("fail", True)


def test_a_file_that_is_changed_counts_from_then_on_and_a_wrong_one_changes_nothing(tmp_path: Path) -> None:
    kept, file = PeopleKept(load_settings(data_dir=tmp_path)), tmp_path / NAME
    assert kept.now() == NO_FILE
    file.write_text(PERSON)
    assert [(one.email, one.role) for one in kept.now().person] == [("jake@paylatch.example", "admin")]
    right = kept.now()
    file.write_text(PERSON + "team = 'East'")
    assert kept.now() == right
    file.unlink()
    assert kept.now() == right
    file.write_text("version = 1\ndefault_role = 'viewer'\n")
    assert (kept.now().default_role, kept.now().person) == ("viewer", ())
