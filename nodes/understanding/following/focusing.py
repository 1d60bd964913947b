"""What a conversation is about after an answer, kept small: it is stored with every turn of the thread."""

from collections.abc import Sequence
from typing import Final

from core.query import Query
from nodes.chat.shape import AgentReply
from nodes.showing import shorten
from nodes.understanding.following.merging import is_lookup
from nodes.understanding.following.preferring import noted
from nodes.understanding.following.seen import is_state
from nodes.understanding.shape import Doubt, Focus, Named, Request, Topic, Understood

TOPICS: Final = 8
"""Topics that are remembered: people come back to one a few turns later, hardly to one of an hour ago."""
RESULTS: Final = 10
"""Records of a topic: as many as an answer shows."""
RESULTS_LATER: Final = 3
"""Of one that is no longer the last or the last but one."""
LETTERS: Final = 3_500
"""Of the topics as JSON, about as many as bytes in a checkpoint."""
NAME: Final = 60
TEXT: Final = 160
WORDS: Final = 200
WORDS_TO_COME: Final = 2_000
"""Of a note or message that waits for an answer: it is written then, and whole."""
KEPT: Final = ("query", "agent", "action", "unclear")


def next_focus(focus: Focus, understood: Understood, replies: Sequence[AgentReply], turn: int) -> Focus:
    """The focus with the topics of this turn, the question that it left open, and what was told for good."""
    topics = list(focus.topics)
    preferences = dict(focus.preferences)
    for number, request in enumerate(understood.requests):
        mine = [reply for reply in replies if reply.number == number]
        preferences = noted(request, preferences)
        if request.said is None and request.kind in KEPT and (topic := _topic(request, mine, turn)) is not None:
            topics = [*_at(_without_same(topics, topic), topic), topic]
    open_doubt = _open_doubt(understood, replies)
    return _small(Focus(topics=tuple(topics[-TOPICS:]), preferences=preferences, open_doubt=open_doubt))


def _topic(request: Request, replies: Sequence[AgentReply], turn: int) -> Topic | None:
    """What the request was about; None where it was only asked back, or named nothing."""
    results = tuple(dict.fromkeys(named for reply in replies for named in reply.results))
    if not results and any(reply.doubt for reply in replies):
        results = _one_record(request)
    if not results and (request.kind == "unclear" or any(reply.doubt for reply in replies)):
        return None
    asked = next((reply.query for reply in replies if reply.query is not None), None)
    if asked is not None and request.kind == "query":
        request = request.model_copy(update={"query": asked})
    approval = next((reply.done.approval for reply in replies if reply.done and reply.done.state == "asked"), None)
    return Topic(
        turn=turn,
        request=_short(request.model_copy(update={"doubt": None})),
        results=tuple(_short_name(named) for named in results[:RESULTS]),
        approval=approval,
    )


def _one_record(request: Request) -> tuple[Named, ...]:
    """The one record that is named, where it was not asked which."""
    records = tuple(named for named in request.named if named.type not in ("person", "team"))
    is_open = request.doubt is not None and (request.doubt.choices or request.kind != "unclear")
    return records if len(records) == 1 and not is_open else ()


def _without_same(topics: Sequence[Topic], new: Topic) -> list[Topic]:
    """The topics without one that asked for the very same record."""
    return [topic for topic in topics if not (_is_single(topic) and topic.request.query == new.request.query)]


def _at(topics: Sequence[Topic], new: Topic) -> list[Topic]:
    """The topics, a list with its place where the one record of the new topic stands in it."""
    if len(new.results) != 1:
        return list(topics)
    found: list[Topic] = []
    spoken = (new.results[0].type, new.results[0].id)
    for topic in topics:
        ids = [(named.type, named.id) for named in topic.results]
        is_there = len(ids) > 1 and spoken in ids
        found.append(topic.model_copy(update={"at": ids.index(spoken)}) if is_there else topic)
    return found


def _open_doubt(understood: Understood, replies: Sequence[AgentReply]) -> Request | None:
    """The last request that something was asked back about, with that question."""
    for number, request in reversed(list(enumerate(understood.requests))):
        reply = next((reply for reply in replies if reply.number == number and reply.doubt), None)
        if reply is not None and reply.doubt is not None:
            field = request.doubt.field if request.doubt else None
            choices = tuple(_short_name(named) for named in reply.choices[:RESULTS])
            doubt = Doubt(question=shorten(reply.doubt, TEXT), choices=choices, field=field)
            return _short(request.model_copy(update={"doubt": doubt}), WORDS_TO_COME)
    return None


def _small(focus: Focus) -> Focus:
    """The focus within its bounds: older topics keep fewer results, and single records go before lists do."""
    late = len(focus.topics) - 2
    topics = [topic if at >= late else _with_fewer(topic, RESULTS_LATER) for at, topic in enumerate(focus.topics)]
    while topics and _size(focus, topics) > LETTERS:
        single = next((at for at, topic in enumerate(topics[:-2]) if _is_single(topic)), 0)
        topics.pop(single)
    return focus.model_copy(update={"topics": tuple(topics)})


def _is_single(topic: Topic) -> bool:
    return topic.request.query is not None and is_lookup(topic.request.query)


def _with_fewer(topic: Topic, most: int) -> Topic:
    """Those around the place that was last spoken of."""
    first = max(0, min(topic.at, len(topic.results) - most))
    kept = topic.results[first : first + most]
    return topic.model_copy(update={"results": kept, "at": topic.at - first})


def _size(focus: Focus, topics: Sequence[Topic]) -> int:
    return len(focus.model_copy(update={"topics": tuple(topics), "open_doubt": None}).model_dump_json())


def _short(request: Request, words: int = WORDS) -> Request:
    action = request.action
    if action is not None and action.words is not None and len(action.words) > words:
        action = action.model_copy(update={"words": shorten(action.words, words)})
    named = tuple(_short_name(one) for one in request.named[:RESULTS])
    query = _short_query(request.query) if request.query else None
    return request.model_copy(
        update={
            "text": shorten(request.text, TEXT),
            "action": action,
            "named": named,
            "query": query,
            "confidence": 0.0,
        }
    )


def _short_query(query: Query) -> Query:
    """The query without the ids of stages that are open, won or lost: there are many, and still_seen knows them."""
    filters = tuple(one.model_copy(update={"value": ()}) if is_state(one) else one for one in query.filters)
    return query.model_copy(update={"filters": filters})


def _short_name(named: Named) -> Named:
    detail = shorten(named.detail, NAME) if named.detail else None
    return named.model_copy(update={"name": shorten(named.name, NAME), "detail": detail})
