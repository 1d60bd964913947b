"""Reads a TOML file that a person edits, and says in words what is wrong with it: which file, which entry, which key.

What such a file may hold is a Pydantic model; its sections and lists of tables are models of their own.
"""

import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from core.errors import ConfigurationError

SHOWN: Final = str | int | float
SHOWN_LIMIT: Final = 40
WORDS: Final[Mapping[str, str]] = {
    "tuple_type": 'should be a list: ["…", "…"]',
    "too_short": "is an empty list",
    "string_type": "should be text, in quotation marks",
    "string_too_short": "is empty",
    "float_type": "should be a number",
    "model_type": "should be a section with keys of its own",
}
"""What Pydantic says in a programmer's words."""

M = TypeVar("M", bound=BaseModel)


class EditedFileError(ConfigurationError):
    """A file that cannot be used; `problems` are all that is wrong with it, each in words."""

    def __init__(self, source: Path, problems: Sequence[str], next_step: str) -> None:
        super().__init__(f"{source}: {'; '.join(problems)}", next_step=next_step)
        self.problems = tuple(problems)


@dataclass(frozen=True)
class EditedFile(Generic[M]):
    """One sort of file: its `model`, and the models of its `sections` ([approvals]) and `tables` ([[rule]]) by name."""

    model: type[M]
    next_step: str
    sections: Mapping[str, type[BaseModel]] = field(default_factory=dict)
    tables: Mapping[str, type[BaseModel]] = field(default_factory=dict)

    def text(self, path: Path) -> str:
        """What stands in the file. Raises EditedFileError."""
        try:
            return path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError as error:
            raise self.error(path, ["is not UTF-8 text"]) from error
        except OSError as error:
            raise self.error(path, [f"cannot be read: {error.strerror or error}"]) from error

    def parse(self, text: str, source: Path) -> M:
        """What the text of a file holds. Raises EditedFileError with all that is wrong."""
        try:
            return self.model.model_validate(tomllib.loads(text))
        except tomllib.TOMLDecodeError as error:
            raise self.error(source, [f"is not TOML: {error}"]) from error
        except ValidationError as error:
            raise self.error(source, list(self._problems(error))) from error

    def error(self, source: Path, problems: Sequence[str]) -> EditedFileError:
        """The refusal of a file for these problems."""
        return EditedFileError(source, problems, self.next_step)

    def _problems(self, error: ValidationError) -> Iterator[str]:
        for item in error.errors(include_url=False):
            if item["type"] != "too_short" or not item["input"]:  # else it is short of what was refused already
                yield self._problem(item)

    def _problem(self, item: ErrorDetails) -> str:
        """One thing that is wrong: where, and what."""
        location = item["loc"]
        if len(location) == 1 and location[0] in self.tables and item["type"] == "tuple_type":
            return f"every {location[0]} begins with a line [[{location[0]}]], in two brackets"
        place, key = self._place(location)
        named = f"{place}: " if place else ""
        if item["type"] == "extra_forbidden":
            return f'{named}there is no key "{key}"{self._like(key, location)}'
        if item["type"] == "missing":
            return f'{named}"{key}" is missing'
        message = _message(item)
        return f"{named}{key} {message}" if key else f"{named}{message}"

    def _place(self, location: Sequence[int | str]) -> tuple[str, str]:
        """Where a problem is, in words, and the key it is about ("" for a section as a whole)."""
        parts, places = list(location), list[str]()
        if len(parts) > 1 and parts[0] in self.tables:
            places, parts = [f"{parts[0]} {int(parts[1]) + 1}"], parts[2:]
        if parts and parts[0] in self.sections:
            places.append(str(parts.pop(0)))
        key = next((str(part) for part in parts if isinstance(part, str)), "")
        return ", ".join(places), key

    def _like(self, key: str, location: Sequence[int | str]) -> str:
        parts = {**self.sections, **self.tables}
        section = next((parts[str(part)] for part in reversed(location[:-1]) if part in parts), self.model)
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
