"""Which of several records of a name is meant, told by what is asked of it: over the bundled world."""

from dataclasses import replace

import pytest

from core.query import QueryObject
from core.scope import Scope, owned_by
from nodes.chat.context import ChatContext
from nodes.querying.settling import settled
from nodes.understanding.lexicon import Lexicon
from nodes.understanding.shape import Request
from nodes.understanding.slots.slots import query_from
from tests.nodes.querying.conftest import EVERY_RECORD, House
from tests.nodes.understanding.portal import lexicon, seen_by

pytestmark = pytest.mark.asyncio(loop_scope="module")


def asking(house: House, scope: Scope = EVERY_RECORD) -> ChatContext:
    async def names() -> Lexicon:
        return replace(lexicon(), names=seen_by(scope))

    return replace(house.asking(scope), lexicon=names)


def request(text: str, object: QueryObject, scope: Scope = EVERY_RECORD) -> Request:
    slots = query_from(text, object, replace(lexicon(), names=seen_by(scope)))
    return Request(kind="query", text=text, query=slots.query, doubt=next(iter(slots.doubts), None))


async def test_the_only_one_that_fits_is_taken_and_told(house: House) -> None:
    asked = request("notes about Fernhill", "notes")
    assert asked.doubt is not None
    found = await settled(asked, asking(house))
    assert found is not None
    assert found.words == "I took Fernhill Property Group; there is also Fernhill Property Grp."
    (condition,) = found.query.filters
    assert (condition.field, condition.name) == ("company", "Fernhill Property Group")


@pytest.mark.parametrize(
    ("text", "object"),
    [
        ("larkspur deals", "deals"),  # two of the three have deals
        ("larkspur deals over 900k", "deals"),  # none has
        ("who owns larkspur", "companies"),  # all of them are
        ("deals not with Fernhill over 1k", "deals"),
        ("notes about Fernhill or Lodestar", "notes"),
        ("notes about Fernhill and Tidewater", "notes"),
        ("marcus deals", "deals"),
    ],
)
async def test_where_several_fit_or_words_turn_it_round_it_is_asked(
    text: str, object: QueryObject, house: House
) -> None:
    asked = request(text, object)
    assert asked.doubt is not None
    assert await settled(asked, asking(house)) is None


async def test_what_changes_something_is_never_settled(house: House) -> None:
    asked = request("notes about Fernhill", "notes").model_copy(update={"kind": "action"})
    assert await settled(asked, asking(house)) is None


async def test_only_what_the_asker_may_see_decides(house: House) -> None:
    everything = await settled(request("larkspur deals over 110k", "deals"), asking(house))
    assert everything is not None
    nobody = Scope(audiences=frozenset({owned_by("404")}))
    asked = request("larkspur deals over 110k", "deals")
    assert await settled(asked, asking(house, nobody)) is None
