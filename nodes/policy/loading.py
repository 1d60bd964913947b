"""Reads a policy file, and says in words what is wrong with it: which file, which rule, which key."""

import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from core.errors import ConfigurationError
from nodes.policy.deciding import Policy
from nodes.policy.rules import ApprovalRules, Conditions, PolicyFile, Rule

DEFAULT_FILE = Path(__file__).with_name("default.toml")
NEXT_STEP = "Correct the file and run `sophia policy check`; docs/policy.md explains every key."
SHOWN = str | int | float
SHOWN_LIMIT = 40
WORDS: Mapping[str, str] = {
    "tuple_type": 'should be a list: ["…", "…"]',
    "too_short": "is an empty list",
    "string_type": "should be text, in quotation marks",
    "string_too_short": "is empty",
    "float_type": "should be a number",
    "model_type": "should be a section with keys of its own",
}
"""What Pydantic says in a programmer's words."""
SECTIONS: Mapping[str, type[BaseModel]] = {"approvals": ApprovalRules, "rule": Rule, "when": Conditions}


class PolicyFileError(ConfigurationError):
    """A policy file that cannot be used; `problems` are all that is wrong with it, each in words."""

    def __init__(self, source: Path, problems: Sequence[str]) -> None:
        super().__init__(f"{source}: {'; '.join(problems)}", next_step=NEXT_STEP)
        self.problems = tuple(problems)


def load_policy(path: Path | None) -> Policy:
    """The policy of this file, or the one that comes with Sophia. Raises PolicyFileError, a ConfigurationError."""
    return default_policy() if path is None else parse_policy(_text(path), path)


@cache
def default_policy() -> Policy:
    """The policy that comes with Sophia."""
    return Policy(_file(_text(DEFAULT_FILE), DEFAULT_FILE))


def parse_policy(text: str, source: Path) -> Policy:
    """The policy that this text of a file holds."""
    return Policy(_file(text, source), source)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise PolicyFileError(path, ["is not UTF-8 text"]) from error
    except OSError as error:
        raise PolicyFileError(path, [f"cannot be read: {error.strerror or error}"]) from error


def _file(text: str, source: Path) -> PolicyFile:
    try:
        return PolicyFile.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise PolicyFileError(source, [f"is not TOML: {error}"]) from error
    except ValidationError as error:
        raise PolicyFileError(source, list(_problems(error))) from error


def _problems(error: ValidationError) -> Iterator[str]:
    for item in error.errors(include_url=False):
        if item["type"] != "too_short" or not item["input"]:  # else it is short of what was refused already
            yield _problem(item)


def _problem(item: ErrorDetails) -> str:
    """One thing that is wrong: where, and what."""
    if item["loc"] == ("rule",):
        return "every rule begins with a line [[rule]], in two brackets"
    place, key = _place(item["loc"])
    named = f"{place}: " if place else ""
    if item["type"] == "extra_forbidden":
        return f'{named}there is no key "{key}"{_like(key, item["loc"])}'
    if item["type"] == "missing":
        return f'{named}"{key}" is missing'
    message = _message(item)
    return f"{named}{key} {message}" if key else f"{named}{message}"


def _place(location: Sequence[int | str]) -> tuple[str, str]:
    """Where a problem is, in words, and the key it is about ("" for a section as a whole)."""
    parts, place = list(location), ""
    if parts and parts[0] == "rule":
        place, parts = f"rule {int(parts[1]) + 1}", parts[2:]
    if parts and parts[0] in ("approvals", "when"):
        section = str(parts.pop(0))
        place = f"{place}, {section}" if place else section
    key = next((str(part) for part in parts if isinstance(part, str)), "")
    return place, key


def _like(key: str, location: Sequence[int | str]) -> str:
    section = next((SECTIONS[part] for part in reversed(location[:-1]) if part in SECTIONS), PolicyFile)  # type: ignore[index]
    near = get_close_matches(key, section.model_fields, n=1)
    return f'; is "{near[0]}" meant?' if near else ""


def _message(item: ErrorDetails) -> str:
    """What is wrong with a value, and what it is where that is short: a person looks for it in the file."""
    if item["type"] in WORDS:
        return WORDS[item["type"]]
    message = item["msg"].removeprefix("Value error, ").removeprefix("Input ")
    given: Any = item["input"]
    shown = f" (it is {json.dumps(given)})" if isinstance(given, SHOWN) and len(str(given)) <= SHOWN_LIMIT else ""
    return f"{message[:1].lower()}{message[1:]}{shown}"
