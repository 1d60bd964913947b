"""Recall as a whole: what comes back for a question, in which order, and with what around it."""

from datetime import timedelta

from core.scope import EVERYTHING, NOTHING, UNOWNED, Scope, owned_by
from memory.recall.passage import Passage, Recalled
from memory.recall.recall import Recall
from memory.store.entries import Entries
from memory.store.entry import Entry
from tests.memory.conftest import MovableClock
from tests.memory.recall.conftest import entry

CALL = ("We talked about lunch.", "Ana: The price is too high for us.", "Ben: We can do ten percent.", "Goodbye then.")
THREAD = ("hello", "how high is the price", "price price", "the price is as it is", "thanks")


async def test_a_passage_comes_with_who_said_it_when_where_and_what_stands_around_it(
    recall: Recall, entries: Entries, clock: MovableClock
) -> None:
    await entries.put(_call(clock))

    [passage, *_] = (await recall.recall("Is the price too high?", EVERYTHING)).passages

    assert (passage.text, passage.speaker, passage.at) == (CALL[1], "Ana", clock.now())
    assert (passage.start_ms, passage.minute, passage.link) == (185_000, "3:05", "https://app.gong.io/call?id=1")
    assert (passage.source, passage.kind, passage.subjects) == ("call:1", "call_passages", frozenset({"deal:301"}))
    assert (passage.before, passage.after) == (CALL[:1], CALL[2:3])
    assert 0 < passage.score <= 1


async def test_as_many_neighbours_come_as_were_asked_for(recall: Recall, entries: Entries, clock: MovableClock) -> None:
    await entries.put(_call(clock))

    for neighbours, after in ((0, ()), (1, CALL[2:3]), (2, CALL[2:4]), (9, CALL[2:4])):
        [passage, *_] = (await recall.recall("price too high", EVERYTHING, neighbours=neighbours)).passages
        assert passage.after == after


async def test_a_finding_comes_with_its_quote_and_without_neighbours(recall: Recall, entries: Entries) -> None:
    value = {"text": "Price objection", "kind": "objection", "quote": "too high"}
    findings = [entry(f"Price objection {at}", kind="call_findings", position=at) for at in range(2)]
    await entries.put([each.model_copy(update={"value": value | {"order": at}}) for at, each in enumerate(findings)])

    [passage, *_] = (await recall.recall("objection to the price", EVERYTHING)).passages

    assert (passage.finding, passage.quote) == ("objection", "too high")
    assert passage.before == passage.after == ()


async def test_a_neighbour_is_shown_once(recall: Recall, entries: Entries) -> None:
    await entries.put(_thread())

    found = (await recall.recall("price", EVERYTHING)).passages

    around = [text for passage in found for text in (*passage.before, *passage.after)]
    assert (found[0].text, len(found[0].before), len(found[0].after)) == ("price price", 1, 1)
    assert len(around) == len(set(around))


async def test_of_two_findings_of_one_sentence_the_better_is_given(recall: Recall, entries: Entries) -> None:
    risk, objection = (
        entry(f"{kind}: the price is high", kind="call_findings", position=at).model_copy(
            update={"value": {"kind": kind, "quote": "The price is high."}}
        )
        for at, kind in enumerate(("risk", "objection"))
    )
    await entries.put([risk, objection])

    assert len((await recall.recall("price", EVERYTHING)).passages) == 1


async def test_a_finding_says_whether_it_is_sure_and_whether_it_was_taken_back(
    recall: Recall, entries: Entries
) -> None:
    value = {"kind": "meddpicc", "field": "economic_buyer", "quote": "Dana pays", "candidate": True, "withdrawn": True}
    kept = entry("Dana pays", kind="call_findings").model_copy(update={"value": value})
    await entries.put([kept, entry("Dana pays for it all")])

    found = {each.kind: each for each in (await recall.recall("Dana pays", EVERYTHING)).passages}

    possible, passage = found["call_findings"], found["call_passages"]
    assert (possible.finding, possible.candidate, possible.withdrawn) == ("economic_buyer", True, True)
    assert (passage.finding, passage.candidate, passage.withdrawn) == (None, False, False)


async def test_the_same_content_comes_once(recall: Recall, entries: Entries) -> None:
    await entries.put([entry("The price is high.", source="call:1"), entry("The price is high.", source="call:2")])

    assert len((await recall.recall("price", EVERYTHING)).passages) == 1


async def test_of_two_that_answer_equally_the_newer_comes_first(
    recall: Recall, entries: Entries, clock: MovableClock
) -> None:
    old, new = clock.now() - timedelta(days=700), clock.now() - timedelta(days=3)
    await entries.put(
        [entry("price, the new one", source="call:2", at=new), entry("price, the old one", source="call:1", at=old)]
    )

    found = (await recall.recall("price", EVERYTHING)).passages

    assert [passage.text for passage in found] == ["price, the new one", "price, the old one"]


async def test_only_what_was_asked_for_is_found(recall: Recall, entries: Entries, clock: MovableClock) -> None:
    day = timedelta(days=1)
    await entries.put(
        [
            entry("price one", source="call:1", at=clock.now() - 2 * day, subjects=frozenset({"deal:1", "deal:9"})),
            entry("price two", source="call:2", at=clock.now() - day, subjects=frozenset({"deal:2"})),
            entry("price three", source="contact:3", kind="business_context"),
        ]
    )

    async def found(**asked: object) -> set[str]:
        recalled = await recall.recall("price", EVERYTHING, **asked)  # type: ignore[arg-type]
        return {passage.text.removeprefix("price ") for passage in recalled.passages}

    assert await found() == {"one", "two", "three"}
    assert await found(kinds=["call_passages"]) == {"one", "two"}
    assert await found(kinds=[]) == set()
    assert await found(subjects=["deal:1", "deal:2"]) == {"one", "two"}
    assert await found(subjects=["deal:3"]) == set()
    assert await found(sources=["call:2", "contact:3"]) == {"two", "three"}
    assert await found(since=clock.now() - day) == {"two"}
    assert await found(until=clock.now() - day) == {"one"}
    assert await found(count=0) == set()
    assert len(await found(count=2)) == 2


async def test_what_has_expired_is_neither_found_nor_a_neighbour(
    recall: Recall, entries: Entries, clock: MovableClock
) -> None:
    await entries.put([entry("The price.", position=1), entry("Price, until noon.", position=2, ttl_minutes=5)])
    assert (await _only(recall)).after == ("Price, until noon.",)

    clock.pass_by(timedelta(minutes=5))

    assert (await _only(recall)).after == ()


async def test_a_question_without_a_word_finds_nothing(recall: Recall, entries: Entries) -> None:
    await entries.put([entry("The price.")])

    for question in ("", "   ", "?!", "🙂", "\x00", "\ud800"):
        assert await recall.recall(question, EVERYTHING) == Recalled()


async def test_a_scope_of_nothing_finds_nothing(recall: Recall, entries: Entries) -> None:
    await entries.put([entry("The price.")])

    assert (await recall.recall("price", NOTHING)).passages == ()


async def test_a_neighbour_that_may_not_be_shown_stays_away(recall: Recall, entries: Entries) -> None:
    others = [entry("Secret one", position=0, audience=owned_by("2")), entry("Open", position=2)]
    await entries.put([entry("The price.", position=1, audience=owned_by("1")), *others])

    [passage] = (await recall.recall("price", Scope(audiences=frozenset({UNOWNED, owned_by("1")})))).passages[:1]

    assert (passage.before, passage.after) == ((), ("Open",))


async def test_a_value_of_another_shape_is_shown_as_far_as_it_can_be(recall: Recall, entries: Entries) -> None:
    odd = entry("x").model_copy(
        update={"value": {"text": 7, "speaker": ["Ana"], "start_ms": True, "link": {}}, "text": "The price."}
    )
    await entries.put([odd])

    passage = await _only(recall)

    assert passage.text == "The price."
    assert (passage.speaker, passage.start_ms, passage.minute, passage.link) == (None, None, None, None)


async def _only(recall: Recall) -> Passage:
    return (await recall.recall("price", EVERYTHING)).passages[0]


def _call(clock: MovableClock) -> list[Entry]:
    return [
        entry(
            text,
            position=position,
            at=clock.now(),
            subjects=frozenset({"deal:301"}),
            speaker=text.partition(":")[0],
            start_ms=125_000 + 60_000 * position,
            link="https://app.gong.io/call?id=1",
        )
        for position, text in enumerate(CALL)
    ]


def _thread() -> list[Entry]:
    return [entry(text, position=at, kind="conversation", source="thread:1") for at, text in enumerate(THREAD)]
