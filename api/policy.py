"""`sophia policy check`, `show`, `schema` and `init`: what the owner's rules amount to, and a file to edit."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.table import Table
from rich.text import Text

from api.logs import settings_with_logs
from api.own_file import begin_own_file
from api.policy_file import NAME, policy_path
from api.terminal import WRONG_USE, notices, results
from graphs.registry import AGENTS
from nodes.policy.deciding import Policy
from nodes.policy.loading import DEFAULT_FILE, PolicyFileError, load_policy
from nodes.policy.outline import Line, Possibility, idle_rules, outline
from nodes.policy.rules import ANY, PolicyFile

BUNDLED = "the rules that come with Sophia"


async def check_policy(file: Path | None, *, as_json: bool) -> int | None:
    """The command: says what a policy amounts to, or what is wrong with it; the one in force when no file is given."""
    path = file or policy_path(settings_with_logs())
    try:
        policy = load_policy(path)
    except PolicyFileError as error:
        if not as_json:
            raise
        _print_json({"file": str(path), "valid": False, "problems": error.problems})
        return WRONG_USE
    warnings = [*warnings_of(policy)]
    if as_json:
        _print_json(
            {
                "file": str(path) if path else None,
                "valid": True,
                "rules": len(policy.file.rule),
                "decisions": [_as_json(line) for line in outline(policy)],
                "warnings": warnings,
            }
        )
        return None
    results().print(Text(f"{path or BUNDLED}: nothing wrong, rules: {len(policy.file.rule)}"), soft_wrap=True)
    results().print(_table(outline(policy)))
    for warning in warnings:
        notices().print(Text(f"Warning: {warning}", style="yellow"), soft_wrap=True)
    return None


async def show_policy() -> None:
    """The command: prints the file in force, and on stderr where it is from."""
    path = policy_path(settings_with_logs())
    load_policy(path)
    notices().print(Text(f"In force: {path or BUNDLED}"), soft_wrap=True)
    sys.stdout.write((path or DEFAULT_FILE).read_text(encoding="utf-8-sig"))


async def show_schema() -> None:
    """The command: prints the JSON Schema of a policy file, for an editor that knows TOML."""
    about = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    _print_json(about | PolicyFile.model_json_schema())


async def start_policy() -> None:
    """The command: puts the rules that come with Sophia into the data folder, to be edited; never over a file."""
    settings = settings_with_logs()
    begin_own_file(settings.data_dir / NAME, DEFAULT_FILE, "sophia policy check")
    if settings.policy_file is not None:
        notices().print(Text(f"SOPHIA_POLICY_FILE names {settings.policy_file}: that one is in force."), soft_wrap=True)


def warnings_of(policy: Policy) -> Sequence[str]:
    """What is not wrong in a policy but hardly meant."""
    said = [f"rule {number} can never match: {reason}" for number, reason in idle_rules(policy).items()]
    for number, rule in enumerate(policy.file.rule, start=1):
        strangers = sorted(set(rule.agents or ()) - {*AGENTS, ANY})
        said += [f"rule {number} names an agent that Sophia does not have: {name}" for name in strangers]
    if not policy.file.rule:
        said.append("there is no rule, so everything is denied")
    return said


def _table(lines: Sequence[Line]) -> Table:
    table = Table("objects", "action", "fields", "decision", highlight=False)
    for line in lines:
        said = ", else ".join(_words(possible) for possible in line.possibilities)
        table.add_row(*map(Text, (", ".join(line.objects), line.action, ", ".join(line.fields), said)))
    return table


def _words(possible: Possibility) -> str:
    by = f"rule {possible.rule}" if possible.rule else "no rule"
    only = f" if {' and '.join(possible.limits)}" if possible.limits else ""
    return f"{possible.decision}{only} ({by})"


def _as_json(line: Line) -> dict[str, object]:
    outcomes = [
        {"decision": possible.decision, "rule": possible.rule, "only": possible.limits}
        for possible in line.possibilities
    ]
    return {"objects": line.objects, "action": line.action, "fields": line.fields, "outcomes": outcomes}


def _print_json(value: object) -> None:
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False) + "\n")
