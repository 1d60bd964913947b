"""What was analysed without the model is queued for it once, a few at a time, and only when the model answers."""

from datetime import UTC, datetime
from typing import Any

import pytest

from api.again import Again
from api.improve import AT_ONCE, Improvement, asking
from api.intake import KIND, Intake
from api.wiring import open_services
from core.analysis import CallAnalysis, Sentiment, StageDirection, TalkStatistics
from core.calls import Call, Transcript
from core.clock import SystemClock
from core.errors import Rejected, Unavailable
from core.jobs import Jobs
from core.llm import Role
from core.metrics import Metrics
from core.settings import Settings
from memory.calls import CallStatus
from memory.inbox import DeliveryStatus
from memory.records import Records

CALL = "3351298813304244839"
MANY = 7


class Servers:
    """The model's servers, as far as a round asks them."""

    def __init__(self) -> None:
        self.fails: Exception | None = None
        self.asked = 0

    async def ask(self, messages: Any, *, role: Role, max_tokens: int) -> None:
        self.asked += 1
        if self.fails is not None:
            raise self.fails


@pytest.fixture
def servers() -> Servers:
    return Servers()


@pytest.fixture
def improvement(records: Records, jobs: Jobs, servers: Servers) -> Improvement:
    async def work(_delivery_id: str) -> None: ...

    jobs.register(KIND, work)
    intake = Intake(records, jobs, Metrics())
    answers = asking(servers)  # type: ignore[arg-type]
    return Improvement(records, intake, answers, Metrics(), SystemClock())


async def waiting(records: Records, *ids: str) -> None:
    """Calls that were worked on to the end while the model was away."""
    for call_id in ids:
        await records.calls.save(Call(id=call_id, started=datetime(2026, 3, 10, tzinfo=UTC)), Transcript(call_id="1"))
        found = CallAnalysis(
            call_id=call_id,
            analyst="extractive",
            summary="",
            sentiment=Sentiment(label="neutral", score=0),
            stage_direction=StageDirection(direction="hold"),
            statistics=TalkStatistics(),
            awaits_model=True,
        )
        await records.calls.save_analysis(call_id, found)
        await records.calls.set_status(call_id, CallStatus.ANALYSED)
        delivery, _ = await records.inbox.accept(KIND, call_id, {}, "poll")
        await records.inbox.done(delivery.id)


async def due(records: Records) -> list[str]:
    return [delivery.key for delivery in await records.inbox.unfinished()]


async def test_a_round_queues_a_few_of_the_oldest_for_another_run(improvement: Improvement, records: Records) -> None:
    await waiting(records, *map(str, range(MANY)))
    await improvement.improve()
    assert await due(records) == [str(number) for number in range(AT_ONCE)]
    (first, *_) = await records.inbox.unfinished()
    assert Again.model_validate(first.payload) == Again(again=True)
    assert first.source == "improve"


async def test_another_round_queues_nothing_twice(improvement: Improvement, records: Records) -> None:
    await waiting(records, *map(str, range(MANY)))
    await improvement.improve()
    before = await records.inbox.unfinished()
    await improvement.improve()
    assert await records.inbox.unfinished() == before


async def test_a_run_that_leaves_its_call_as_it_was_is_not_begun_round_after_round(
    improvement: Improvement, records: Records
) -> None:
    await waiting(records, "1")
    await improvement.improve()
    (delivery,) = await records.inbox.unfinished()
    await records.inbox.done(delivery.id)
    await improvement.improve()
    assert await due(records) == []


async def test_while_the_model_is_away_nothing_is_queued(
    improvement: Improvement, records: Records, servers: Servers
) -> None:
    await waiting(records, "1")
    servers.fails = Unavailable("model", "does not answer")
    await improvement.improve()
    assert await due(records) == []
    servers.fails = None
    await improvement.improve()
    assert await due(records) == ["1"]


async def test_a_model_that_says_too_much_is_there(
    improvement: Improvement, records: Records, servers: Servers
) -> None:
    await waiting(records, "1")
    servers.fails = Rejected("model", "the answer is cut off")
    await improvement.improve()
    assert await due(records) == ["1"]


async def test_with_nothing_to_improve_the_model_is_not_asked(improvement: Improvement, servers: Servers) -> None:
    await improvement.improve()
    assert servers.asked == 0


async def test_a_call_that_a_person_must_look_at_is_left_to_them(improvement: Improvement, records: Records) -> None:
    await waiting(records, "1")
    delivery = await records.inbox.get(KIND, "1")
    assert delivery is not None
    await records.inbox.park(delivery.id, "refused")
    await improvement.improve()
    left = await records.inbox.get(KIND, "1")
    assert left is not None
    assert left.status is DeliveryStatus.PARKED


async def test_a_model_that_is_set_up_and_away_leaves_calls_that_wait_for_it(settings: Settings) -> None:
    away = settings.model_copy(update={"model_urls": "http://127.0.0.1:1/v1", "model_name": "big"})
    async with open_services(away) as services:
        delivery, _ = await services.intake.accept(CALL, "poll")
        await services.worker.work(str(delivery.id))
        stored = await services.records.calls.get(CALL)
        assert stored is not None
        assert stored.analysis is not None
        assert (stored.status, stored.analysis.awaits_model) == (CallStatus.ANALYSED, True)
        services.schedule_improvement()
        assert services.model is not None
        rounds = Improvement(
            services.records, services.intake, asking(services.model.pool), services.metrics, services.clock
        )
        await rounds.improve()
        assert await services.records.inbox.unfinished() == []
