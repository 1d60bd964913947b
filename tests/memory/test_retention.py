"""What has come to its end goes when it is old enough; what anybody still waits for stays, however old."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import empty_checkpoint

import memory.retention
from core.analysis import CallAnalysis, Sentiment, StageDirection, TalkStatistics
from core.calls import Call, Transcript
from memory.agents import Agents, TaskDone
from memory.approvals import Approval
from memory.calls import CallStatus
from memory.checkpoints import Checkpoints, open_checkpoints
from memory.crm_events import StoredEvent
from memory.database import Database
from memory.inbox import DeliveryStatus
from memory.ledger import Effect
from memory.records import Records
from memory.retention import Keeping, Retention

MONTH = timedelta(days=30)
EVERYTHING = Keeping(inbox=MONTH, events=MONTH, checkpoints=MONTH, ledger=MONTH, calls=MONTH)


@pytest.fixture
async def checkpoints(url: str, database: Database) -> AsyncIterator[Checkpoints]:
    async with open_checkpoints(url) as opened:
        yield opened


@pytest.fixture
def retention(database: Database, checkpoints: Checkpoints, clock: Any) -> Retention:
    clock.at = datetime.now(UTC)  # checkpoints know no other time
    return Retention(database, checkpoints, clock)


async def delivered(records: Records, call_id: str, status: CallStatus) -> int:
    """A call that was worked on and is done."""
    await records.calls.save(Call(id=call_id), Transcript(call_id=call_id))
    await records.calls.set_status(call_id, status)
    delivery, _ = await records.inbox.accept("call", call_id, {}, "poll")
    await records.inbox.done(delivery.id)
    return delivery.id


def found_in(call_id: str) -> CallAnalysis:
    return CallAnalysis(
        call_id=call_id,
        analyst="extractive",
        summary="They will sign.",
        sentiment=Sentiment(label="positive", score=0.5),
        stage_direction=StageDirection(direction="advance"),
        statistics=TalkStatistics(talk_share={"Dana Ruiz": 1.0}),
    )


async def planned(records: Records, key: str, call_id: str = "7") -> None:
    effect = Effect(key=key, call_id=call_id, agent="crm_sync", service="hubspot", action="update", object_type="deals")
    await records.ledger.plan([effect])


async def asked(records: Records, approval_id: str) -> None:
    approval = Approval(
        id=approval_id,
        call_id="7",
        object_type="deals",
        object_id="42",
        field="dealstage",
        label="Deal stage",
        proposed="closedwon",
        quote="We are signing today.",
        evidence=(),
        reason="The customer said that they sign.",
    )
    await records.approvals.request([approval])


def asked_of_an_agent(turn: str, at: datetime) -> TaskDone:
    return TaskDone(
        id=turn, agent="crm_sync", instance="one", turn=turn, number=0, kind="query", status="done", created_at=at
    )


async def begun(checkpoints: Checkpoints, thread: str) -> None:
    config: RunnableConfig = {"configurable": {"thread_id": thread, "checkpoint_ns": ""}}
    await checkpoints.aput(config, empty_checkpoint(), {}, {})


async def threads(checkpoints: Checkpoints) -> list[str]:
    later = datetime.now(UTC) + timedelta(days=1)
    return [*await checkpoints.idle_threads("approval:", later), *await checkpoints.idle_threads("call:", later)]


async def test_deliveries_go_once_they_are_done_long_enough(records: Records, retention: Retention, clock: Any) -> None:
    await delivered(records, "old", CallStatus.ANALYSED)
    clock.pass_by(MONTH + timedelta(hours=1))
    await delivered(records, "new", CallStatus.ANALYSED)
    assert (await retention.prune(Keeping(inbox=MONTH)))["deliveries"] == 1
    assert await records.inbox.get("call", "old") is None
    assert await records.inbox.get("call", "new") is not None


async def test_what_is_unfinished_parked_or_asks_somebody_stays_in_the_inbox(
    records: Records, retention: Retention, clock: Any
) -> None:
    ids = {key: (await records.inbox.accept("call", key, {}, "poll"))[0].id for key in ("received", "waits", "parked")}
    await records.inbox.wait(ids["waits"], timedelta(0), "late")
    await records.inbox.park(ids["parked"], "refused")
    running, _ = await records.inbox.accept("undo", "running", {}, "cli")
    await records.inbox.claim(running.id, "worker", timedelta(seconds=30))
    await delivered(records, "unresolved", CallStatus.UNRESOLVED)
    clock.pass_by(100 * MONTH)
    assert not any((await retention.prune(EVERYTHING)).values())
    assert sum((await records.inbox.counts()).values()) == 5


async def test_deliveries_of_other_kinds_go_too(records: Records, retention: Retention, clock: Any) -> None:
    answer, _ = await records.inbox.accept("approval", "a:1", {}, "cli")
    await records.inbox.done(answer.id)
    clock.pass_by(2 * MONTH)
    assert (await retention.prune(Keeping(inbox=MONTH)))["deliveries"] == 1


async def test_events_go_once_they_were_handled(records: Records, retention: Retention, clock: Any) -> None:
    at = datetime(2026, 11, 20, tzinfo=UTC)
    events = [
        StoredEvent(key=key, kind="change", object_type="deals", object_id="1", occurred_at=at) for key in ("a", "b")
    ]
    await records.crm_events.accept(events)
    first, _ = await records.crm_events.unhandled(2)
    await records.crm_events.handled([first.id or 0])
    clock.pass_by(2 * MONTH)
    assert (await retention.prune(Keeping(events=MONTH)))["events"] == 1
    assert [event.key for event in await records.crm_events.unhandled(2)] == ["b"]


async def test_effects_go_once_they_are_over_and_their_call_is(
    records: Records, retention: Retention, clock: Any
) -> None:
    for key in ("planned", "sent", "failed", "confirmed"):
        await planned(records, key)
    await planned(records, "of a parked call", call_id="8")
    await records.ledger.mark_sent(["sent", "confirmed", "of a parked call"])
    await records.ledger.fail("failed", "no such property")
    await records.ledger.confirm_many({"confirmed": "1", "of a parked call": "2"})
    parked, _ = await records.inbox.accept("call", "8", {}, "poll")
    await records.inbox.park(parked.id, "refused")
    clock.pass_by(2 * MONTH)
    assert (await retention.prune(Keeping(ledger=MONTH)))["effects"] == 2
    assert [effect.key for effect in await records.ledger.all()] == ["planned", "sent", "of a parked call"]


async def test_approvals_go_with_the_ledger_once_they_are_closed(
    records: Records, retention: Retention, clock: Any
) -> None:
    await asked(records, "waits")
    await asked(records, "withdrawn")
    await records.approvals.withdraw("withdrawn", "the deal is gone")
    clock.pass_by(2 * MONTH)
    assert (await retention.prune(Keeping(ledger=MONTH)))["approvals"] == 1
    assert [approval.id for approval in await records.approvals.all()] == ["waits"]


async def test_threads_go_when_nothing_waits_on_them_any_more(
    records: Records, retention: Retention, checkpoints: Checkpoints, clock: Any
) -> None:
    await delivered(records, "done", CallStatus.ANALYSED)
    waits, _ = await records.inbox.accept("call", "waits", {}, "poll")
    parked, _ = await records.inbox.accept("call", "parked", {}, "poll")
    await records.inbox.park(parked.id, "refused")
    await records.inbox.wait(waits.id, timedelta(0), "late")
    await asked(records, "waits")
    kept = ["approval:waits", "call:parked", "call:waits"]
    for thread in (*kept, "call:done", "approval:unknown"):
        await begun(checkpoints, thread)
    assert (await retention.prune(Keeping(checkpoints=MONTH)))["threads"] == 0
    clock.pass_by(2 * MONTH)
    assert (await retention.prune(Keeping(checkpoints=MONTH)))["threads"] == 2
    assert await threads(checkpoints) == kept


async def test_of_an_old_call_only_what_was_said_and_found_goes(
    records: Records, retention: Retention, clock: Any
) -> None:
    for call_id, status in (("old", CallStatus.ANALYSED), ("asks", CallStatus.UNRESOLVED)):
        await delivered(records, call_id, status)
        await records.calls.save_analysis(call_id, found_in(call_id))
    clock.pass_by(2 * MONTH)
    pruned = await retention.prune(Keeping(calls=MONTH))
    assert (pruned["transcripts"], pruned["analyses"]) == (1, 1)
    old, asks = await records.calls.get("old"), await records.calls.get("asks")
    assert old is not None
    assert asks is not None
    assert (old.status, old.transcript, old.analysis) == (CallStatus.ANALYSED, None, None)
    assert asks.transcript is not None
    assert asks.analysis is not None


async def test_what_agents_were_asked_goes_by_its_age(database: Database, retention: Retention, clock: Any) -> None:
    agents = Agents(database, clock)
    await agents.beat([], [asked_of_an_agent("old", clock.now() - MONTH - timedelta(hours=1))])
    await agents.beat([], [asked_of_an_agent("young", clock.now() - MONTH + timedelta(hours=1))])
    assert "tasks" not in await retention.prune(EVERYTHING)
    assert (await retention.prune(Keeping(tasks=MONTH), dry_run=True))["tasks"] == 1
    assert (await retention.prune(Keeping(tasks=MONTH)))["tasks"] == 1
    assert (await agents.tasks("old"), len(await agents.tasks("young"))) == ([], 1)


async def test_more_than_one_batch_goes_at_once(
    records: Records, retention: Retention, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory.retention, "BATCH", 3)
    for number in range(8):
        answer, _ = await records.inbox.accept("approval", str(number), {}, "cli")
        await records.inbox.done(answer.id)
    clock.pass_by(2 * MONTH)
    assert (await retention.prune(Keeping(inbox=MONTH)))["deliveries"] == 8
    assert (await records.inbox.counts())[DeliveryStatus.DONE] == 0


async def test_a_dry_run_counts_the_same_and_removes_nothing(
    records: Records, retention: Retention, checkpoints: Checkpoints, clock: Any
) -> None:
    await delivered(records, "old", CallStatus.ANALYSED)
    await planned(records, "failed")
    await records.ledger.fail("failed", "no such property")
    await begun(checkpoints, "call:old")
    clock.pass_by(2 * MONTH)
    counted = await retention.prune(EVERYTHING, dry_run=True)
    assert {name: count for name, count in counted.items() if count} == {
        "deliveries": 1,
        "effects": 1,
        "transcripts": 1,
        "threads": 1,
    }
    assert await retention.prune(EVERYTHING) == counted


async def test_nothing_goes_that_is_kept_for_ever(records: Records, retention: Retention, clock: Any) -> None:
    await delivered(records, "old", CallStatus.ANALYSED)
    clock.pass_by(100 * MONTH)
    assert await retention.prune(Keeping()) == {"expired": 0}
