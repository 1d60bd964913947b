"""`sophia reanalyze`: analyses that another analyst, model, prompt or transcript would make otherwise, made anew."""

import json
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Final

from api.backfill import parse_since
from api.improve import asking
from api.logs import settings_with_logs
from api.model import open_model
from api.reanalysis import Previewed, Reanalysis, Redone, Stale, preview, stale_calls
from api.reanalyze_shown import preview_tables, redone_table
from api.storage import open_records
from api.terminal import BadInput, notices, progress, results
from api.wiring import open_services
from core.analysis import Frozen
from core.clock import clock_at
from core.metrics import Metrics
from core.settings import Settings
from memory.calls import CallStore
from memory.records import Records
from nodes.call_analysis.extractive import ExtractiveAnalyst
from nodes.call_analysis.versions import Analysts

NOTHING: Final = "Nothing to do: every analysis is what these analysts, model and prompt make of the call as it is now."
FAILED: Final = 1
SETTLED: Final = ("done", "left")
"""Results that another try would not change."""


class Wish(Frozen):
    """Which calls were asked for: all, those since a moment, or these; at most `limit` of them."""

    since: datetime | None = None
    call_ids: tuple[str, ...] = ()
    limit: int | None = None


async def reanalyze(
    *, since: str | None, call_ids: Sequence[str], dry_run: bool, as_json: bool, limit: int | None
) -> int:
    """The command. Returns 1 when not all that was asked for could be done; it may be given again then."""
    settings = settings_with_logs()
    begin = parse_since(since, clock_at(settings.fixed_clock).now()) if since else None
    wish = Wish(since=begin, call_ids=tuple(dict.fromkeys(call_ids)), limit=limit)
    if dry_run:
        return await _show_difference(settings, wish, as_json=as_json)
    return await _make_anew(settings, wish, as_json=as_json)


async def find_stale(calls: CallStore, analysts: Analysts, wish: Wish) -> list[Stale]:
    """What is to be made anew, in the order the calls began; raises BadInput for an id that no call has."""
    ids = await calls.analysed_ids(wish.since)
    if wish.call_ids:
        await _refuse_unknown(calls, wish.call_ids)
        ids = [call_id for call_id in ids if call_id in set(wish.call_ids)]
    found: list[Stale] = []
    async for stale in stale_calls(calls, analysts, ids):
        found.append(stale)
        if len(found) == wish.limit:
            break
    return found


async def _refuse_unknown(calls: CallStore, ids: Sequence[str]) -> None:
    known = {stored.call.id async for page in calls.pages(ids) for stored in page}
    if unknown := [call_id for call_id in ids if call_id not in known]:
        raise BadInput(
            f"no call is known by {', '.join(unknown)}", next_step="`sophia analyze CALL_ID` works on a new one."
        )


async def _show_difference(settings: Settings, wish: Wish, *, as_json: bool) -> int:
    """Prints what would be otherwise; needs neither Gong nor HubSpot nor Slack, and stores nothing."""
    previewed: list[Previewed] = []
    async with _open_for_looking(settings) as (records, analysts):
        stale = await find_stale(records.calls, analysts, wish)
        with progress(notices()) as bar:
            for each in bar.track(stale, description="Analysing anew"):
                previewed.append(await preview(records.calls, analysts, each))
    if as_json:
        _write({"dry_run": True, "calls": [_flat(each) for each in previewed]})
    elif not previewed:
        results().print(NOTHING)
    else:
        for part in preview_tables(previewed):
            results().print(part)
    return 0


@asynccontextmanager
async def _open_for_looking(settings: Settings) -> AsyncIterator[tuple[Records, Analysts]]:
    async with open_model(settings, Metrics()) as model, open_records(settings) as records:
        yield records, Analysts(ExtractiveAnalyst(), model.analyst if model else None)


async def _make_anew(settings: Settings, wish: Wish, *, as_json: bool) -> int:
    """Does it, and prints what became of each call and what is left."""
    redone: list[Redone] = []
    async with open_services(settings) as services:
        answers = asking(services.model.pool) if services.model else None
        with progress(notices()) as bar:
            task = bar.add_task("Analysing anew", total=None)

            def tell(each: Redone) -> None:
                redone.append(each)
                bar.advance(task)

            reanalysis = Reanalysis(services, answers, tell)
            ended = await reanalysis.end_what_was_begun()
            stale = await find_stale(services.records.calls, Analysts.of(services.context), wish)
            bar.update(task, total=len(stale))
            stopped = await reanalysis.run(stale)
    left = len(stale) - len(redone)
    if as_json:
        _write({"dry_run": False, "calls": [_flat(each) for each in redone], "left": left, "stopped": stopped})
    else:
        _tell_a_person(redone, ended, left, stopped)
    return FAILED if stopped or any(each.result not in SETTLED for each in redone) else 0


def _tell_a_person(redone: Sequence[Redone], ended: int, left: int, stopped: str | None) -> None:
    if ended:
        results().print(f"{ended} calls that a former run had begun were ended.")
    if not redone and not ended:
        results().print(NOTHING)
    elif redone:
        results().print(redone_table(redone))
    if stopped:
        notices().print(f"Stopped with {left} calls left: {stopped}", markup=False)
        notices().print("Next: give the command again when the model is back; `sophia model check` says how it is.")


def _flat(each: Previewed | Redone) -> dict[str, Any]:
    """What is said of a call as one object for programs."""
    told: dict[str, Any] = each.stale.model_dump(mode="json")
    return told | each.model_dump(mode="json", exclude={"stale"})


def _write(told: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(told, indent=2, ensure_ascii=False) + "\n")
