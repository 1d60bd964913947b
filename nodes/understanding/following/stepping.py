"""On and back through what an answer showed: "show more", "the next one", "and the one before?"."""

import re
from collections.abc import Sequence
from typing import Final

from core.query import Filter, Query, Sort
from nodes.understanding.agents import TALKING
from nodes.understanding.following.filling import the_record
from nodes.understanding.following.heard import Heard
from nodes.understanding.following.merging import DATE_FIELDS, is_lookup, sorted_by
from nodes.understanding.following.pointing import which
from nodes.understanding.following.seen import outward
from nodes.understanding.shape import Named, Request, Topic
from nodes.understanding.slots.amounts import NUMBERS
from nodes.understanding.slots.counting import MOST_WANTED
from nodes.understanding.slots.records import FIELDS

PAGE: Final = 10
"""Records that an answer shows where no number is said."""
ALL: Final = 100

_MORE: Final = re.compile(
    r"(?:(?:show|give|list|get|see)(?: me| us)? )?(?:(?:the )?next (?P<next>\d+|two|three|four|five|ten|"
    r"page|few)|(?P<n>\d+|two|three|four|five|ten|some|a few) more|"
    r"more(?: of (?:them|those|these)| results| rows| please)?|(?P<rest>the rest|all the rest|the others|"
    r"the remaining ones|what else(?: is there)?)|"
    r"(?:go on|continue|keep going|next page|any more|anything else))(?: of (?:them|those|these))?"
)
_NOUN: Final = r"(?: (?:one|call|deal|task|note|meeting|conversation|company|contact))?"
_BEFORE: Final = re.compile(
    r"(?:(?:show|give|what about|how about|what was|open)(?: me)? )?(?:the )?(?:one|call|deal|task|note|"
    r"meeting|conversation)? ?(?:just |right )?before(?: (?:that|it|this|that one|this one))?|"
    r"(?:(?:show|what about|how about|what was|open)(?: me)? )?(?:the )?(?:previous|prior|preceding|"
    rf"earlier|older|penultimate){_NOUN}|(?:go )?back one|one (?:before|back|earlier)"
)
_AFTER: Final = re.compile(
    r"(?:(?:show|give|what about|how about|what is|what's|open)(?: me)? )?(?:the )?(?:one|call|deal|task|"
    r"note|meeting|conversation)? ?(?:just |right )?after(?: (?:that|it|this|that one|this one))?|"
    rf"the (?:following|later|newer){_NOUN}|one (?:after|later)"
)
_NEXT: Final = re.compile(
    r"(?:(?:show|give|what about|how about|what is|what's|open|go to)(?: me)? )?(?:the )?next(?: one)?"
)
_AND_NEXT: Final = re.compile(r"(?:and|what about|how about) (?:the )?next (?:call|deal|task|note|company|contact)")
END: Final = "There is nothing before that one."
NO_MORE: Final = "That was the last one."


def stepped(heard: Heard) -> Request | None:
    """The records behind those that were shown, or the one beside the one that was spoken of."""
    plain = heard.bare
    more = _MORE.fullmatch(plain)
    if more is not None:
        return _more(heard, more)
    way = "next" if _AND_NEXT.fullmatch(heard.plain) else _way(plain)
    if way is None:
        return None
    return _step(heard, way) if heard.topics and heard.open_doubt is None else _which_one(heard)


def _which_one(heard: Heard) -> Request:
    """The question which one: nothing was spoken of that another stands beside, or it is still open what was meant."""
    if heard.open_doubt is not None:
        return heard.open_doubt.model_copy(update={"follows_up": True})
    asked = {"kind": "unclear", "agents": (TALKING,), "query": None, "doubt": which(()), "follows_up": True}
    return heard.request.model_copy(update=asked)


def _way(plain: str) -> str | None:
    for name, words in (("before", _BEFORE), ("after", _AFTER), ("next", _NEXT)):
        if words.fullmatch(plain):
            return name
    return None


def _more(heard: Heard, match: re.Match[str]) -> Request | None:
    topic = next((topic for topic in heard.queries() if _is_list(topic.request.query)), None)
    if topic is None or topic.request.query is None:
        return None
    query = topic.request.query
    shown = query.limit or PAGE
    number = _number(match["n"] or match["next"])
    limit = ALL if match["rest"] else number or query.limit
    return heard.as_query(query.model_copy(update={"skip": query.skip + shown, "limit": limit}), topic.request.named)


def _is_list(query: Query | None) -> bool:
    return query is not None and query.aggregate is None and not is_lookup(query)


def _number(said: str | None) -> int | None:
    if said is None or said in ("page", "few", "some", "a few"):
        return None
    return min(int(said[:6]), MOST_WANTED) if said.isdecimal() else int(NUMBERS[said])


def _step(heard: Heard, way: str) -> Request | None:
    latest = _latest(heard.topics)
    if len(latest.results) <= 1:
        listed = _list_of([one for one in heard.topics if one is not latest], latest.results)
        if listed is not None:
            return _to(heard, listed[0], listed[1] + _distance(listed[0].request.query, way))
        query = _query_of(latest)
        return _skipped(heard, latest, query, way) if query is not None else None
    return _to(heard, latest, latest.at + _distance(latest.request.query, way))


def _latest(topics: Sequence[Topic]) -> Topic:
    """What was shown last, or asked for one at a time."""
    query = topics[0].request.query
    if query is not None and query.limit == 1 and not is_lookup(query):
        return topics[0]
    return next((topic for topic in topics[:3] if topic.results), topics[0])


def _distance(query: Query | None, way: str) -> int:
    """How far to go down the list: "before" is older where the latest come first, else the row above."""
    latest_first = query is not None and sorted_by(query).field in DATE_FIELDS and sorted_by(query).descending
    if way == "next":
        return 1
    return 1 if (way == "before") == latest_first else -1


def _list_of(topics: Sequence[Topic], results: Sequence[Named]) -> tuple[Topic, int] | None:
    """The last list that the record was picked from, and its place there."""
    for topic in topics if results else ():
        ids = [(named.type, named.id) for named in topic.results]
        if len(ids) > 1 and (results[0].type, results[0].id) in ids:
            return topic, ids.index((results[0].type, results[0].id))
    return None


def _to(heard: Heard, topic: Topic, place: int) -> Request:
    if place < 0:
        return heard.as_said(END)
    if place >= len(topic.results):
        return heard.as_said(NO_MORE)
    record = outward(topic.results[place])
    if topic.request.kind == "agent" or record.type == "calls":
        return heard.as_agents(_agents(topic), (record,), _text(heard, topic), the_record(record))
    return heard.as_query(the_record(record), (record,))


def _query_of(topic: Topic) -> Query | None:
    """The query that found the one record: of an agent that read a call, the last calls of whom it is about."""
    query = topic.request.query
    if query is not None:
        return None if query.aggregate or is_lookup(query) else query.model_copy(update={"limit": 1})
    if not any(named.type == "calls" for named in topic.results) and "call_analysis" not in topic.request.agents[:1]:
        return None
    about = [named for named in topic.request.named if named.type in FIELDS][:1]
    filters = tuple(Filter(field=FIELDS[one.type], op="eq", value=one.id, name=one.name) for one in about)
    return Query(object="calls", filters=filters, sort=(Sort(field="started", descending=True),), limit=1)


def _skipped(heard: Heard, topic: Topic, query: Query, way: str) -> Request:
    """The record beside it in the order of the query."""
    skip = query.skip + _distance(query, way)
    if skip < 0:
        return heard.as_said(END)
    query = query.model_copy(update={"skip": skip})
    if topic.request.kind == "agent":
        return heard.as_agents(topic.request.agents, topic.request.named, _text(heard, topic), query)
    return heard.as_query(query, topic.request.named)


def _agents(topic: Topic) -> tuple[str, ...]:
    return topic.request.agents if topic.request.kind == "agent" else ("call_analysis",)


def _text(heard: Heard, topic: Topic) -> str:
    """What is asked of the other record: the words of before, and those of now."""
    return f"{topic.request.text} ({heard.said})" if topic.request.kind == "agent" else heard.request.text
