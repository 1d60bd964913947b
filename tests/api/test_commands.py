"""Setup, doctor, inbox and analyze against the sandbox: what they say, and that looking changes nothing."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import make_url
from structlog.testing import capture_logs

import api.analyze
import api.doctor
import api.inbox
import api.setup
from api.analyze import analyze_call, analyze_file
from api.checks import Check, local_checks
from api.doctor import show
from api.inbox import show_inbox
from api.intake import KIND
from api.live_checks import live_checks
from api.setup import set_up
from api.storage import open_records
from api.terminal import BadInput
from api.wiring import Services
from core.clock import FixedClock
from core.settings import Settings
from memory.inbox import DeliveryStatus
from memory.ledger import Effect, Ledger
from sandbox.server import SandboxServer
from tests.servers import PostgresServer

CALL = "3351298813304244839"
UNPLACED = "4774058834931208838"


@pytest.fixture(autouse=True)
def _settings_of_the_test(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The commands read the test's settings and leave the logs of the test run alone."""
    for module in (api.analyze, api.doctor, api.inbox, api.setup):
        monkeypatch.setattr(module, "settings_with_logs", lambda: settings)
    yield


def states(checks: list[Check]) -> dict[str, str]:
    return {check.name: check.state for check in checks}


async def test_setup_makes_what_is_missing_once(capsys: pytest.CaptureFixture[str]) -> None:
    await set_up()
    assert "contacts: made last_call_date, last_call_sentiment, last_call_summary" in capsys.readouterr().out
    await set_up()
    assert capsys.readouterr().out.count("nothing was missing") == 4


async def test_a_machine_that_is_set_up_passes_every_local_check(settings: Settings) -> None:
    checks = [check async for check in local_checks(settings)]
    wrong = {check.name for check in checks if check.state != "ok"}
    assert wrong == {"Settings"}  # the sandbox's speed, which nobody should use on real accounts
    assert show(checks) == 0


async def test_a_machine_where_nothing_is_set_up_is_told_all_of_it(tmp_path: Path) -> None:
    nothing = Settings(data_dir=tmp_path / "state")
    checks = [check async for check in local_checks(nothing)]
    found = states(checks)
    assert {name for name, state in found.items() if state == "fail"} == {
        "Gong settings",
        "HubSpot settings",
        "Slack settings",
    }
    assert (found["Gong webhook"], found["Slack channel"], found["Model data"]) == ("warn", "warn", "ok")
    assert all(check.next_step for check in checks if check.state != "ok")
    assert show(checks) == 1


async def test_a_half_set_up_webhook_is_a_failure(settings: Settings) -> None:
    half = settings.model_copy(update={"gong_webhook_url": None})
    assert states([check async for check in local_checks(half)])["Gong webhook"] == "fail"


@pytest.mark.parametrize(
    ("changed", "state", "told"),
    [
        ({}, "ok", "big at 127.0.0.1:1"),
        ({"model_context": 2048}, "fail", "too small"),
        ({"model_call_seconds": 3600}, "warn", "given up after 480 s"),
        ({"model_call_seconds": 3600, "stuck_after_minutes": 75}, "ok", "big"),
    ],
)
async def test_the_doctor_tells_of_a_model_that_can_do_nothing_as_it_is_set_up(
    settings: Settings, changed: dict[str, Any], state: str, told: str
) -> None:
    named = {"model_urls": "http://127.0.0.1:1/v1", "model_name": "big"}
    [check] = [
        check async for check in local_checks(settings.model_copy(update=named | changed)) if check.name == "Model"
    ]
    assert check.state == state
    assert told in check.detail
    assert state == "ok" or "SOPHIA_" in str(check.next_step)


async def test_a_database_nobody_can_open_is_a_failure(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    wrong = settings.model_copy(update={"data_dir": tmp_path / "file"})
    assert states([check async for check in local_checks(wrong)])["Database"] == "fail"


async def test_the_database_in_use_is_named_without_its_secrets(
    settings: Settings, postgres_server: PostgresServer
) -> None:
    with_password = make_url(postgres_server.new_database()).set(password="hunter22")
    for address, shown in (
        (None, f"SQLite in {settings.data_dir / 'sophia.db'}"),
        (with_password.render_as_string(hide_password=False), f"PostgreSQL {with_password.database} at 127.0.0.1"),
        ("postgresql://sophia:hunter22@127.0.0.1:1/sophia", "127.0.0.1:1/sophia cannot be opened"),
    ):
        used = settings.model_copy(update={"database_url": address})
        [check] = [check async for check in local_checks(used) if check.name == "Database"]
        assert shown in check.detail
        assert "hunter22" not in str(check)


async def test_live_checks_only_read(settings: Settings, sandbox: SandboxServer) -> None:
    before = sandbox.frame.store.tables()
    found = states(await live_checks(settings))
    assert sandbox.frame.store.tables() == before
    assert {name.partition(":")[0] for name in found} == {"Gong", "HubSpot", "Slack"}
    assert [name for name, state in found.items() if state != "ok"] == ["HubSpot: properties"]
    await set_up()
    assert set(states(await live_checks(settings)).values()) == {"ok"}


async def test_a_scope_that_is_missing_is_named(settings: Settings, sandbox: SandboxServer) -> None:
    sandbox.frame.scopes.withhold("hubspot", ["crm.objects.deals.read"])
    wrong = [check for check in await live_checks(settings) if check.state == "fail"]
    assert "HubSpot: read deals" in {check.name for check in wrong}
    assert all(check.next_step for check in wrong)


async def test_a_service_out_of_reach_does_not_hide_the_others(settings: Settings) -> None:
    away = settings.model_copy(update={"gong_access_key_secret": SecretStr("wrong")})
    found = states(await live_checks(away))
    assert {state for name, state in found.items() if name.startswith("Gong")} == {"fail"}
    assert found["HubSpot: account"] == "ok"


async def test_the_doctor_tells_of_effects_that_were_begun_and_never_ended(settings: Settings) -> None:
    begun = Effect(key="k", call_id="1", agent="a", service="hubspot", action="create", object_type="notes")
    two_hours_ago = FixedClock(datetime.now(UTC) - timedelta(hours=2))
    async with open_records(settings) as records:
        await Ledger(records.ledger._database, two_hours_ago).plan([begun])
    found = {check.name: check async for check in local_checks(settings)}
    assert found["Database"].state == "warn"
    assert "1 effects were begun over an hour ago" in found["Database"].detail


async def test_the_inbox_shows_what_waits_and_why(services: Services, capsys: pytest.CaptureFixture[str]) -> None:
    inbox = services.records.inbox
    await show_inbox(retry=False)
    assert "Nothing waits." in capsys.readouterr().out
    for key, reason in (("11", "HubSpot: [red]does not answer"), ("22", "refused")):
        delivery, _ = await inbox.accept(KIND, key, {}, "poll")
        await (inbox.wait(delivery.id, timedelta(hours=1), reason) if key == "11" else inbox.park(delivery.id, reason))
    await show_inbox(retry=False)
    shown = capsys.readouterr().out
    assert "HubSpot: [red]does not answer" in shown
    assert "parked" in shown


async def test_retry_makes_them_due_and_spares_what_is_worked_on(
    services: Services, capsys: pytest.CaptureFixture[str]
) -> None:
    inbox = services.records.inbox
    parked, _ = await inbox.accept(KIND, "1", {}, "poll")
    running, _ = await inbox.accept(KIND, "2", {}, "poll")
    await inbox.park(parked.id, "refused")
    await inbox.claim(running.id, "another", timedelta(hours=1))
    await show_inbox(retry=True)
    again = await inbox.get(KIND, "1")
    assert again is not None
    assert again.status is DeliveryStatus.RECEIVED
    assert "1 of 2 deliveries are due now" in capsys.readouterr().out


async def test_one_call_is_worked_on_to_the_end_and_then_only_shown(
    sandbox: SandboxServer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await analyze_call(CALL, as_json=True) == 0
    first, asked = capsys.readouterr(), sandbox.frame.requests.report()
    assert await analyze_call(CALL, as_json=True) == 0
    second = capsys.readouterr()
    assert first.out == second.out
    assert "analysed" in second.err
    assert sandbox.frame.requests.report() == asked


async def test_a_call_nobody_can_place_is_analysed_all_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    assert await analyze_call(UNPLACED, as_json=False) == 0
    assert "unresolved" in capsys.readouterr().err


async def test_a_call_that_gong_does_not_know_ends_with_a_failure(capsys: pytest.CaptureFixture[str]) -> None:
    with capture_logs():
        assert await analyze_call("1", as_json=True) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert "Gong knows no call with this id" in told.err


async def test_a_parked_call_is_tried_again_when_it_is_asked_for(services: Services) -> None:
    delivery, _ = await services.records.inbox.accept(KIND, CALL, {}, "poll")
    await services.records.inbox.park(delivery.id, "refused")
    assert await analyze_call(CALL, as_json=True) == 0


@pytest.mark.parametrize(
    ("content", "wrong"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b"[]", "extensive is missing"),
        (b"{}", "extensive is missing"),
        (b'{"extensive": {}}', "metaData.id is missing"),
        (b'{"extensive": {"metaData": {"id": "1"}}, "transcript": []}', "transcript is not an object"),
        (b'{"extensive": {"metaData": {"id": "1", "started": "yesterday"}}}', "started"),
    ],
)
async def test_a_file_that_is_no_call_is_named_with_what_is_wrong(tmp_path: Path, content: bytes, wrong: str) -> None:
    file = tmp_path / "call.json"
    file.write_bytes(content)
    with pytest.raises(BadInput) as refused:
        await analyze_file(str(file), as_json=True)
    assert str(refused.value).startswith(f"{file}: ")
    assert wrong in str(refused.value)


@pytest.mark.parametrize("name", ["missing.json", "."])
async def test_a_file_that_cannot_be_read_is_named(name: str) -> None:
    with pytest.raises(BadInput) as refused:
        await analyze_file(name, as_json=True)
    assert str(refused.value).startswith(f"{name}: ")


@pytest.mark.parametrize(
    "transcript", ["", ', "transcript": null', ', "transcript": {"callId": "1", "transcript": []}']
)
async def test_a_call_without_words_gives_an_analysis_without_findings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], transcript: str
) -> None:
    file = tmp_path / "call.json"
    file.write_text('{"extensive": {"metaData": {"id": "1"}, "parties": null}' + transcript + "}")
    await analyze_file(str(file), as_json=True)
    assert '"items": []' in capsys.readouterr().out
