"""`sophia people init` and `check`: a file of people to edit, and whether it can be used."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from rich.text import Text

from api.logs import settings_with_logs
from api.own_file import begin_own_file
from api.people_file import NAME, people_path
from api.terminal import WRONG_USE, notices, results
from core.edited_file import EditedFileError
from core.rights.people_file import DEFAULT_FILE, PeopleFile, load_people

NO_FILE = "no file: every HubSpot owner is a rep"


async def start_people() -> None:
    """The command: puts the file that comes with Sophia into the data folder, to be edited; never over a file."""
    settings = settings_with_logs()
    begin_own_file(settings.data_dir / NAME, DEFAULT_FILE, "sophia people check")
    if settings.people_file is not None:
        notices().print(Text(f"SOPHIA_PEOPLE_FILE names {settings.people_file}: that one is in force."), soft_wrap=True)


async def check_people(path: Path | None, *, as_json: bool) -> int | None:
    """The command: says whether a file can be used, or what is wrong with it; the one in force when none is given."""
    path = path or people_path(settings_with_logs())
    try:
        file = load_people(path)
    except EditedFileError as error:
        if not as_json:
            raise
        _print_json({"file": str(path), "valid": False, "problems": error.problems})
        return WRONG_USE
    warnings = [*warnings_of(file)]
    if as_json:
        told = {"file": str(path) if path else None, "valid": True}
        _print_json(told | file.model_dump(mode="json", exclude={"version"}) | {"warnings": warnings})
        return None
    said = f"{path}: nothing wrong, persons: {len(file.person)}" if path else NO_FILE
    results().print(Text(said), soft_wrap=True)
    for warning in warnings:
        notices().print(Text(f"Warning: {warning}", style="yellow"), soft_wrap=True)
    return None


def warnings_of(file: PeopleFile) -> Iterator[str]:
    """What is not wrong in a file but hardly meant."""
    if file.default_role == "admin":
        yield "everybody who can own records in HubSpot is an admin, unless they are named"
    for role in ("rep", "viewer"):
        if file.reads.of(role) == "all":
            yield f"every {role} reads all records"
    if not any(person.role == "admin" for person in file.person) and file.default_role != "admin":
        yield "nobody is an admin, but who may run Sophia's commands"


def _print_json(value: object) -> None:
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False) + "\n")
