"""`sophia ledger` and `sophia undo` as a person uses them: what is shown, what is taken back, what the command says."""

import json
from typing import Any

import pytest

import api.ledger
import api.undo
from api.ledger import show_ledger
from api.terminal import BadInput
from api.undo import undo
from api.wiring import Services, open_services
from core.errors import NotUsable
from core.settings import Settings
from memory.inbox import DeliveryStatus
from memory.ledger import EffectStatus
from sandbox.faults import Fault
from sandbox.server import SandboxServer

CALL = "3351298813304244839"
Json = dict[str, Any]


@pytest.fixture
def worked_on() -> tuple[str, ...]:
    return (CALL,)


@pytest.fixture(autouse=True)
def _settings_of_the_test(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (api.ledger, api.undo):
        monkeypatch.setattr(module, "settings_with_logs", lambda: settings)


async def listed(capsys: pytest.CaptureFixture[str], call_id: str | None = CALL) -> list[Json]:
    await show_ledger(call_id, as_json=True)
    effects: list[Json] = json.loads(capsys.readouterr().out)
    return effects


async def undone(capsys: pytest.CaptureFixture[str], target: str = CALL, *, dry_run: bool = False) -> tuple[int, Json]:
    code = await undo(target, dry_run=dry_run, yes=True, as_json=True)
    return code, json.loads(capsys.readouterr().out)


def left_in(sandbox: SandboxServer) -> list[str]:
    """Notes and tasks that carry Sophia's key, and are not archived."""
    tables = (sandbox.frame.store.table(f"hubspot.{type}") for type in ("notes", "tasks"))
    made = [one for table in tables for one in table.values() if one["properties"].get("sophia_key")]
    return [record["id"] for record in made if not record["archived"]]


async def test_the_ledger_lists_what_was_done_with_its_keys(capsys: pytest.CaptureFixture[str]) -> None:
    effects = await listed(capsys)
    assert {effect["call_id"] for effect in effects} == {CALL}
    assert await listed(capsys, None) == effects
    assert await listed(capsys, "123") == []
    await show_ledger(CALL, as_json=False)
    shown = capsys.readouterr().out
    assert all(effect["key"][:8] in shown for effect in effects)
    assert "sophia_next_step of deal" in shown and "confirmed" in shown


async def test_a_call_is_taken_back_and_the_ledger_shows_both(
    capsys: pytest.CaptureFixture[str], sandbox: SandboxServer
) -> None:
    assert left_in(sandbox)
    code, report = await undone(capsys)
    assert (code, report["status"]) == (0, "done")
    assert {item["outcome"] for item in report["items"]} == {"undone", "stays"}
    assert left_in(sandbox) == []
    done = {effect["key"]: effect for effect in await listed(capsys)}
    undos = [effect for effect in done.values() if effect["undoes"]]
    assert undos
    assert {done[effect["undoes"]]["status"] for effect in undos} == {EffectStatus.UNDONE}
    await show_ledger(CALL, as_json=False)
    assert "(takes back" in capsys.readouterr().out


async def test_a_dry_run_shows_it_and_changes_nothing(
    capsys: pytest.CaptureFixture[str], sandbox: SandboxServer
) -> None:
    before, effects = left_in(sandbox), await listed(capsys)
    code, report = await undone(capsys, dry_run=True)
    assert (code, report["dry_run"]) == (0, True)
    assert (left_in(sandbox), await listed(capsys)) == (before, effects)
    await undo(CALL, dry_run=True, yes=False, as_json=False)
    shown = capsys.readouterr().out
    assert "will be taken back" in shown and "nothing was changed" in shown


async def test_one_effect_is_taken_back_by_the_beginning_of_its_key(capsys: pytest.CaptureFixture[str]) -> None:
    note = next(effect for effect in await listed(capsys) if effect["object_type"] == "notes")
    code, report = await undone(capsys, note["key"][:8])
    assert (code, [item["key"] for item in report["items"]]) == (0, [note["key"]])


async def test_what_was_left_is_told_and_the_command_fails(
    capsys: pytest.CaptureFixture[str], sandbox: SandboxServer
) -> None:
    table: Any = sandbox.frame.store.table("hubspot.notes")
    id = next(id for id, note in table.items() if note["properties"].get("sophia_key"))
    table[id] = {**table[id], "properties": {**table[id]["properties"], "hs_note_body": "Mine now"}}
    assert await undo(CALL, dry_run=False, yes=True, as_json=False) == 1
    shown = " ".join(capsys.readouterr().out.split())
    assert "a person has worked on it since: its text was edited" in shown
    assert "left as it is" in shown


async def test_while_hubspot_is_away_the_order_is_kept_and_carried_out_later(
    capsys: pytest.CaptureFixture[str], sandbox: SandboxServer, settings: Settings
) -> None:
    sandbox.frame.faults.add(Fault(service="hubspot", kind="server_error", times=None))
    assert await undo(CALL, dry_run=False, yes=True, as_json=False) == 1
    assert "The order is kept" in " ".join(capsys.readouterr().err.split())
    assert left_in(sandbox)
    sandbox.frame.faults.clear()
    async with open_services(settings) as services:
        (order,) = [one for one in await services.records.inbox.unfinished() if one.kind == "undo"]
        await services.intake.retry(order)
        await services.jobs.run_until_idle()
        assert await status_of(services, order.key) is DeliveryStatus.DONE
    assert left_in(sandbox) == []


async def status_of(services: Services, key: str) -> DeliveryStatus | None:
    delivery = await services.records.inbox.get("undo", key)
    return delivery.status if delivery else None


async def test_where_nobody_can_say_yes_nothing_is_done(
    capsys: pytest.CaptureFixture[str], sandbox: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    with pytest.raises(BadInput, match="nobody is here to say yes"):
        await undo(CALL, dry_run=False, yes=False, as_json=False)
    assert left_in(sandbox)


@pytest.mark.parametrize("yes", [True, False], ids=["yes", "no"])
async def test_a_person_sees_what_will_come_of_it_and_is_asked(
    capsys: pytest.CaptureFixture[str], sandbox: SandboxServer, monkeypatch: pytest.MonkeyPatch, yes: bool
) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("typer.confirm", lambda *_question, **_options: yes)
    assert await undo(CALL, dry_run=False, yes=False, as_json=False) == (0 if yes else 1)
    assert "will be taken back" in capsys.readouterr().err
    assert bool(left_in(sandbox)) is not yes


async def test_what_names_nothing_is_refused_in_words() -> None:
    with pytest.raises(NotUsable, match="is no call for which anything was done"):
        await undo("424242", dry_run=False, yes=True, as_json=False)


async def test_a_dry_run_says_what_would_be_and_changes_nothing(
    sandbox: SandboxServer, capsys: pytest.CaptureFixture[str]
) -> None:
    before = left_in(sandbox)
    assert await undo(CALL, dry_run=True, yes=False, as_json=False) == 0
    shown = capsys.readouterr().out
    assert "Dry run, nothing was changed. It would be: " in shown
    assert "will be taken back" in shown
    assert left_in(sandbox) == before
