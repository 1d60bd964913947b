"""`sophia approvals` as a person uses it: what is shown, what is answered, and what is said of it."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

import api.approvals_answered
import api.approvals_shown
from api.approvals_answered import answer_approvals
from api.approvals_expiry import expire
from api.approvals_shown import list_approvals, show_approval
from api.wiring import Services, open_services
from core.clock import FixedClock
from core.errors import NotUsable, RecordConflict
from core.settings import Settings
from memory.approvals import Approval, ApprovalStatus
from memory.calls import CallStatus
from memory.ledger import EffectStatus
from memory.records import Records
from nodes.approval.finding import find
from sandbox.faults import Fault
from sandbox.server import SandboxServer

STAGED, OTHER, UNPLACED = "3351298813304244839", "8985511615544123761", "4774058834931208838"
DEAL = "101771"


@pytest.fixture
def worked_on() -> tuple[str, ...]:
    """Two calls that speak for a next stage, and between them one that nobody can place: requests 1, 3 and 2."""
    return STAGED, UNPLACED, OTHER


@pytest.fixture(autouse=True)
def _settings_of_the_test(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (api.approvals_answered, api.approvals_shown):
        monkeypatch.setattr(module, "settings_with_logs", lambda: settings)


def stage_of(sandbox: SandboxServer, deal: str = DEAL) -> str:
    return str(sandbox.frame.store.table("hubspot.deals")[deal]["properties"]["dealstage"])


def edit(sandbox: SandboxServer, deal: str, **properties: str) -> None:
    table: Any = sandbox.frame.store.table("hubspot.deals")
    table[deal] = {**table[deal], "properties": {**table[deal]["properties"], **properties}}


async def numbered(services: Services, number: int) -> Approval:
    return await find(services.records, str(number))


async def test_what_waits_is_listed_with_its_quote_and_who_may_answer(capsys: pytest.CaptureFixture[str]) -> None:
    await list_approvals(everything=False, call_id=None, as_json=True)
    first, question, other = json.loads(capsys.readouterr().out)
    assert (first["reference"], first["record"], first["field"]) == ("1", f"deals/{DEAL}", "dealstage")
    assert (first["proposed_label"], first["approvers"]) == ("Qualified", ["danny@paylatch.example"])
    assert first["quote"] and ":" in first["minute"] and first["call"]
    assert (question["action"], question["call_id"], other["call_id"]) == ("choose", UNPLACED, OTHER)
    await list_approvals(everything=False, call_id=None, as_json=False)
    assert "danny@paylatch" in capsys.readouterr().out


async def test_one_is_shown_whole(capsys: pytest.CaptureFixture[str]) -> None:
    await show_approval("1", as_json=False)
    shown = capsys.readouterr().out
    assert "→ Qualified" in shown and "danny@paylatch.example, an admin" in shown
    for wrong in ("99", "1.2"):
        with pytest.raises(RecordConflict):
            await show_approval(wrong, as_json=False)
    with pytest.raises(NotUsable):
        await show_approval("one, please", as_json=False)


async def test_approving_carries_out_at_once_and_says_so(
    services: Services, sandbox: SandboxServer, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = (await numbered(services, 1)).proposed
    assert await answer_approvals(["1"], "approve") == 0
    assert "→ “Qualified”" in capsys.readouterr().out
    assert stage_of(sandbox) == wanted
    assert await answer_approvals(["1"], "approve") == 1
    assert "answered already: approved by the terminal" in capsys.readouterr().err
    (write,) = [effect for effect in await services.records.ledger.all() if effect.approval_id]
    assert write.status is EffectStatus.CONFIRMED
    await list_approvals(everything=False, call_id=STAGED, as_json=False)
    await list_approvals(everything=True, call_id=STAGED, as_json=False)
    listed = capsys.readouterr().out
    assert "Nothing waits" in listed and "approved: written" in " ".join(listed.split())


async def test_rejecting_changes_nothing(services: Services, sandbox: SandboxServer) -> None:
    before = stage_of(sandbox)
    assert await answer_approvals(["1", "3"], "reject", reason="Too early.") == 0
    assert stage_of(sandbox) == before
    assert (await numbered(services, 1)).outcome == "rejected by the terminal: Too early."
    assert (await numbered(services, 3)).status is ApprovalStatus.REJECTED


async def test_a_value_that_is_no_stage_is_refused_and_another_is_written(
    services: Services, sandbox: SandboxServer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await answer_approvals(["1"], "approve", value="Nonsense") == 1
    refused = capsys.readouterr().err
    assert "is not exactly one stage" in refused and "Qualified" in refused
    current = (await numbered(services, 1)).current_label
    assert await answer_approvals(["1"], "approve", value=current) == 0
    assert "already: nothing was written" in capsys.readouterr().out


async def test_one_refusal_does_not_keep_back_the_others(services: Services) -> None:
    assert await answer_approvals(["77", "1"], "approve") == 1
    assert (await numbered(services, 1)).status is ApprovalStatus.APPROVED


async def test_all_of_one_call_are_answered_and_no_others(
    services: Services, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await answer_approvals([], "approve", call_id=STAGED) == 0
    assert (await numbered(services, 1)).status is ApprovalStatus.APPROVED
    assert (await numbered(services, 3)).status is ApprovalStatus.WAITING
    assert await answer_approvals([], "approve", call_id=STAGED) == 0
    assert "Nothing waits of call" in capsys.readouterr().err


async def test_what_has_changed_must_be_named_by_its_round(
    services: Services, sandbox: SandboxServer, capsys: pytest.CaptureFixture[str]
) -> None:
    taken = {stage_of(sandbox), (await numbered(services, 1)).proposed}
    stages = [stage for pipeline in await services.context.crm.pipelines() for stage in pipeline.stages]
    other = next(stage for stage in stages if stage.id not in taken)
    edit(sandbox, DEAL, dealstage=other.id)
    assert await answer_approvals(["1"], "approve") == 1
    assert "asked again as 1.2: Deal stage is" in capsys.readouterr().out
    for unseen in ("1", "1.1"):
        assert await answer_approvals([unseen], "approve") == 1
    assert await answer_approvals([], "approve", call_id=STAGED) == 1
    assert f"Deal stage is “{other.label}” by now" in capsys.readouterr().err
    assert stage_of(sandbox) == other.id
    assert await answer_approvals(["1.2"], "approve") == 0
    assert stage_of(sandbox) == (await numbered(services, 1)).proposed


async def test_while_hubspot_is_down_the_answer_is_kept(
    services: Services, sandbox: SandboxServer, capsys: pytest.CaptureFixture[str]
) -> None:
    sandbox.frame.faults.add(Fault(service="hubspot", kind="revoked_token"))
    assert await answer_approvals(["1"], "approve") == 1
    assert "the answer is kept; `sophia serve` will carry it out" in capsys.readouterr().err
    sandbox.frame.faults.clear()
    approval = await numbered(services, 1)
    assert (approval.status, approval.closed_at) == (ApprovalStatus.APPROVED, None)
    assert await answer_approvals(["1"], "reject", reason="no") == 1
    assert await answer_approvals(["1"], "approve") == 0
    assert stage_of(sandbox) == approval.proposed


async def test_the_question_is_answered_with_a_deal_and_the_call_goes_on(
    services: Services, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await answer_approvals(["2"], "approve") == 1
    assert "Answer with a deal, such as deals/123" in capsys.readouterr().err
    assert await answer_approvals(["2"], "approve", value="deals/4711000") == 1
    assert await answer_approvals(["2"], "approve", value=f"deals/{DEAL}") == 0
    assert f"the call is worked on again with deals/{DEAL}" in capsys.readouterr().out
    stored = await services.records.calls.get(UNPLACED)
    assert stored is not None and stored.resolution is not None
    assert (stored.status, stored.resolution["deal"]["id"]) == (CallStatus.ANALYSED, DEAL)


async def test_what_nobody_answers_lapses_once(services: Services, sandbox: SandboxServer) -> None:
    before = stage_of(sandbox)
    assert await expire(services) == 0
    late = later(services, timedelta(days=8))
    assert await expire(late) == 3
    assert await expire(late) == 0
    for number in (1, 2, 3):
        approval = await numbered(services, number)
        assert (approval.status, approval.answer and approval.answer.via) == (ApprovalStatus.EXPIRED, "schedule")
    await services.jobs.run_until_idle()
    assert (await numbered(services, 1)).outcome.startswith("nobody answered in time")  # type: ignore[union-attr]
    assert stage_of(sandbox) == before
    assert await answer_approvals(["1"], "approve") == 1


def later(services: Services, by: timedelta) -> Services:
    """The same services, some time later."""
    clock = FixedClock(services.clock.now() + by)
    return replace(services, clock=clock, records=Records.over(services.database, clock))


async def test_what_somebody_asked_for_in_a_conversation_is_shown_with_who_it_was(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    async with open_services(settings) as services:
        of_a_call = await numbered(services, 1)
        asked_for = {"id": "asked", "call_id": "chat:one", "requester": "dana@ours.example", "evidence": ()}
        await services.records.approvals.request([of_a_call.model_copy(update={**asked_for, "quote": "move it"})])
    await show_approval("4", as_json=False)
    shown = capsys.readouterr().out
    assert "dana@ours.example, in a conversation" in shown
    assert "“move it”" in shown
    await list_approvals(everything=False, call_id="chat:one", as_json=True)
    (listed,) = json.loads(capsys.readouterr().out)
    assert (listed["call"], listed["minute"], listed["requester"]) == (None, None, "dana@ours.example")
