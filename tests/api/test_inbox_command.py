"""`sophia inbox` shows every kind of work that waits, where it stands and why, and gives it another try."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

import api.inbox
from api.inbox import show_inbox
from api.intake import KIND
from api.terminal import BadInput
from core.settings import Settings
from memory.inbox import DeliveryStatus, Progress
from memory.ledger import Effect, EffectStatus
from memory.records import Records


@pytest.fixture
def own(records: Records, database: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Records]:
    """The records that the command looks at."""
    settings = Settings(data_dir=tmp_path / "state", stuck_after_minutes=1)
    monkeypatch.setattr(api.inbox, "settings_with_logs", lambda: settings)
    yield records


async def accepted(records: Records, key: str, kind: str = KIND) -> int:
    return (await records.inbox.accept(kind, key, {}, "poll"))[0].id


async def shown(capsys: pytest.CaptureFixture[str], *which: str) -> list[dict[str, Any]]:
    await show_inbox(which, retry=False, as_json=True)
    told: dict[str, list[dict[str, Any]]] = json.loads(capsys.readouterr().out)
    return told["deliveries"]


async def test_every_kind_is_shown_with_its_step_and_tries(own: Records, capsys: pytest.CaptureFixture[str]) -> None:
    call, answer = await accepted(own, "77"), await accepted(own, "a1:1", "approval")
    held = await own.inbox.claim(call, "worker", timedelta(minutes=5))
    assert held is not None
    since = held.progress_at
    assert since is not None
    await own.inbox.park(call, "refused", worker="worker", progress=Progress(step="apply", since=since))
    parked, waits = await shown(capsys)
    assert (parked["id"], parked["kind"], parked["key"], parked["state"]) == (call, "call", "77", "parked")
    assert (parked["step"], parked["since"], parked["tries"]) == ("apply", since.isoformat(), 1)
    assert (parked["reason"], parked["next"]) == ("refused", None)
    assert (waits["id"], waits["kind"], waits["state"], waits["tries"]) == (answer, "approval", "received", 0)
    await show_inbox(retry=False)
    table = capsys.readouterr().out
    assert "apply" in table
    assert "approval a1:1" in table


async def test_only_what_is_named_is_shown_or_tried_again(own: Records, capsys: pytest.CaptureFixture[str]) -> None:
    for key in ("77", "88", "99"):
        await own.inbox.park(await accepted(own, key), "refused")
    by_id = await own.inbox.get(KIND, "88")
    assert by_id is not None
    assert [told["key"] for told in await shown(capsys, "77", str(by_id.id))] == ["77", "88"]
    await show_inbox(["77", str(by_id.id)], retry=True, as_json=True)
    assert len(json.loads(capsys.readouterr().out)["due_now"]) == 2
    assert [delivery.key for delivery in await own.inbox.parked()] == ["99"]


async def test_a_name_that_nothing_has_is_told(own: Records) -> None:
    done = await accepted(own, "77")
    await own.inbox.done(done)
    with pytest.raises(BadInput, match="nothing unfinished or parked is named 77"):
        await show_inbox(["77"], retry=True)


async def test_another_try_of_a_parked_call_plans_again_what_was_refused(
    own: Records, capsys: pytest.CaptureFixture[str]
) -> None:
    about: dict[str, Any] = {"agent": "crm_sync", "service": "hubspot", "action": "update", "object_type": "deals"}
    await own.ledger.plan([Effect(key="k", call_id="77", **about)])
    await own.ledger.refuse("k", "no such property")
    await own.inbox.park(await accepted(own, "77"), "refused")
    await show_inbox(["77"], retry=True)
    (effect,) = await own.ledger.of_call("77")
    assert effect.status is EffectStatus.PLANNED


async def test_what_comes_no_further_and_what_nobody_holds_any_more_is_told_as_stuck(
    own: Records, capsys: pytest.CaptureFixture[str]
) -> None:
    await own.inbox.claim(await accepted(own, "works"), "worker", timedelta(minutes=5))
    await own.inbox.claim(await accepted(own, "left"), "worker", timedelta(0))
    held = await own.inbox.claim(await accepted(own, "hangs"), "worker", timedelta(minutes=5))
    assert held is not None
    assert held.progress_at is not None
    old = Progress(step="apply", since=held.progress_at - timedelta(minutes=2))
    await own.inbox.renew(held.id, "worker", timedelta(minutes=5), old)
    states = {told["key"]: told["state"] for told in await shown(capsys)}
    assert states == {"works": DeliveryStatus.RUNNING.value, "left": "stuck", "hangs": "stuck"}
