"""What the call store knows of how an analysis was made, and which calls it finds by that."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text

from core.analysis import CallAnalysis, Provenance, Sentiment, StageDirection, TalkStatistics
from core.calls import Call, Transcript
from memory.calls import CallStatus
from memory.counts import counted
from memory.database import Database
from memory.records import Records

MADE_BY = Provenance(analyst="extractive/1", model="big", prompt_version="3", input_hash="abc")
BEGAN = datetime(2026, 11, 1, tzinfo=UTC)
MINUTES = timedelta(minutes=1)


def found_in(call_id: str, **about: Any) -> CallAnalysis:
    return CallAnalysis(
        call_id=call_id,
        analyst="extractive",
        summary="",
        sentiment=Sentiment(label="neutral", score=0),
        stage_direction=StageDirection(direction="hold"),
        statistics=TalkStatistics(),
        **about,
    )


async def stored(records: Records, call_id: str, status: CallStatus = CallStatus.ANALYSED, **about: Any) -> None:
    days = timedelta(days=int(call_id))
    await records.calls.save(Call(id=call_id, started=BEGAN + days), Transcript(call_id=call_id))
    await records.calls.save_analysis(call_id, found_in(call_id, **about))
    await records.calls.set_status(call_id, status)


async def test_the_provenance_stands_beside_the_analysis_where_a_query_finds_it(
    records: Records, database: Database
) -> None:
    await stored(records, "1", provenance=MADE_BY)
    columns = "analyst, model, prompt_version, input_hash, awaits_model, analysed_at IS NOT NULL"
    async with database.session() as session:
        (row,) = (await session.execute(text(f"SELECT {columns} FROM call_analysis"))).all()
    assert tuple(row) == ("extractive/1", "big", "3", "abc", False, True)
    kept = await records.calls.get("1")
    assert kept is not None
    assert kept.analysis is not None
    assert kept.analysis.provenance == MADE_BY


async def test_calls_that_wait_for_the_model_are_found_once_they_are_due_longest_due_first(
    records: Records, clock: Any, database: Database
) -> None:
    for call_id in "321":
        await stored(records, call_id, awaits_model=True)
        clock.pass_by(MINUTES)
    await stored(records, "4")
    await stored(records, "5", CallStatus.WAITING, awaits_model=True)
    await records.calls.save_without_model("3", found_in("3", awaits_model=True), 2, clock.now() + 10 * MINUTES)
    assert await records.calls.awaiting_model(clock.now(), 9) == ["2", "1"]
    assert await records.calls.awaiting_model(clock.now(), 1) == ["2"]
    assert await records.calls.awaiting_model(clock.now() + 10 * MINUTES, 9) == ["2", "1", "3"]
    assert (await counted(database)).analyses == {("whole",): 1, ("awaits_model",): 4}


async def test_an_analysis_that_is_verified_keeps_when_the_model_is_asked_again(records: Records, clock: Any) -> None:
    await stored(records, "1", awaits_model=True)
    await records.calls.save_without_model("1", found_in("1", awaits_model=True), 3, clock.now() + MINUTES)
    await records.calls.save_analysis("1", found_in("1", awaits_model=True, dropped=1))
    kept = await records.calls.get("1")
    assert kept is not None
    assert kept.model_tries == 3
    assert await records.calls.awaiting_model(clock.now(), 9) == []
    await records.calls.save_analysis("1", found_in("1"))
    kept = await records.calls.get("1")
    assert kept is not None
    assert kept.model_tries == 0
    assert await records.calls.awaiting_model(clock.now() + MINUTES, 9) == []


async def test_analysed_calls_are_walked_in_the_order_they_began_a_page_at_a_time(records: Records) -> None:
    for call_id in ("9", "2", "10", "1"):
        await stored(records, call_id)
    await stored(records, "3", CallStatus.FAILED)
    await records.calls.save(Call(id="4", started=BEGAN), None)
    ids = await records.calls.analysed_ids()
    assert ids == ["1", "2", "9", "10"]
    assert await records.calls.analysed_ids(BEGAN + timedelta(days=9)) == ["9", "10"]
    pages = [[call.call.id for call in page] async for page in records.calls.pages([*ids, "unknown"], 3)]
    assert pages == [["1", "2", "9"], ["10"]]


async def test_the_metadata_of_analysed_calls_comes_without_what_was_said(records: Records) -> None:
    await stored(records, "1")
    await records.calls.save(Call(id="2"), None)
    known = await records.calls.analysed_metadata(["1", "2", "3"])
    assert {id: call.started for id, call in known.items()} == {"1": BEGAN + timedelta(days=1)}
    assert await records.calls.analysed_metadata([]) == {}
