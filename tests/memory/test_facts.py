"""What a person stated stands until it is corrected or withdrawn; then it is read only in its history."""

from datetime import timedelta
from typing import Any

import pytest

from core.errors import NotAllowed, NotUsable
from core.people import TERMINAL, Person
from core.scope import EVERYTHING, NOTHING, Scope, owned_by
from memory.database import Database
from memory.facts import Facts
from memory.store.entries import Entries
from memory.store.entry import Kept
from tests.embedders import HashedWords

ANA = Person(email="ana@ours.example", name="Ana")
BEN = Person(email="ben@ours.example", name="Ben")
OWNER = owned_by("1")
OWNERS = Scope(audiences=frozenset({OWNER}))


@pytest.fixture
def entries(database: Database, clock: Any) -> Entries:
    return Entries(database, HashedWords(), clock)


@pytest.fixture
def facts(entries: Entries, clock: Any) -> Facts:
    return Facts(entries, "main", clock)


async def searched(entries: Entries) -> list[Kept]:
    """Everything about the deal that words or meaning can find."""
    return [each for each in await entries.of_subject("deal:301") if each.text or each.embedded]


async def test_a_fact_is_found_with_who_said_it_and_when(facts: Facts, entries: Entries, clock: Any) -> None:
    id = await facts.state("deal:301", "  They  decide in May. ", ANA, clock.now(), OWNER)
    (kept,) = await searched(entries)
    assert (kept.text, kept.audience, kept.at) == ("Ana: They decide in May.", OWNER, clock.now())
    assert kept.subjects == {"deal:301", f"fact:{id}", "person:ana@ours.example"}
    assert (kept.kind, kept.value["text"], kept.value["speaker"]) == ("business_context", "They decide in May.", "Ana")


async def test_a_corrected_fact_is_found_in_its_new_words_only(facts: Facts, entries: Entries, clock: Any) -> None:
    id = await facts.state("deal:301", "They decide in May.", ANA, clock.now(), OWNER)
    clock.pass_by(timedelta(days=1))
    await facts.correct(id, "They decide in June.", ANA)
    (kept,) = await searched(entries)
    assert kept.text == "Ana: They decide in June."
    assert set(kept.embedded.values()) == {"Ana: They decide in June."}
    ((fact, audience),) = await facts.about("deal:301")
    assert (fact.text, fact.at, audience) == ("They decide in June.", clock.now(), OWNER)
    assert [(each.text, each.ended) for each in await facts.history(id, OWNERS)] == [
        ("They decide in May.", "corrected"),
        ("They decide in June.", None),
    ]


async def test_a_withdrawn_fact_is_found_no_more_and_its_history_stays(
    facts: Facts, entries: Entries, clock: Any
) -> None:
    id = await facts.state("deal:301", "They decide in May.", ANA, clock.now(), OWNER)
    await facts.withdraw(id, ANA)
    assert await searched(entries) == []
    assert await facts.about("deal:301") == []
    (past,) = await facts.history(id, OWNERS)
    assert (past.text, past.ended, past.ended_by, past.until) == (
        "They decide in May.",
        "withdrawn",
        "Ana",
        clock.now(),
    )


async def test_only_who_stated_it_or_an_admin_may_change_a_fact(facts: Facts, clock: Any) -> None:
    id = await facts.state("deal:301", "They decide in May.", ANA, clock.now(), OWNER)
    refusals = []
    for other in (BEN, Person(name="Ana")):
        with pytest.raises(NotAllowed) as refused:
            await facts.withdraw(id, other)
        refusals.append(str(refused.value))
    with pytest.raises(NotAllowed) as unknown:
        await facts.withdraw(f"{id[:8]}0000", BEN)
    assert set(refusals) == {str(unknown.value)}
    await facts.correct(id, "They decide in June.", TERMINAL)
    await facts.withdraw(id, TERMINAL)
    assert [each.ended_by for each in await facts.history(id, EVERYTHING)] == ["the terminal", "the terminal"]


async def test_what_was_withdrawn_is_not_revived_by_the_same_statement(facts: Facts, clock: Any) -> None:
    at = clock.now()
    id = await facts.state("deal:301", "They decide in May.", ANA, at, OWNER)
    assert await facts.state("deal:301", "They decide in May.", ANA, at, OWNER) == id
    await facts.withdraw(id, ANA)
    assert await facts.state("deal:301", "They decide in May.", ANA, at, OWNER) == id
    assert await facts.about("deal:301") == []
    later = await facts.state("deal:301", "They decide in May.", ANA, at + timedelta(days=1), OWNER)
    assert later != id and len(await facts.about("deal:301")) == 1


async def test_a_fact_corrected_back_has_every_version_in_its_history(facts: Facts, clock: Any) -> None:
    id = await facts.state("deal:301", "May", ANA, clock.now(), OWNER)
    for text in ("June", "May", "May", "June"):
        await facts.correct(id, text, ANA)
    assert [each.text for each in await facts.history(id, OWNERS)] == ["May", "June", "May", "June"]


async def test_history_reads_the_same_for_a_stranger_as_for_no_fact(facts: Facts, clock: Any) -> None:
    id = await facts.state("deal:301", "May", ANA, clock.now(), OWNER)
    assert await facts.history(id, NOTHING) == await facts.history("none", EVERYTHING) == ()


async def test_facts_go_with_their_record_to_another_audience(facts: Facts, entries: Entries, clock: Any) -> None:
    id = await facts.state("deal:301", "May", ANA, clock.now(), OWNER)
    await facts.correct(id, "June", ANA)
    await facts.state("deal:302", "Other", ANA, clock.now(), OWNER)
    assert await facts.readdress("deal:301", owned_by("2")) == 2
    assert {each.audience for each in await entries.of_subject("deal:301")} == {"owner:2"}
    assert len(await facts.history(id, Scope(audiences=frozenset({owned_by("2")})))) == 2
    await facts.withdraw(id, ANA)
    assert await facts.about("deal:301") == []


async def test_a_fact_is_a_sentence_or_two(facts: Facts, clock: Any) -> None:
    for text in ("  ", "word " * 500):
        with pytest.raises(NotUsable):
            await facts.state("deal:301", text, ANA, clock.now(), OWNER)


async def test_who_stated_a_fact_may_change_it_after_an_admin_corrected_it_however_the_address_is_written(
    facts: Facts, clock: Any
) -> None:
    id = await facts.state("deal:301", "May", ANA, clock.now(), OWNER)
    await facts.correct(id, "June", Person(email="root@ours.example", name="Root", admin=True))
    with pytest.raises(NotAllowed):
        await facts.correct(id, "July", BEN)
    await facts.correct(id, "July", Person(email="Ana@Ours.example", name="Ana"))
    await facts.withdraw(id, ANA)
    assert [each.text for each in await facts.history(id, OWNERS)] == ["May", "June", "July"]


async def test_facts_of_another_company_are_nothing_to_this_one(facts: Facts, entries: Entries, clock: Any) -> None:
    id = await facts.state("deal:301", "May", ANA, clock.now(), OWNER)
    other = Facts(entries, "other", clock)
    assert await other.about("deal:301") == []
    assert await other.history(id, EVERYTHING) == ()
    assert await other.readdress("deal:301", owned_by("2")) == 0
    await other.forget_about(["deal:301"])
    with pytest.raises(NotAllowed):
        await other.withdraw(id, TERMINAL)
    assert len(await facts.about("deal:301")) == 1


async def test_a_records_facts_can_be_forgotten_with_their_history(facts: Facts, entries: Entries, clock: Any) -> None:
    id = await facts.state("contact:201", "May", ANA, clock.now(), OWNER)
    await facts.correct(id, "June", ANA)
    await facts.state("deal:301", "Other", ANA, clock.now(), OWNER)
    await facts.forget_about(["contact:201"])
    assert await facts.history(id, EVERYTHING) == ()
    assert [each.value["text"] for each in await entries.matching()] == ["Other"]
