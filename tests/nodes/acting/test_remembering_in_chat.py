"""What somebody tells Sophia of a record is kept, corrected and withdrawn by them."""

from typing import Any

import pytest

from nodes.acting.acting import preview
from tests.nodes.acting.wanted import deal, remembering

MAY = "They decide in May"


async def known(office: Any, subject: str = "deal:301") -> list[tuple[str, str, str]]:
    return [(fact.text, fact.by, audience) for fact, audience in await office.house.memory.facts.about(subject)]


async def test_a_fact_is_for_whoever_may_see_its_record(office: Any) -> None:
    done = await office.do(remembering(MAY, deal()))
    assert (done.state, done.after) == ("done", MAY)
    assert await known(office) == [(MAY, "Dana Reyes", "owner:1")]


async def test_it_is_kept_once_however_often_the_turn_is_run(office: Any) -> None:
    first = await office.do(remembering(MAY, deal()), turn="one")
    assert await office.do(remembering(MAY, deal()), turn="one") == first
    assert (await office.do(remembering(MAY, deal()), turn="two")).state == "nothing"
    assert len(await known(office)) == 1


async def test_what_was_stated_last_of_a_record_is_corrected(office: Any) -> None:
    await office.do(remembering(MAY, deal()))
    done = await office.do(remembering("They decide in June", deal(), correct=None))
    assert (done.state, done.before, done.after) == ("done", MAY, "They decide in June")
    assert [text for text, _, _ in await known(office)] == ["They decide in June"]
    assert (await office.do(remembering("They decide in June", deal(), correct=None))).state == "nothing"


async def test_what_was_stated_last_in_the_conversation_is_withdrawn(office: Any) -> None:
    await office.do(remembering(MAY, deal()))
    assert (await office.do(remembering(None, withdraw=None), thread="t2")).state == "refused"
    assert (await office.do(remembering(None, withdraw=None))).state == "done"
    assert await known(office) == []


async def test_a_fact_is_withdrawn_by_its_words_and_no_other_for_it(office: Any) -> None:
    await office.do(remembering(MAY, deal()))
    await office.do(remembering("They like our price", deal()))
    assert (await office.do(remembering("They hate our price", deal(), withdraw=None))).state == "refused"
    assert (await office.do(remembering("they decide in may.", deal(), withdraw=None))).state == "done"
    assert [text for text, _, _ in await known(office)] == ["They like our price"]


async def test_anothers_fact_is_not_changed_but_by_an_admin(office: Any) -> None:
    await office.do(remembering(MAY, deal()))
    ((fact, _),) = await office.house.memory.facts.about("deal:301")
    for how in ("withdraw", "correct"):
        done = await office.do(remembering("Never", deal(), **{how: fact.id}), who="max")
        assert done.state == "refused"
    assert (await office.do(remembering(None, deal(), withdraw=fact.id), who="terminal")).state == "done"


@pytest.mark.parametrize(
    ("who", "id", "words"),
    [
        ("dana", "302", MAY),
        ("dana", "301", " "),
        ("dana", "301", "x" * 2001),
        ("vera", "303", MAY),
        ("nick", "303", MAY),
    ],
)
async def test_what_is_not_kept(office: Any, who: str, id: str, words: str) -> None:
    assert (await office.do(remembering(words, deal(id)), who=who)).state == "refused"
    assert await known(office, f"deal:{id}") == []


async def test_a_fact_needs_a_record(office: Any) -> None:
    assert (await office.do(remembering(MAY))).state == "refused"


async def test_a_preview_keeps_nothing(office: Any) -> None:
    assert (await preview(remembering(MAY, deal()), await office.turn())).state == "done"
    assert await known(office) == []
    await office.do(remembering(MAY, deal()))
    assert (await preview(remembering("June", deal(), correct=None), await office.turn())).state == "done"
    assert (await preview(remembering(None, deal(), withdraw=None), await office.turn())).state == "done"
    assert [text for text, _, _ in await known(office)] == [MAY]
