"""What the call store keeps, and what a later delivery may not take away."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from core.analysis import CallAnalysis, Finding, Kind, Sentiment, StageDirection, TalkStatistics
from core.calls import Call, Party, Sentence, Transcript, Turn
from core.errors import RecordConflict
from memory.calls import CallStatus
from memory.records import Records

IN_DENVER = timezone(timedelta(hours=-7))


def _call(call_id: str, started: datetime | None = None) -> Call:
    return Call(id=call_id, title="Renewal", started=started, parties=(Party(name="Dana Ruiz", speaker_id="1"),))


def _transcript(call_id: str) -> Transcript:
    sentence = Sentence(start_ms=0, end_ms=900, text="We’ll sign on Friday — “¿vale?” \u2028 \U0001f642")
    return Transcript(call_id=call_id, turns=(Turn(speaker_id="1", sentences=(sentence,)),))


def _analysis(call_id: str) -> CallAnalysis:
    finding = Finding(kind=Kind.BUYING_SIGNAL, text="Signs", quote="sign", start_ms=0, evidence=((0, 0),), confidence=1)
    return CallAnalysis(
        call_id=call_id,
        analyst="extractive",
        summary="They will sign.",
        sentiment=Sentiment(label="positive", score=0.5),
        items=(finding,),
        stage_direction=StageDirection(direction="advance"),
        statistics=TalkStatistics(talk_share={"Dana Ruiz": 1.0}),
    )


async def test_a_call_comes_back_as_it_was_with_all_that_was_found(records: Records, clock: Any) -> None:
    call = _call("7", datetime(2026, 11, 19, 14, 30, tzinfo=IN_DENVER))
    await records.calls.save(call, _transcript("7"))
    await records.calls.save_analysis("7", _analysis("7"))
    await records.calls.save_resolution("7", {"deal": "42", "contacts": ["1", "2"]})
    clock.pass_by(timedelta(minutes=1))
    await records.calls.set_status("7", CallStatus.ANALYSED)

    stored = await records.calls.get("7")
    assert stored is not None
    assert (stored.call, stored.transcript, stored.analysis) == (call, _transcript("7"), _analysis("7"))
    assert stored.resolution == {"deal": "42", "contacts": ["1", "2"]}
    assert (stored.status, stored.reason) == (CallStatus.ANALYSED, None)
    assert stored.updated_at == datetime(2026, 11, 20, 9, 1, tzinfo=UTC)
    assert stored.updated_at.tzinfo is UTC


async def test_an_unknown_call_is_none(records: Records) -> None:
    assert await records.calls.get("7") is None


async def test_a_later_delivery_without_transcript_takes_nothing_away(records: Records) -> None:
    await records.calls.save(_call("7"), _transcript("7"))
    await records.calls.save_analysis("7", _analysis("7"))
    await records.calls.set_status("7", CallStatus.WAITING, "HubSpot is down")
    await records.calls.save(_call("7").model_copy(update={"title": "Renewal 2027"}), None)

    stored = await records.calls.get("7")
    assert stored is not None
    assert stored.call.title == "Renewal 2027"
    assert stored.transcript == _transcript("7")
    assert stored.analysis == _analysis("7")
    assert (stored.status, stored.reason) == (CallStatus.WAITING, "HubSpot is down")


async def test_many_calls_are_saved_at_once_and_counted(records: Records) -> None:
    await records.calls.save_many([(_call(str(n)), None) for n in range(1_200)])
    await records.calls.set_status("3", CallStatus.FAILED, "gone")
    counts = await records.calls.counts()
    assert counts[CallStatus.RECEIVED] == 1_199
    assert counts[CallStatus.FAILED] == 1
    assert set(counts) == set(CallStatus)


async def test_saving_no_calls_is_no_work(records: Records) -> None:
    await records.calls.save_many([])
    assert await records.calls.all() == []


async def test_of_a_call_that_comes_twice_in_one_page_the_last_counts(records: Records) -> None:
    first, last = _call("7"), _call("7").model_copy(update={"title": "Renamed"})
    await records.calls.save_many([(first, _transcript("7")), (last, None)])
    stored = await records.calls.get("7")
    assert stored is not None
    assert stored.call.title == "Renamed"
    assert stored.transcript is not None


async def test_the_calls_that_lack_a_transcript_are_told_whether_known_or_not(records: Records) -> None:
    await records.calls.save_many([(_call("1"), _transcript("1")), (_call("2"), None)])
    ids = ["3", "2", "1", "2", *(f"unknown {n}" for n in range(1_000))]
    assert await records.calls.lacking_transcripts(ids) == ["3", "2", *(f"unknown {n}" for n in range(1_000))]
    assert await records.calls.lacking_transcripts([]) == []


async def test_calls_come_in_the_order_they_began_in_whatever_their_time_zone(records: Records) -> None:
    late = _call("late", datetime(2026, 11, 19, 14, 30, tzinfo=IN_DENVER))
    early = _call("early", datetime(2026, 11, 19, 20, 0, tzinfo=UTC))
    await records.calls.save_many([(late, None), (early, None), (_call("unknown"), None)])
    assert [stored.call.id for stored in await records.calls.all()] == ["unknown", "early", "late"]
    assert [stored.call.id for stored in await records.calls.all(["late", "nobody", "early"])] == ["early", "late"]
    assert await records.calls.all([]) == []


async def test_progress_of_a_call_that_is_not_stored_is_an_error(records: Records) -> None:
    with pytest.raises(RecordConflict, match="call 7 is not stored"):
        await records.calls.set_status("7", CallStatus.ANALYSED)
    with pytest.raises(RecordConflict, match="call 7 is not stored"):
        await records.calls.save_analysis("7", _analysis("7"))


async def test_calls_of_some_days_come_without_what_was_said_the_latest_first(records: Records) -> None:
    days = [datetime(2026, 11, day, 12, tzinfo=UTC) for day in (1, 2, 3, 4)]
    calls = [_call(str(day.day), day) for day in days]
    await records.calls.save_many([*((call, _transcript(call.id)) for call in calls), (_call("unknown"), None)])
    await records.calls.save_analysis("2", _analysis("2"))
    await records.calls.set_status("2", CallStatus.ANALYSED)
    await records.calls.save_resolution("2", {"deal": "42"})
    found = await records.calls.begun(9, days[1], days[3])
    assert [one.call for one in found] == [calls[2], calls[1]]
    assert [(one.status, one.resolution, one.is_analysed) for one in found] == [
        (CallStatus.RECEIVED, None, False),
        (CallStatus.ANALYSED, {"deal": "42"}, True),
    ]
    assert [one.call.id for one in await records.calls.begun(9)] == ["4", "3", "2", "1", "unknown"]
    assert [one.call.id for one in await records.calls.begun(2)] == ["4", "3"]
    assert await records.calls.analyses(["2", "3", "nobody"]) == {"2": _analysis("2")}
    assert await records.calls.analyses([]) == {}
