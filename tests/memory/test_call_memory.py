"""Calls are remembered in passages and findings, once, for the audience that their record has."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.analysis import (
    CallAnalysis,
    Finding,
    Kind,
    MeddpiccField,
    Qualification,
    Sentiment,
    StageDirection,
    TalkStatistics,
)
from core.calls import Call, Party, Sentence, Transcript, Turn
from core.errors import Unavailable
from core.scope import UNOWNED, owned_by
from memory.call_memory import CallMemory
from memory.database import Database
from memory.store.entries import Entries
from tests.embedders import HashedWords

STARTED = datetime(2026, 3, 10, 15, tzinfo=UTC)
CALL = Call(
    id="9001",
    title="Acme - pricing",
    url="https://us-1.app.gong.io/call?id=9001",
    started=STARTED,
    parties=(
        Party(name="Dana Reyes", email="Dana@Ours.example", speaker_id="s1"),
        Party(name="Ana Silva", email="ana@acme.example", speaker_id="s2"),
        Party(name="A guest"),
    ),
)
SUBJECTS = frozenset({"deal:301", "company:101"})


def transcript(turns: int, word: str = "word") -> Transcript:
    """Turns of 40 words each, a minute apart."""
    return Transcript(
        call_id="9001",
        turns=tuple(
            Turn(
                speaker_id="s1" if turn % 2 else "s2",
                sentences=(
                    Sentence(start_ms=turn * 60_000, end_ms=turn * 60_000 + 9000, text=f"Turn {turn} {word} " * 13),
                ),
            )
            for turn in range(turns)
        ),
    )


def finding(kind: Kind = Kind.RISK, **given: Any) -> Finding:
    values: dict[str, Any] = {
        "text": "Price is a worry",
        "quote": "Honestly we are worried about the price.",
        "speaker": "Ana Silva",
        "start_ms": 185_000,
        "evidence": ((3, 0),),
        "confidence": 0.9,
    }
    return Finding(kind=kind, **(values | given))


def analysis(*items: Finding, **given: Any) -> CallAnalysis:
    return CallAnalysis(
        call_id="9001",
        analyst="test",
        summary="",
        sentiment=Sentiment(label="mixed", score=0),
        items=items,
        stage_direction=StageDirection(direction="hold"),
        statistics=TalkStatistics(),
        **given,
    )


@pytest.fixture
def embedder() -> HashedWords:
    return HashedWords()


@pytest.fixture
def entries(database: Database, embedder: HashedWords, clock: Any) -> Entries:
    return Entries(database, embedder, clock)


@pytest.fixture
def calls(database: Database, entries: Entries) -> CallMemory:
    return CallMemory(database, entries, "main")


async def test_a_passage_says_who_when_and_where_in_gong(calls: CallMemory, entries: Entries) -> None:
    await calls.keep(CALL, transcript(8), analysis(), owned_by("1"), SUBJECTS)
    first, second, *_ = await entries.of_source("call:9001", "call_passages")
    assert first.value["text"].startswith("Ana Silva: Turn 0 word")
    assert first.text == first.embedded["text"] == f"Acme - pricing\n{first.value['text']}"
    assert (first.position, second.position) == (0, 1)
    about = {name: second.value[name] for name in ("speaker", "speakers", "start_ms", "end_ms", "minute")}
    assert about == {
        "speaker": "Dana Reyes",
        "speakers": ["Dana Reyes", "Ana Silva"],
        "start_ms": 180_000,
        "end_ms": 309_000,
        "minute": "3:00",
    }
    assert (second.value["call_id"], second.value["title"]) == ("9001", "Acme - pricing")
    assert second.value["link"].startswith("https://us-1.app.gong.io/call?id=9001&highlights=")
    assert second.at == STARTED + timedelta(minutes=3)
    assert second.audience == "owner:1"
    assert second.subjects == SUBJECTS | {"call:9001", "person:dana@ours.example", "person:ana@acme.example"}


async def test_a_finding_is_kept_with_its_quote_and_what_it_is(calls: CallMemory, entries: Entries) -> None:
    buyer = Qualification(
        field=MeddpiccField.ECONOMIC_BUYER, **finding().model_dump(exclude={*Finding.model_fields} - {*QUALIFIES})
    )
    found = analysis(finding(), finding(text="Let's move", quote="Let's move on", candidate=True), meddpicc=(buyer,))
    await calls.keep(CALL, transcript(1), found, UNOWNED)
    risk, possible, qualified = await entries.of_source("call:9001", "call_findings")
    assert risk.text == "Risk: Price is a worry\nHonestly we are worried about the price."
    assert (risk.value["kind"], risk.value["quote"]) == ("risk", "Honestly we are worried about the price.")
    assert (risk.value["speaker"], risk.value["start_ms"], risk.value["minute"]) == ("Ana Silva", 185_000, "3:05")
    assert (risk.value["candidate"], possible.value["candidate"]) == (False, True)
    assert (qualified.value["kind"], qualified.value["field"]) == ("meddpicc", "economic_buyer")


QUALIFIES = ("text", "quote", "speaker", "start_ms", "evidence", "confidence")


async def test_coaching_is_not_kept_where_others_may_recall_it(calls: CallMemory, entries: Entries) -> None:
    await calls.keep(CALL, transcript(1), analysis(finding(Kind.COACHING), finding()), UNOWNED)
    assert [each.value["kind"] for each in await entries.of_source("call:9001", "call_findings")] == ["risk"]


async def test_keeping_a_call_twice_changes_and_embeds_nothing(
    calls: CallMemory, entries: Entries, embedder: HashedWords
) -> None:
    await calls.keep(CALL, transcript(30), analysis(finding()), owned_by("1"), SUBJECTS)
    before, asked = await entries.of_subject("call:9001"), len(embedder.asked)
    await calls.keep(CALL, transcript(30), analysis(finding()), owned_by("1"), SUBJECTS)
    assert await entries.of_subject("call:9001") == before
    assert len(embedder.asked) == asked


async def test_a_corrected_transcript_replaces_and_leaves_nothing_of_the_longer_one(
    calls: CallMemory, entries: Entries
) -> None:
    await calls.keep(CALL, transcript(30), analysis(finding(), finding(text="Another")), UNOWNED, SUBJECTS)
    await calls.keep(CALL, transcript(6, "other"), analysis(finding()), UNOWNED, SUBJECTS)
    kept = await entries.of_source("call:9001", "call_passages")
    assert [each.position for each in kept] == [0, 1]
    assert all("other" in (each.text or "") for each in kept)
    assert len(await entries.of_source("call:9001", "call_findings")) == 1


async def test_another_audience_takes_all_of_the_call_along(
    calls: CallMemory, entries: Entries, embedder: HashedWords
) -> None:
    await calls.keep(CALL, transcript(40), analysis(finding()), owned_by("1"), SUBJECTS)
    kept, asked = await entries.of_subject("call:9001"), len(embedder.asked)
    assert await calls.readdress("9001", owned_by("2")) == len(kept)
    moved = await entries.of_subject("call:9001")
    assert {each.audience for each in moved} == {"owner:2"}
    assert {each.namespace[1] for each in moved} == {"owner:2"}
    assert [(each.id, each.value, each.embedded) for each in moved] == [
        (each.id, each.value, each.embedded) for each in kept
    ]
    assert len(embedder.asked) == asked
    assert await calls.readdress("9001", owned_by("2")) == 0


async def test_an_address_longer_than_any_is_no_subject(calls: CallMemory, entries: Entries) -> None:
    guest = Party(name="A guest", email="x" * 5000 + "@acme.example")
    await calls.keep(CALL.model_copy(update={"parties": (guest,)}), transcript(1), analysis(), UNOWNED)
    [kept] = await entries.of_subject("call:9001")
    assert kept.subjects == {"call:9001"}


async def test_keeping_a_call_for_another_audience_leaves_nothing_with_the_former(
    calls: CallMemory, entries: Entries
) -> None:
    await calls.keep(CALL, transcript(9), analysis(finding()), owned_by("1"), SUBJECTS)
    await calls.keep(CALL, transcript(9), analysis(finding()), owned_by("2"), SUBJECTS)
    assert {each.audience for each in await entries.of_subject("call:9001")} == {"owner:2"}


async def test_a_call_is_kept_while_the_embedder_is_away(
    calls: CallMemory, entries: Entries, embedder: HashedWords
) -> None:
    embedder.away = True
    await calls.keep(CALL, transcript(3), analysis(finding()), UNOWNED)
    assert len(await entries.of_subject("call:9001")) == 2
    with pytest.raises(Unavailable):
        await embedder.embed(["still away"])


async def test_the_latest_calls_about_a_record_come_first(calls: CallMemory) -> None:
    for number, day in (("1", 3), ("2", 9), ("3", 6)):
        call = CALL.model_copy(update={"id": number, "started": STARTED.replace(day=day)})
        await calls.keep(call, transcript(9), analysis(), owned_by(number), SUBJECTS)
    undated = CALL.model_copy(update={"id": "4", "started": None})
    await calls.keep(undated, transcript(1), analysis(), UNOWNED, SUBJECTS)
    heads = await calls.about("deal:301", 4)
    assert [(head.call_id, head.audience) for head in heads] == [
        ("2", "owner:2"),
        ("3", "owner:3"),
        ("1", "owner:1"),
        ("4", "unowned"),
    ]
    assert [head.call_id for head in await calls.about("person:ana@acme.example", 1)] == ["2"]
    assert await calls.about("deal:999", 4) == []
