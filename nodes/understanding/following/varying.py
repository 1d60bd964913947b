"""The same question with another slot: "same for Dana", "and last month?", "only the open ones", "by stage"."""

import re
from collections.abc import Sequence
from typing import Final

from core.query import OWNER, Filter, Query
from nodes.understanding.following.figures import last_query
from nodes.understanding.following.fragments import ALL_STAGES, Fragment, leans, may_lean, read
from nodes.understanding.following.heard import Heard
from nodes.understanding.following.leaving_out import left_out
from nodes.understanding.following.merging import merged, of_object, without_field
from nodes.understanding.shape import Doubt, Named, Request
from nodes.understanding.slots.people import EVERYBODY
from nodes.understanding.slots.slots import Slots

_ASKS_WHICH: Final = re.compile(r"(?:which|list|show|who|name)\b")
_EITHER: Final = re.compile(r"^(?:or|plus)\b|\b(?:too|as well)$")
NOT_FOUND: Final = "I do not know what “{}” means here. Say it by owner, company, stage, amount or date."


def varied(heard: Heard) -> Request | None:
    """The last query with what the message says in place of what it said; None for a message that is whole."""
    base = last_query(heard)
    if base is None or not (may_lean(heard) or left_out(heard.plain, heard.lexicon)):
        return None
    fragment = read(heard, base)
    if not leans(heard, fragment, base):
        return None
    return _with_fragment(heard, base, fragment)


def _with_fragment(heard: Heard, base: Query, fragment: Fragment) -> Request:
    slots = fragment.slots
    out = left_out(heard.plain, heard.lexicon)
    unknown = [word for word in slots.unexplained if word not in out.words] if out else list(slots.unexplained)
    if unknown:
        return _asked_back(heard, base, Doubt(question=NOT_FOUND.format(" ".join(unknown)[:60])))
    moved = of_object(base, fragment.noun.object) if _is_other(fragment, base) and fragment.noun else base
    said = slots.query.model_copy(update={"filters": (*slots.query.filters, *(out.filters if out else ()))})
    if _ASKS_WHICH.match(heard.bare) and said.aggregate is None:
        moved = moved.model_copy(update={"aggregate": None})
    adds = heard.plain.startswith(("and ", "also ", "but "))
    either = _EITHER.search(heard.plain) is not None
    query = merged(_widened(moved, heard.plain), said, adds=adds, either=either)
    named = _named(heard, slots, query)
    if slots.doubts:
        return heard.as_query(query, named).model_copy(update={"doubt": slots.doubts[0]})
    return heard.as_query(query, named)


def _is_other(fragment: Fragment, base: Query) -> bool:
    return fragment.noun is not None and fragment.noun.object != base.object


def _asked_back(heard: Heard, base: Query, doubt: Doubt) -> Request:
    return heard.as_query(base).model_copy(update={"doubt": doubt})


def _widened(query: Query, plain: str) -> Query:
    """Without whose they are, for everybody's; without the stage, for any."""
    if EVERYBODY.search(plain):
        query = without_field(query, (OWNER,))
    return without_field(query, ("dealstage", "hs_task_status")) if ALL_STAGES.search(plain) else query


def _named(heard: Heard, slots: Slots, query: Query) -> tuple[Named, ...]:
    """What is named now, and what was named before and still holds."""
    before = next((topic.request.named for topic in heard.queries()), ())
    ids = {value for one in query.filters for value in _values(one)}
    kept = [named for named in before if named.id in ids and named not in slots.named]
    return (*slots.named, *kept)


def _values(filter: Filter) -> Sequence[object]:
    return filter.value if isinstance(filter.value, tuple) else (filter.value,)
