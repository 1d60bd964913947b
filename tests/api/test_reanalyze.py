"""`sophia reanalyze`: what would come out otherwise is found, shown, and made anew through the worker."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

import api.reanalyze
from api.intake import KIND
from api.reanalysis import Reanalysis, Redone
from api.reanalyze import NOTHING, Wish, find_stale, reanalyze
from api.terminal import BadInput
from api.wiring import Services
from core.analysis import CallAnalysis
from core.settings import Settings
from memory.inbox import DeliveryStatus
from memory.records import Records
from nodes.call_analysis.versions import Analysts
from sandbox.server import SandboxServer

FIRST, LAST = "3351298813304244839", "945901450174836796"


@pytest.fixture(autouse=True)
def _settings_of_the_test(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(api.reanalyze, "settings_with_logs", lambda: settings)
    yield


@pytest.fixture
async def analysed(services: Services) -> Services:
    """Two calls were worked on to the end."""
    for call_id in (FIRST, LAST):
        delivery, _ = await services.intake.accept(call_id, "poll")
        await services.worker.work(str(delivery.id))
    return services


async def command(*ids: str, dry_run: bool = False, as_json: bool = True, limit: int | None = None) -> int:
    return await reanalyze(since=None, call_ids=ids, dry_run=dry_run, as_json=as_json, limit=limit)


def shown(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    return told


async def analysis_of(records: Records, call_id: str) -> CallAnalysis:
    stored = await records.calls.get(call_id)
    assert stored is not None
    assert stored.analysis is not None
    return stored.analysis


async def made_otherwise(records: Records, call_id: str, **changes: Any) -> CallAnalysis:
    """Stores an analysis as an older analyst would have left it: with its first finding a candidate, and changes."""
    analysis = await analysis_of(records, call_id)
    assert analysis.provenance is not None
    older = analysis.provenance.model_copy(update={"analyst": "extractive/0"} | changes)
    items = (analysis.items[0].model_copy(update={"candidate": not analysis.items[0].candidate}), *analysis.items[2:])
    await records.calls.save_analysis(call_id, analysis.model_copy(update={"provenance": older, "items": items}))
    return analysis


async def test_with_nothing_to_do_it_says_so(analysed: Services, capsys: pytest.CaptureFixture[str]) -> None:
    for dry_run in (True, False):
        assert await command(dry_run=dry_run, as_json=False) == 0
        assert NOTHING in " ".join(capsys.readouterr().out.split())
        assert await command(dry_run=dry_run) == 0
        assert shown(capsys)["calls"] == []


async def test_a_call_is_found_with_the_reasons(analysed: Services) -> None:
    calls, analysts = analysed.records.calls, Analysts.of(analysed.context)
    await made_otherwise(analysed.records, FIRST)
    await made_otherwise(analysed.records, LAST, analyst="extractive/1", input_hash="other")
    wanted = (await analysis_of(analysed.records, LAST)).provenance
    found = {stale.call_id: stale.reasons for stale in await find_stale(calls, analysts, Wish())}
    assert wanted is not None
    assert found[FIRST] == ("analyst",)
    assert "input" in found[LAST]
    assert len(await find_stale(calls, analysts, Wish(limit=1))) == 1
    assert [stale.call_id for stale in await find_stale(calls, analysts, Wish(call_ids=(LAST,)))] == [LAST]
    with pytest.raises(BadInput, match="no call is known by 7"):
        await find_stale(calls, analysts, Wish(call_ids=("7", LAST)))


async def test_a_dry_run_shows_the_difference_and_stores_and_asks_nothing(
    analysed: Services, sandbox: SandboxServer, capsys: pytest.CaptureFixture[str]
) -> None:
    await made_otherwise(analysed.records, FIRST)
    before, asked = await analysis_of(analysed.records, FIRST), sandbox.frame.requests.report()
    assert await command(dry_run=True) == 0
    (call,) = shown(capsys)["calls"]
    assert (call["call_id"], call["reasons"]) == (FIRST, ["analyst"])
    assert {"promoted", "demoted"} & {item["change"] for item in call["difference"]["items"]}
    assert "added" in {item["change"] for item in call["difference"]["items"]}
    assert "the note of the call" in call["writes"]
    assert await command(dry_run=True, as_json=False) == 0
    assert "Nothing was stored." in capsys.readouterr().out
    assert await analysis_of(analysed.records, FIRST) == before
    assert sandbox.frame.requests.report() == asked


async def test_made_anew_the_call_goes_through_the_worker_and_nothing_is_there_twice(
    analysed: Services, made: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    first = made()
    wanted = await made_otherwise(analysed.records, FIRST)
    assert await command() == 0
    told = shown(capsys)
    assert [(call["call_id"], call["result"]) for call in told["calls"]] == [(FIRST, "done")]
    assert (told["left"], told["stopped"]) == (0, None)
    assert await analysis_of(analysed.records, FIRST) == wanted
    assert not made().twice
    assert set(made().records) == set(first.records)
    assert await command() == 0
    assert shown(capsys)["calls"] == []


async def test_a_limit_leaves_the_rest_to_the_next_run(analysed: Services, capsys: pytest.CaptureFixture[str]) -> None:
    for call_id in (FIRST, LAST):
        await made_otherwise(analysed.records, call_id)
    done = []
    for _ in range(3):
        assert await command(limit=1) == 0
        done += [call["call_id"] for call in shown(capsys)["calls"]]
    assert sorted(done) == sorted([FIRST, LAST])


async def test_a_run_that_was_stopped_in_the_middle_of_a_call_is_ended_first(analysed: Services) -> None:
    await made_otherwise(analysed.records, FIRST)
    await analysed.intake.accept_again([FIRST], "reanalyze", "it is analysed anew")
    told: list[Redone] = []
    reanalysis = Reanalysis(analysed, None, told.append)
    assert await reanalysis.end_what_was_begun() == 1
    stands = await analysed.records.inbox.get(KIND, FIRST)
    assert stands is not None
    assert stands.status is DeliveryStatus.DONE
    assert await find_stale(analysed.records.calls, Analysts.of(analysed.context), Wish()) == []


async def test_a_call_that_another_is_at_is_told_as_such(
    analysed: Services, capsys: pytest.CaptureFixture[str]
) -> None:
    await made_otherwise(analysed.records, FIRST)
    delivery = await analysed.records.inbox.get(KIND, FIRST)
    assert delivery is not None
    await analysed.records.inbox.park(delivery.id, "refused")
    assert await command() == 1
    (call,) = shown(capsys)["calls"]
    assert call["result"] == "busy"
