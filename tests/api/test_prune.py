"""Old rows go by the owner's settings, on a schedule and on command, and nothing is done twice for it."""

from datetime import timedelta
from typing import Any

import pytest

import api.prune
from api.intake import KIND
from api.prune import keeping, prune, prune_on_schedule
from api.wiring import Services
from core.settings import Settings
from memory.retention import Keeping
from sandbox.server import SandboxServer

CALL = "3351298813304244839"


async def worked_on(services: Services) -> None:
    delivery, _ = await services.intake.accept(CALL, "webhook")
    await services.worker.work(str(delivery.id))


async def test_a_call_whose_delivery_was_pruned_does_nothing_when_it_is_delivered_again(
    services: Services, sandbox: SandboxServer, made: Any
) -> None:
    await worked_on(services)
    done = made()
    assert done.messages
    pruned = await services.retention.prune(Keeping(inbox=timedelta(0), checkpoints=timedelta(0)))
    assert pruned["deliveries"] == 1
    assert await services.records.inbox.get(KIND, CALL) is None
    asked = sandbox.frame.requests.report()
    _, is_new = await services.intake.accept(CALL, "webhook")
    assert is_new
    await services.jobs.run_until_idle()
    await worked_on(services)
    assert made() == done
    assert sandbox.frame.requests.report() == asked


async def test_by_default_nothing_young_goes(services: Services) -> None:
    await worked_on(services)
    await prune_on_schedule(services.retention, services.settings)
    assert await services.records.inbox.get(KIND, CALL) is not None


def test_no_days_keep_for_ever() -> None:
    kept = keeping(Settings(keep_inbox_days=2, keep_ledger_days=0, keep_calls_days=0, keep_conversations_days=3))
    assert (kept.inbox, kept.ledger, kept.calls) == (timedelta(days=2), None, None)
    assert (kept.tasks, keeping(Settings(keep_tasks_days=0)).tasks) == (timedelta(days=30), None)
    assert (kept.conversations, kept.facts) == (timedelta(days=3), None)


async def test_the_command_says_what_it_removes_and_a_dry_run_what_it_would(
    services: Services, settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    await worked_on(services)
    seconds = settings.model_copy(update={"keep_inbox_days": 1e-9, "keep_checkpoints_days": 0})
    monkeypatch.setattr(api.prune, "settings_with_logs", lambda: seconds)
    await prune(dry_run=True)
    assert capsys.readouterr().out == "Would remove 1 deliveries.\n"
    await prune(dry_run=False)
    assert capsys.readouterr().out == "Removed 1 deliveries.\n"
    await prune(dry_run=False)
    assert capsys.readouterr().out == "Removed nothing.\n"
