"""A call goes through the whole house with two model servers: one down, both down, and back again."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from api.improve import Improvement, asking
from api.wiring import Services, open_services
from core.analysis import CallAnalysis
from core.settings import Settings
from memory.calls import StoredCall
from nodes.call_analysis.reading import REFUSED, UNANSWERED
from nodes.call_analysis.verify import verify
from sandbox.model import Asked, ModelServer, Reply
from sandbox.server import SandboxServer
from tests.nodes.judging.talk import is_reduce, judgement, outline, shown

CALL = "3351298813304244839"
REDIS = ("in this process", "over Redis")


def summing_up(asked: Asked) -> Reply:
    """A model that takes the first sentence it sees for the summary."""
    if asked.schema is None:
        return Reply("yes")
    if is_reduce(asked):
        return Reply.of(outline())
    return Reply.of(judgement(summary=[{"text": shown(asked)[0], "sentences": [1]}]))


@pytest.fixture
def first() -> Iterator[ModelServer]:
    """The server that the settings name first."""
    with ModelServer(summing_up) as server:
        yield server


@pytest.fixture
def second() -> Iterator[ModelServer]:
    with ModelServer(summing_up) as server:
        yield server


@pytest.fixture
def modelled(settings: Settings, first: ModelServer, second: ModelServer) -> Settings:
    """The settings of an owner who has both."""
    named = {"model_urls": f"{first.url},{second.url}", "model_key": first.key, "model_name": first.models[0]}
    return Settings(**(settings.model_dump() | named | {"model_cooldown_seconds": 0.05}))


@asynccontextmanager
async def house(settings: Settings, request: pytest.FixtureRequest, queue: str) -> AsyncIterator[Services]:
    """Sophia as it serves, with its jobs in this process or in a Redis."""
    url = request.getfixturevalue("redis_server") if queue == "over Redis" else None
    async with open_services(Settings(**(settings.model_dump() | {"redis_url": url})), serving=True) as services:
        yield services


async def work_through(services: Services) -> None:
    """Takes the call in as a webhook does, and waits until nothing is to be done."""
    delivery, _ = await services.intake.accept(CALL, "webhook")
    await services.intake.queue(delivery)
    await services.jobs.run_until_idle()


async def improve(services: Services) -> None:
    """A round over what waits for the model, and all that comes of it."""
    assert services.model is not None
    model, clock = asking(services.model.pool), services.clock
    await Improvement(services.records, services.intake, model, services.metrics, clock).improve()
    await services.jobs.run_until_idle()


async def stands(services: Services) -> tuple[StoredCall, CallAnalysis]:
    """The call as it is stored, with an analysis of which every item is proved."""
    stored = await services.records.calls.get(CALL)
    assert stored is not None
    assert stored.analysis is not None
    assert stored.transcript is not None
    assert verify(stored.analysis, stored.call, stored.transcript) == stored.analysis
    return stored, stored.analysis


def notes(sandbox: SandboxServer) -> list[Any]:
    return list(sandbox.frame.store.table("hubspot.notes"))


@pytest.mark.parametrize("queue", REDIS)
async def test_the_server_that_is_up_judges_for_the_one_that_is_down(
    modelled: Settings, first: ModelServer, second: ModelServer, request: pytest.FixtureRequest, queue: str
) -> None:
    first.stop()
    async with house(modelled, request, queue) as services:
        await work_through(services)
        _, analysis = await stands(services)
    assert analysis.provenance is not None
    assert (analysis.analyst, analysis.provenance.model) == ("model", second.models[0])
    assert (analysis.awaits_model, UNANSWERED in analysis.notes) == (False, False)
    assert second.asked


@pytest.mark.parametrize("queue", REDIS)
async def test_what_was_read_without_a_model_is_improved_in_place_when_one_is_back(
    modelled: Settings,
    first: ModelServer,
    second: ModelServer,
    sandbox: SandboxServer,
    made: Any,
    until: Any,
    request: pytest.FixtureRequest,
    queue: str,
) -> None:
    first.stop()
    second.stop()
    async with house(modelled, request, queue) as services:
        await work_through(services)
        _, alone = await stands(services)
        assert (alone.analyst, alone.awaits_model, alone.notes) == ("extractive", True, (UNANSWERED,))
        assert alone.items
        before, noted = made(), notes(sandbox)
        await improve(services)
        assert (await stands(services))[1] == alone
        second.start()

        async def is_improved() -> bool:
            await improve(services)  # a server that failed is left alone for a moment first
            return not (await stands(services))[1].awaits_model

        await until(is_improved)
        stored, judged = await stands(services)
    assert judged.provenance is not None
    assert (judged.analyst, judged.provenance.model, judged.awaits_model) == ("model", second.models[0], False)
    assert (UNANSWERED in judged.notes, stored.model_tries) == (False, 0)
    assert judged.summary != alone.summary
    assert set(before.records) <= set(made().records)
    assert not made().twice
    assert notes(sandbox) == noted


async def test_answers_of_which_none_can_be_used_make_no_analysis_of_the_models(
    modelled: Settings, first: ModelServer, second: ModelServer, request: pytest.FixtureRequest
) -> None:
    first.answer = second.answer = lambda asked: Reply("I would rather talk about the weather.")
    async with house(modelled, request, "in this process") as services:
        await work_through(services)
        stored, analysis = await stands(services)
    assert (analysis.analyst, analysis.awaits_model, analysis.notes) == ("extractive", True, (REFUSED,))
    assert analysis.provenance is not None
    assert (analysis.provenance.model, stored.model_tries) == (None, 1)
    assert analysis.items
