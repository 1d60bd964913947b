"""The owner's file of people: what it may hold, and how it is told what is wrong with it."""

import re
from pathlib import Path

import pytest

from core.edited_file import EditedFileError
from core.errors import ConfigurationError
from core.rights.people_file import DEFAULT_FILE, NO_FILE, PeopleFile, load_people, parse_people

PERSON = "version = 1\n[[person]]\nemail = 'dana@ours.example'\nrole = 'rep'\n"


def problems(text: str) -> str:
    with pytest.raises(EditedFileError) as refused:
        parse_people(text, Path("people.toml"))
    assert str(refused.value).startswith("people.toml: ")
    assert "sophia people check" in str(refused.value.next_step)
    return "\n".join(refused.value.problems)


def test_the_file_that_comes_with_sophia_says_what_holds_without_one() -> None:
    assert load_people(DEFAULT_FILE) == NO_FILE == load_people(None)


def test_every_key_is_explained_in_the_file_that_comes_with_sophia() -> None:
    explained = DEFAULT_FILE.read_text(encoding="utf-8")
    schema = PeopleFile.model_json_schema()
    keys = {key for part in (schema, *schema["$defs"].values()) for key in part["properties"]}
    assert {key for key in keys if key not in explained} == set()


def test_the_examples_in_it_are_right() -> None:
    lines = DEFAULT_FILE.read_text(encoding="utf-8").splitlines()
    example = "\n".join(line.removeprefix("#   ") for line in lines[lines.index("#   [[person]]") :] if line != "#")
    file = parse_people(f"version = 1\n{example}", DEFAULT_FILE)
    assert [person.role for person in file.person] == ["admin", "manager", "viewer"]
    assert file.person[2].reads == "all"


def test_the_documented_example_is_right() -> None:
    document = Path(__file__).parents[3] / "docs" / "people.md"
    (example,) = re.findall(r"```toml\n(.*?)```", document.read_text(encoding="utf-8"), re.DOTALL)
    assert [person.role for person in parse_people(example, document).person] == ["manager", "viewer"]


def test_an_address_counts_in_any_letters_and_one_team_may_stand_for_a_list() -> None:
    file = parse_people(PERSON.replace("dana@ours", " Dana@OURS") + "teams = 'East '", Path("x"))
    assert (file.person[0].email, file.person[0].teams) == ("dana@ours.example", ("East",))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", '"version" is missing'),
        ("version = 1\n[[person]\n", "is not TOML: Expected ']]'"),
        ("version = 1\ndefault_role = 'boss'", "default_role should be 'admin', 'manager', 'rep' or 'viewer' (it is"),
        ("version = 1\n[reads]\nrep = 'most'", "reads: rep should be 'all', 'team', 'own', 'unowned' or 'nothing'"),
        ("version = 1\n[reads]\nreps = 'own'", 'reads: there is no key "reps"; is "rep" meant?'),
        ("version = 1\n[person]\nemail = 'a@b.c'", "every person begins with a line [[person]], in two brackets"),
        ("version = 1\n[[person]]\nemail = 'a@b.c'", 'person 1: "role" is missing'),
        (PERSON.replace("dana@ours", "dana at ours"), "person 1: email is no e-mail address"),
        (PERSON + "slack = 'dana'", "person 1: slack is no Slack user id"),
        (PERSON + "teams = ['']", "person 1: teams is empty"),
        (PERSON + "team = 'East'", 'person 1: there is no key "team"; is "teams" meant?'),
        (PERSON + PERSON[12:].replace("dana", "DANA"), "two persons have the address dana@ours.example"),
        (
            PERSON + "slack='U1'\n" + PERSON[12:].replace("dana", "erik") + "slack='U1'",
            "two persons have the Slack id U1",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_place(text: str, problem: str) -> None:
    assert problem in problems(text)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="No such file"):
        load_people(tmp_path / "people.toml")
