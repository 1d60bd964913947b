"""Reads a policy file: the owner's, or the one that comes with Sophia."""

from functools import cache
from pathlib import Path
from typing import Final

from core.edited_file import EditedFile, EditedFileError
from nodes.policy.deciding import Policy
from nodes.policy.rules import ApprovalRules, Conditions, PolicyFile, Rule

DEFAULT_FILE = Path(__file__).with_name("default.toml")

PolicyFileError = EditedFileError
"""A policy file that cannot be used; `problems` are all that is wrong with it, each in words."""

_FILE: Final = EditedFile(
    PolicyFile,
    next_step="Correct the file and run `sophia policy check`; docs/policy.md explains every key.",
    sections={"approvals": ApprovalRules, "when": Conditions},
    tables={"rule": Rule},
)


def load_policy(path: Path | None) -> Policy:
    """The policy of this file, or the one that comes with Sophia. Raises PolicyFileError, a ConfigurationError."""
    return default_policy() if path is None else parse_policy(_FILE.text(path), path)


@cache
def default_policy() -> Policy:
    """The policy that comes with Sophia."""
    return Policy(_FILE.parse(_FILE.text(DEFAULT_FILE), DEFAULT_FILE))


def parse_policy(text: str, source: Path) -> Policy:
    """The policy that this text of a file holds."""
    return Policy(_FILE.parse(text, source), source)
