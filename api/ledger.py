"""`sophia ledger`: what Sophia did and meant to do on the outside, with the keys by which it is taken back."""

import json
import sys
from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from api.logs import settings_with_logs
from api.storage import open_records
from api.terminal import notices, results
from memory.ledger import Effect
from nodes.showing import shorten
from nodes.undo.cases import subject

LATEST = 50
"""Effects that are shown without a call: about the last five calls."""

KEY = 8
"""Digits of a key that are shown: one in 400,000 effects shares them with another."""

CELL = 60
FORM = "%Y-%m-%d %H:%M"


async def show_ledger(call_id: str | None, *, as_json: bool) -> None:
    """The command: the effects of a call, or the latest of all; the last one comes last."""
    async with open_records(settings_with_logs()) as records:
        ledger = records.ledger
        effects = await (ledger.of_call(call_id) if call_id is not None else ledger.latest(LATEST))
        known = sum((await ledger.counts()).values())
    if as_json:
        told = [effect.model_dump(mode="json") for effect in effects]
        sys.stdout.write(json.dumps(told, indent=2, ensure_ascii=False) + "\n")
        return
    results().print(_table(effects) if effects else Text("Nothing was done."))
    if call_id is None and known > len(effects):
        notices().print(f"The latest {len(effects)} of {known}; give a call's id to see all of that call.")


def _table(effects: Sequence[Effect]) -> Table:
    table = Table("effect", "when", "call", "what", "before → after", "state", "why", highlight=False)
    for effect in effects:
        when = f"{effect.created_at:{FORM}}" if effect.created_at else ""
        change = (
            f"{_short(effect.before)} → {_short(effect.after)}" if effect.action == "update" else _short(effect.after)
        )
        cells = (
            effect.key[:KEY],
            when,
            effect.call_id,
            _what(effect),
            change,
            effect.status.value,
            effect.reason or "",
        )
        table.add_row(*map(Text, cells))
    return table


def _what(effect: Effect) -> str:
    """What an effect is about, and whether a person ordered it."""
    by = f", by {effect.asked_by}" if effect.asked_by else ""
    taken_back = f" (takes back {effect.undoes[:KEY]}{by})" if effect.undoes else by
    return f"{subject(effect)}{taken_back}"


def _short(value: str | None) -> str:
    return shorten(" ".join((value or "").split()), CELL) or "nothing"
