"""From a backfilled call to an answer: kept in the last step, indexed by `sophia serve`, recalled for whom it is."""

import json

import pytest

from api.backfill import BEGINNING, Backfill
from api.memory_fill import fill
from api.wiring import Services, open_services
from core.scope import EVERYTHING, Scope
from core.settings import Settings
from memory.standing import standing
from memory.tables import MemoryItemRow

QUESTION = "When will they send the signed contract?"


async def counts(services: Services) -> tuple[int, int]:
    """How many passages and findings are remembered, and how many changes wait for the index."""
    kinds = await standing(services.database, services.memory.embedder.model, services.clock.now())
    return sum(kind.entries for kind in kinds), sum(kind.waiting for kind in kinds)


async def test_a_call_is_found_by_words_at_once_and_by_meaning_once_it_was_indexed(settings: Settings) -> None:
    async with open_services(settings) as services:
        await Backfill(services, BEGINNING, None, lambda _told: None).run()
        kept, waiting = await counts(services)
        first = await services.memory.recall.recall(QUESTION, EVERYTHING)
    assert kept == waiting > 0
    assert first.passages
    assert "yet to be embedded" in (first.degraded or "")
    assert not (settings.data_dir / "chroma").exists()

    async with open_services(settings, serving=True) as services:
        assert services.memory.upkeep is not None
        assert await services.memory.upkeep.once() is None
        assert await counts(services) == (kept, 0)
        found = await services.memory.recall.recall(QUESTION, EVERYTHING)
        nobody = await services.memory.recall.recall(QUESTION, Scope(audiences=frozenset({"owner:none"})))
    assert found.degraded is None
    assert all(passage.link and passage.speaker for passage in found.passages)
    assert nobody.passages == ()


async def test_while_another_process_has_the_index_a_server_says_so_and_takes_it_later(settings: Settings) -> None:
    async with open_services(settings, serving=True) as first, open_services(settings, serving=True) as second:
        await Backfill(first, BEGINNING, None, lambda _told: None).run()
        assert first.memory.upkeep is not None
        assert second.memory.upkeep is not None
        assert await first.memory.upkeep.once() is None
        refused = await second.memory.upkeep.once()
        answer = await second.memory.recall.recall(QUESTION, EVERYTHING)
    assert "process" in (refused or "")
    assert answer.passages


async def test_calls_that_were_analysed_before_are_remembered_on_request(
    environment: dict[str, str],
    settings: Settings,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with open_services(settings) as services:
        await Backfill(services, BEGINNING, None, lambda _told: None).run()
        kept, _ = await counts(services)
        entries = services.memory.kept.entries
        await entries.remove_where(MemoryItemRow.__table__.c.id > 0)  # type: ignore[attr-defined]
        assert (await counts(services))[0] == 0
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    for _ in range(2):
        await fill(as_json=True)
        assert json.loads(capsys.readouterr().out) == {"calls": 4}
    async with open_services(settings) as services:
        assert (await counts(services))[0] == kept


async def test_what_was_to_be_forgotten_when_a_process_died_is_forgotten_by_the_next(settings: Settings) -> None:
    async with open_services(settings) as services:
        await Backfill(services, BEGINNING, None, lambda _told: None).run()
        [call, *_] = await services.records.calls.analysed_ids()
        begun = await services.forgetting.forget(f"call:{call}", "test")
    assert begun.waiting  # a command has no index to tell
    async with open_services(settings, serving=True) as services:
        services.schedule_forgetting()
        [receipt] = await services.forgetting.resume()
        sources = await services.memory.kept.entries.of_source(f"call:{call}")
    assert receipt.done_at is not None
    assert sources == []
