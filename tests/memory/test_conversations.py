"""Turns are found by themselves and their neighbours, cited by themselves, and cost the same in a long thread."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event
from sqlmodel import col

from core.scope import said_at, said_by
from memory.conversations import MOST_PARTS, Conversations, Turn
from memory.database import Database
from memory.embedding.port import Vectors
from memory.store.entries import Entries
from memory.store.entry import Kept
from memory.tables import MemoryItemRow
from tests.embedders import HashedWords

CHANNEL = said_at("C1")


@pytest.fixture
def embedder() -> HashedWords:
    return HashedWords()


@pytest.fixture
def entries(database: Database, embedder: HashedWords, clock: Any) -> Entries:
    return Entries(database, embedder, clock)


@pytest.fixture
def conversations(database: Database, entries: Entries) -> Conversations:
    return Conversations(entries, "main")


@pytest.fixture
def turn(clock: Any) -> Any:
    """Makes a turn of Ana's, a second after the one before."""

    def make(text: str, **given: Any) -> Turn:
        clock.pass_by(timedelta(seconds=1))
        values: dict[str, Any] = {"id": text[:20], "role": "user", "audience": CHANNEL, "at": clock.now()}
        values |= {"speaker": "Ana", "person": "ana@acme.example"}
        return Turn(text=text, **(values | given))

    return make


async def kept(entries: Entries, thread: str = "t1") -> list[Kept]:
    return await entries.of_source(f"thread:{thread}", "conversation")


async def test_a_turn_is_found_by_its_neighbours_words_and_cited_by_its_own(
    conversations: Conversations, entries: Entries, turn: Any
) -> None:
    for text in ("Where is Acme?", "In the demo stage.", "Since when?"):
        await conversations.keep_turn("t1", turn(text))
    first, second, third = await kept(entries)
    assert first.text == "Ana: Where is Acme?\nAna: In the demo stage."
    assert second.text == "Ana: Where is Acme?\nAna: In the demo stage.\nAna: Since when?"
    assert third.text == "Ana: In the demo stage.\nAna: Since when?"
    assert set(second.embedded.values()) == {"Ana: In the demo stage."}
    assert second.value == {
        "text": "In the demo stage.",
        "role": "user",
        "speaker": "Ana",
        "person": "ana@acme.example",
        "thread": "t1",
        "turn": "In the demo stage.",
    }
    assert second.subjects == {"thread:t1", "person:ana@acme.example"}
    assert (second.position, second.audience, second.key) == (1, CHANNEL, "t1/In the demo stage.")


async def test_keeping_a_turn_again_changes_and_embeds_nothing(
    conversations: Conversations, entries: Entries, embedder: HashedWords, turn: Any
) -> None:
    turns = [turn(text) for text in ("One", "Two", "Three", "Four")]
    places = [await conversations.keep_turn("t1", each) for each in turns]
    before, asked = await kept(entries), len(embedder.asked)
    assert [await conversations.keep_turn("t1", each) for each in turns] == places == [0, 1, 2, 3]
    assert await kept(entries) == [each.model_copy(update={"updated_at": each.updated_at}) for each in before]
    assert len(embedder.asked) == asked


async def test_a_turn_that_was_edited_changes_the_windows_beside_it(
    conversations: Conversations, entries: Entries, turn: Any
) -> None:
    for text in ("One", "Two", "Three"):
        await conversations.keep_turn("t1", turn(text))
    await conversations.keep_turn("t1", turn("2", id="Two"))
    assert [each.text for each in await kept(entries)] == [
        "Ana: One\nAna: 2",
        "Ana: One\nAna: 2\nAna: Three",
        "Ana: 2\nAna: Three",
    ]


async def test_what_one_was_told_alone_stands_in_nobody_elses_window(
    conversations: Conversations, entries: Entries, turn: Any
) -> None:
    await conversations.keep_turn("t1", turn("In the open"))
    await conversations.keep_turn("t1", turn("A secret", audience=said_by("U1")))
    await conversations.keep_turn("t1", turn("In the open again"))
    texts = {each.value["text"]: each.text for each in await kept(entries)}
    assert texts["In the open"] == "Ana: In the open\nAna: In the open again"
    assert texts["A secret"] == "Ana: A secret"
    assert [each.position for each in await kept(entries)] == [0, 1, 2]


async def test_threads_keep_apart(conversations: Conversations, entries: Entries, turn: Any) -> None:
    await conversations.keep_turn("t1", turn("Here"))
    await conversations.keep_turn("t2", turn("There"))
    assert [each.text for each in await kept(entries, "t2")] == ["Ana: There"]


async def test_what_sophia_says_has_no_person(conversations: Conversations, entries: Entries, turn: Any) -> None:
    await conversations.keep_turn("t1", turn("It is.", role="assistant", speaker=None, person=None))
    (said,) = await kept(entries)
    assert (said.text, said.subjects) == ("It is.", frozenset({"thread:t1"}))


async def test_a_long_turn_has_several_vectors_and_shows_only_its_ends_to_its_neighbours(
    conversations: Conversations, entries: Entries, turn: Any
) -> None:
    long = " ".join(f"word{number}" for number in range(300))
    for text in ("Before", long, "After"):
        await conversations.keep_turn("t1", turn(text, speaker=None))
    before, middle, after = await kept(entries)
    assert len(middle.embedded) > 2
    assert " ".join(middle.embedded.values()) == long
    assert middle.value["text"] == long
    assert "word0 " in (before.text or "") and "word299" not in (before.text or "")
    assert "word299" in (after.text or "") and "word0 " not in (after.text or "")


async def test_the_rows_of_a_table_are_found_by_their_words_alone(
    conversations: Conversations, entries: Entries, turn: Any
) -> None:
    await conversations.keep_turn("t1", turn("2 deals of Ana's.\n\n| Deal | Amount |\n| --- | --- |\n| Acme | 42 |"))
    await conversations.keep_turn("t1", turn("| only | rows |"))
    first, second = await kept(entries)
    assert set(first.embedded.values()) == {"Ana: 2 deals of Ana's."} and "| Acme | 42 |" in (first.text or "")
    assert set(second.embedded.values()) == {"Ana: | only | rows |"}


async def test_turns_that_follow_on_each_other_are_kept_together_in_their_order(
    conversations: Conversations, entries: Entries, turn: Any
) -> None:
    await conversations.keep_turn("t1", turn("One"))
    assert await conversations.keep_turns("t1", [turn("Two"), turn("Three")]) == [1, 2]
    assert [each.text for each in await kept(entries)] == [
        "Ana: One\nAna: Two",
        "Ana: One\nAna: Two\nAna: Three",
        "Ana: Two\nAna: Three",
    ]


async def test_windows_made_anew_hold_nothing_of_a_turn_that_was_removed(
    conversations: Conversations, entries: Entries, turn: Any
) -> None:
    for text in ("One", "A secret", "Three"):
        await conversations.keep_turn("t1", turn(text))
    secret = (await kept(entries))[1]
    await entries.put([secret.model_copy(update={"namespace": ("other", CHANNEL, "conversation")})])
    await entries.put([], remove=[(secret.namespace, secret.key)])
    await conversations.renew_windows("t1")
    await entries.remove_where(col(MemoryItemRow.tenant) == "other")
    assert [each.text for each in await kept(entries)] == ["Ana: One\nAna: Three", "Ana: One\nAna: Three"]


async def test_what_is_forgotten_while_a_turn_is_kept_does_not_come_back(
    database: Database, clock: Any, turn: Any
) -> None:
    embedder = Interrupted()
    entries = Entries(database, embedder, clock)
    conversations = Conversations(entries, "main")
    for text in ("One", "A secret"):
        await conversations.keep_turn("t1", turn(text))
    embedder.meanwhile = lambda: entries.remove_where(col(MemoryItemRow.key) == "t1/A secret")
    await conversations.keep_turn("t1", turn("Three"))
    assert [each.text for each in await kept(entries)] == ["Ana: One\nAna: Three", "Ana: One\nAna: Three"]


class Interrupted(HashedWords):
    """Lets something happen while it embeds."""

    meanwhile: Callable[[], Awaitable[object]] | None = None

    async def embed(self, texts: Sequence[str]) -> Vectors:
        if self.meanwhile is not None:
            await self.meanwhile()
        return await super().embed(texts)


async def test_turns_that_are_kept_at_once_have_a_place_each(
    conversations: Conversations, entries: Entries, turn: Any
) -> None:
    await conversations.keep_turn("t1", turn("First"))
    turns = [turn(f"Turn {number}") for number in range(6)]
    places = await asyncio.gather(*(conversations.keep_turn("t1", each) for each in turns))
    assert sorted(places) == [1, 2, 3, 4, 5, 6]
    line = [each.value["text"] for each in await kept(entries)]
    assert [each.text for each in await kept(entries)] == [
        "\n".join(f"Ana: {text}" for text in line[max(at - 1, 0) : at + 2]) for at in range(7)
    ]


async def test_a_turn_of_megabytes_is_kept_whole_and_searched_in_part(
    conversations: Conversations, entries: Entries, embedder: HashedWords, turn: Any
) -> None:
    pasted = "".join(f"word{number} " for number in range(500_000))
    for text in ("Before", pasted, "After"):
        await conversations.keep_turn("t1", turn(text))
    before, middle, after = await kept(entries)
    assert middle.value["text"] == pasted
    assert len(middle.embedded) == MOST_PARTS and len(embedder.asked) == MOST_PARTS + 2
    assert [len(each.text or "") < most for each, most in ((before, 600), (middle, 200_001), (after, 600))] == [
        True
    ] * 3
    assert (before.text or "").startswith("Ana: Before\nAna: word0 word1 ")
    assert (after.text or "").endswith("word499999\nAna: After")


async def test_a_turn_costs_as_many_statements_and_texts_in_a_long_thread(
    conversations: Conversations, database: Database, embedder: HashedWords, turn: Any
) -> None:
    statements: list[str] = []
    event.listen(database._engine, "after_cursor_execute", lambda *given: statements.append(given[2]))
    costs = []
    for number in range(60):
        done, asked = len(statements), len(embedder.asked)
        await conversations.keep_turn("t1", turn(f"This is turn {number}"))
        costs.append((len(statements) - done, len(embedder.asked) - asked))
    assert costs[5] == costs[59]
    assert costs[59][1] == 1
