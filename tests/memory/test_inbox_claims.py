"""A delivery is never lost and never worked on by two at once."""

import asyncio
import multiprocessing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.clock import SystemClock
from core.errors import RecordConflict
from memory.database import Database
from memory.inbox import DeliveryStatus, Inbox
from memory.records import Records

LEASE = timedelta(seconds=30)


async def test_a_delivery_is_accepted_once_by_kind_and_key(records: Records, clock: Any) -> None:
    first, is_new = await records.inbox.accept("call", "7", {"title": "Renewal"}, "webhook")
    assert is_new
    assert (first.status, first.attempts, first.due_at) == (DeliveryStatus.RECEIVED, 0, clock.now())
    again, is_new = await records.inbox.accept("call", "7", {"title": "other"}, "poll")
    assert not is_new
    assert again == first
    assert again.payload == {"title": "Renewal"}
    _, is_new = await records.inbox.accept("approval", "7", {}, "slack")
    assert is_new
    assert await records.inbox.get("call", "7") == first
    assert await records.inbox.get("call", "8") is None


async def test_hundreds_are_accepted_at_once_and_only_the_new_ones_are_returned(records: Records) -> None:
    await records.inbox.accept("call", "5", {}, "webhook")
    keys = [str(n) for n in range(1_300)]
    fresh = await records.inbox.accept_many("call", [*keys, "1", "2"], "backfill")
    assert [delivery.key for delivery in fresh] == [key for key in keys if key != "5"]
    assert {delivery.source for delivery in fresh} == {"backfill"}
    assert await records.inbox.accept_many("call", keys, "backfill") == []
    assert await records.inbox.accept_many("call", [], "backfill") == []
    assert (await records.inbox.counts())[DeliveryStatus.RECEIVED] == 1_300


async def test_who_claims_first_has_it_alone(records: Records, clock: Any) -> None:
    delivery, _ = await records.inbox.accept("call", "7", {}, "webhook")
    claimed = await records.inbox.claim(delivery.id, "one", LEASE)
    assert claimed is not None
    assert (claimed.status, claimed.attempts, claimed.worker) == (DeliveryStatus.RUNNING, 1, "one")
    assert claimed.claimable_at == claimed.lease_until == clock.now() + LEASE
    assert await records.inbox.claim(delivery.id, "two", LEASE) is None
    assert await records.inbox.claim(delivery.id, "one", LEASE) is None


async def test_a_dead_workers_delivery_can_be_claimed_when_its_lease_has_run_out(records: Records, clock: Any) -> None:
    delivery, _ = await records.inbox.accept("call", "7", {}, "webhook")
    await records.inbox.claim(delivery.id, "dead", LEASE)
    clock.pass_by(LEASE - timedelta(microseconds=1))
    assert await records.inbox.claim(delivery.id, "alive", LEASE) is None
    clock.pass_by(timedelta(microseconds=1))
    claimed = await records.inbox.claim(delivery.id, "alive", LEASE)
    assert claimed is not None
    assert (claimed.worker, claimed.attempts) == ("alive", 2)


async def test_long_work_keeps_its_delivery_by_renewing(records: Records, clock: Any) -> None:
    delivery, _ = await records.inbox.accept("call", "7", {}, "webhook")
    await records.inbox.claim(delivery.id, "slow", LEASE)
    for _ in range(3):
        clock.pass_by(LEASE / 2)
        assert await records.inbox.renew(delivery.id, "slow", LEASE)
    assert await records.inbox.claim(delivery.id, "other", LEASE) is None
    assert not await records.inbox.renew(delivery.id, "other", LEASE)


async def test_who_lost_the_lease_can_neither_renew_nor_settle_it(records: Records, clock: Any) -> None:
    delivery, _ = await records.inbox.accept("call", "7", {}, "webhook")
    await records.inbox.claim(delivery.id, "late", LEASE)
    clock.pass_by(LEASE)
    await records.inbox.claim(delivery.id, "next", LEASE)
    assert not await records.inbox.renew(delivery.id, "late", LEASE)
    with pytest.raises(RecordConflict, match="no longer held by late"):
        await records.inbox.done(delivery.id, worker="late")
    with pytest.raises(RecordConflict, match="no longer held by late"):
        await records.inbox.wait(delivery.id, LEASE, "later", worker="late")
    with pytest.raises(RecordConflict, match="no longer held by late"):
        await records.inbox.park(delivery.id, "no", worker="late")
    assert (await records.inbox.done(delivery.id, worker="next")).status is DeliveryStatus.DONE


async def test_what_is_done_or_parked_is_not_claimed_again(records: Records, clock: Any) -> None:
    [one, two] = await records.inbox.accept_many("call", ["1", "2"], "poll")
    await records.inbox.claim(one.id, "w", LEASE)
    done = await records.inbox.done(one.id, "analysed")
    assert (done.status, done.reason, done.worker, done.lease_until) == (DeliveryStatus.DONE, "analysed", None, None)
    await records.inbox.park(two.id, "twelve tries")
    clock.pass_by(timedelta(days=1))
    assert await records.inbox.claim(one.id, "w", LEASE) is None
    assert await records.inbox.claim(two.id, "w", LEASE) is None
    assert await records.inbox.unfinished() == []
    assert [(parked.key, parked.reason) for parked in await records.inbox.parked()] == [("2", "twelve tries")]


async def test_a_delivery_that_waits_is_claimed_when_it_is_due(records: Records, clock: Any) -> None:
    delivery, _ = await records.inbox.accept("call", "7", {}, "webhook")
    await records.inbox.claim(delivery.id, "w", LEASE)
    waiting = await records.inbox.wait(delivery.id, clock.now() + timedelta(minutes=5), "HubSpot is down")
    assert (waiting.status, waiting.attempts) == (DeliveryStatus.WAITING, 1)
    assert waiting.claimable_at == datetime(2026, 11, 20, 9, 5, tzinfo=UTC)
    assert await records.inbox.claim(delivery.id, "w", LEASE) is None
    clock.pass_by(timedelta(minutes=5))
    claimed = await records.inbox.claim(delivery.id, "w", LEASE)
    assert claimed is not None
    assert claimed.attempts == 2


async def test_waiting_for_a_transcript_gives_the_attempt_back(records: Records, clock: Any) -> None:
    delivery, _ = await records.inbox.accept("call", "7", {}, "webhook")
    for _ in range(3):
        assert await records.inbox.claim(delivery.id, "w", LEASE) is not None
        waiting = await records.inbox.wait(delivery.id, timedelta(minutes=5), "no transcript yet", counts=False)
        assert (waiting.attempts, waiting.due_at) == (0, clock.now() + timedelta(minutes=5))
        clock.pass_by(timedelta(minutes=5))
    never_claimed = await records.inbox.wait(delivery.id, timedelta(0), "still none", counts=False)
    assert never_claimed.attempts == 0


async def test_a_person_can_have_it_tried_again_unless_a_worker_is_on_it(records: Records, clock: Any) -> None:
    delivery, _ = await records.inbox.accept("call", "7", {}, "webhook")
    await records.inbox.claim(delivery.id, "w", LEASE)
    with pytest.raises(RecordConflict, match="being worked on"):
        await records.inbox.retry(delivery.id)
    await records.inbox.park(delivery.id, "twelve tries")
    clock.pass_by(timedelta(hours=1))
    again = await records.inbox.retry(delivery.id)
    assert (again.status, again.attempts, again.due_at) == (DeliveryStatus.RECEIVED, 0, clock.now())
    assert again.reason is None
    assert await records.inbox.claim(delivery.id, "w", LEASE) is not None


async def test_a_delivery_nobody_accepted_is_an_error_where_it_is_settled(records: Records) -> None:
    assert await records.inbox.claim(99, "w", LEASE) is None
    for settle in (records.inbox.done(99), records.inbox.park(99, "no"), records.inbox.retry(99)):
        with pytest.raises(RecordConflict, match="delivery 99 is unknown"):
            await settle


async def test_start_up_finds_everything_that_is_unfinished(records: Records, clock: Any) -> None:
    _received, running, waiting, done, parked = await records.inbox.accept_many("call", list("abcde"), "poll")
    await records.inbox.claim(running.id, "dead", LEASE)
    await records.inbox.wait(waiting.id, timedelta(minutes=9), "late")
    await records.inbox.done(done.id)
    await records.inbox.park(parked.id, "no")
    unfinished = await records.inbox.unfinished()
    assert [(delivery.key, delivery.claimable_at - clock.now()) for delivery in unfinished] == [
        ("a", timedelta(0)),
        ("b", LEASE),
        ("c", timedelta(minutes=9)),
    ]
    assert await records.inbox.counts() == dict.fromkeys(DeliveryStatus, 1)


async def test_the_inbox_survives_the_process(url: str, records: Records, database: Database, clock: Any) -> None:
    await records.inbox.accept("call", "7", {"a": [1, None]}, "webhook")
    await database.close()
    reopened = await Database.open(url)
    [delivery] = await Records.over(reopened, clock).inbox.unfinished()
    await reopened.close()
    assert (delivery.key, delivery.payload) == ("7", {"a": [1, None]})


async def test_of_many_claims_at_once_exactly_one_succeeds(url: str, database: Database) -> None:
    other = await Database.open(url)
    inboxes = [Inbox(database, SystemClock()), Inbox(other, SystemClock())]
    deliveries = await inboxes[0].accept_many("call", [str(n) for n in range(20)], "poll")
    claims = await asyncio.gather(
        *(inboxes[n % 2].claim(delivery.id, f"worker {n}", LEASE) for delivery in deliveries for n in range(8))
    )
    await other.close()
    assert sorted(claim.key for claim in claims if claim) == sorted(delivery.key for delivery in deliveries)


def _claim_all(url: str, worker: str, ids: list[int], gate: Any, results: Any) -> None:
    async def claimed() -> list[int]:
        database = await Database.open(url)
        inbox = Inbox(database, SystemClock())
        gate.wait()
        mine = [one for one in ids if await inbox.claim(one, worker, timedelta(minutes=5))]
        await database.close()
        return mine

    results.put(asyncio.run(claimed()))


async def test_two_processes_share_the_work_without_doing_any_twice(url: str, database: Database) -> None:
    fresh = await Inbox(database, SystemClock()).accept_many("call", [str(n) for n in range(100)], "poll")
    ids = [delivery.id for delivery in fresh]
    context = multiprocessing.get_context("spawn")
    gate, results = context.Barrier(2), context.Queue()
    processes = [
        context.Process(target=_claim_all, args=(url, worker, ids, gate, results)) for worker in ("one", "two")
    ]
    for process in processes:
        process.start()
    claimed = [await asyncio.to_thread(results.get, timeout=60) for _ in processes]
    for process in processes:
        await asyncio.to_thread(process.join)
    assert sorted(claimed[0] + claimed[1]) == ids
