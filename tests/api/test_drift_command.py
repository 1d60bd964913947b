"""`sophia drift` says what differs, with both values and by whom, and `sophia doctor` how changes are heard of."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

import api.drift
from api.checks import local_checks
from api.drift import show_drift
from api.storage import open_records
from core.settings import Settings, load_settings
from memory.business_context import KnownRecord
from memory.drift import WHOLE_RECORD, Drift
from memory.records import Records

NOW = datetime(2026, 3, 10, 18, tzinfo=UTC)


@pytest.fixture
async def standing(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Records]:
    """The records that the command will read."""
    settings = load_settings(data_dir=tmp_path)
    monkeypatch.setattr(api.drift, "settings_with_logs", lambda: settings)
    async with open_records(settings) as records:
        yield records


def differs(**about: Any) -> Drift:
    drift = {"effect_key": "0123456789abcdef", "object_type": "deals", "object_id": "301", "field": "sophia_risk"}
    values = {"written": "They are [worried] about the price", "found": None, "source": "CRM_UI", "noticed_at": NOW}
    return Drift.model_validate(drift | values | about)


async def test_a_table_names_record_field_both_values_source_and_effect(
    standing: Records, capsys: pytest.CaptureFixture[str]
) -> None:
    deal = KnownRecord(object_type="deals", object_id="301", name="Acme rollout", read_at=NOW)
    await standing.business_context.keep([deal])
    await standing.drifts.notice([differs()])
    await show_drift(as_json=False)
    shown = " ".join(capsys.readouterr().out.split())
    for part in ("Acme rollout", "Risk from calls", "[worried]", "nothing", "CRM_UI", "2026-03-10 18:00", "01234567"):
        assert part in shown


async def test_json_has_everything_whole(standing: Records, capsys: pytest.CaptureFixture[str]) -> None:
    note = differs(
        effect_key="n", object_type="notes", object_id="9", field=WHOLE_RECORD, written="A note", source=None
    )
    await standing.drifts.notice([differs(found="None at all"), note])
    await show_drift(as_json=True)
    first, second = json.loads(capsys.readouterr().out)["drift"]
    assert first == {
        "record": "deals/301",
        "record_name": None,
        "field": "sophia_risk",
        "label": "Risk from calls",
        "written": "They are [worried] about the price",
        "found": "None at all",
        "deleted": False,
        "source": "CRM_UI",
        "noticed_at": "2026-03-10T18:00:00Z",
        "effect": "0123456789abcdef",
    }
    assert (second["record"], second["deleted"]) == ("notes/9", True)


async def test_a_deleted_note_is_said_to_be_deleted(standing: Records, capsys: pytest.CaptureFixture[str]) -> None:
    body = "<p><b>Acme</b> wants more.</p>"
    await standing.drifts.notice([differs(object_type="notes", object_id="9", field=WHOLE_RECORD, written=body)])
    await show_drift(as_json=False)
    shown = capsys.readouterr().out
    assert "a note" in shown
    assert "deleted" in shown
    assert "<p>" not in shown


async def test_what_agrees_again_is_not_shown(standing: Records, capsys: pytest.CaptureFixture[str]) -> None:
    await standing.drifts.notice([differs()])
    await standing.drifts.close([differs().effect_key])
    await show_drift(as_json=False)
    assert capsys.readouterr().out == "HubSpot holds what Sophia wrote.\n"


WEBHOOK = {"hubspot_client_secret": "a-secret", "hubspot_webhook_url": "https://sophia.example/webhooks/hubspot"}


@pytest.mark.parametrize(
    ("given", "state", "said"),
    [
        ({}, "ok", "looked for every 15 min; no webhook is set up"),
        (WEBHOOK, "ok", "told by webhook, and looked for every 15 min"),
        ({**WEBHOOK, "hubspot_poll_minutes": 0}, "ok", "told by webhook"),
        ({"hubspot_poll_minutes": 0}, "warn", "nobody tells of them and nobody looks"),
    ],
)
async def test_the_doctor_says_how_changes_are_heard_of(
    tmp_path: Any, given: dict[str, Any], state: str, said: str
) -> None:
    settings: Settings = load_settings(data_dir=tmp_path, **given)
    checks = {check.name: check async for check in local_checks(settings)}
    assert (checks["HubSpot changes"].state, checks["HubSpot changes"].detail) == (state, said)
