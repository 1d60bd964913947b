"""What a conversation was about, as the asker may still see it.

Rights are worked out anew for every turn: a record that was shown and may not be seen any more is one that does not
exist. Names are taken from the index as they are now. Of calls, tasks and notes there is no index: those are named by
what they are, and looked at by their ids when the request is carried out.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from core.query import ASSOCIATED, Filter, Query
from nodes.understanding.lexicon import Lexicon
from nodes.understanding.shape import Action, Doubt, Focus, Named, Request, Topic
from nodes.understanding.slots.records import ID
from nodes.understanding.slots.stages import STAGE, STATES, state_filter

INDEXED: Final = ("deals", "companies", "contacts")
THAT: Final[Mapping[str, str]] = {"calls": "that call", "tasks": "that task", "notes": "that note"}


def still_seen(focus: Focus, lexicon: Lexicon) -> Focus:
    """The focus without what the asker may not see any more; a topic that was asked of such a record is gone whole."""
    topics = [seen for topic in focus.topics if (seen := _topic(topic, lexicon)) is not None]
    doubt = focus.open_doubt
    open_doubt = _request(doubt, lexicon) if doubt is not None else None
    return focus.model_copy(update={"topics": tuple(topics), "open_doubt": open_doubt})


def seen_now(named: Named, lexicon: Lexicon) -> Named | None:
    """The record or person by the name they have now, None where the asker may not see it."""
    if named.type in INDEXED:
        return lexicon.names.named(named.type, named.id)
    if named.type == "person":
        known = next((person for person in lexicon.people if person.owner_id == named.id), None)
        return named.model_copy(update={"name": known.name, "detail": known.email}) if known else None
    if named.type == "team":
        team = next((team for team in lexicon.teams if team.id == named.id), None)
        return named.model_copy(update={"name": team.name}) if team else None
    return named


def outward(named: Named) -> Named:
    """The record as it may be named: nothing of what is in no index."""
    if named.type not in THAT:
        return named
    return Named(type=named.type, id=named.id, name=THAT[named.type])


def can_be_named(named: Named) -> bool:
    """Whether the record may be offered by its name."""
    return named.type not in THAT


def _topic(topic: Topic, lexicon: Lexicon) -> Topic | None:
    request = _request(topic.request, lexicon)
    if request is None:
        return None
    if 0 < topic.at < len(topic.results) and seen_now(topic.results[topic.at], lexicon) is None:
        return topic.model_copy(update={"request": request, "results": (), "at": 0})  # "it" was that one, and no other
    kept = _all(topic.results, lexicon)
    at = sum(1 for named in topic.results[: topic.at] if seen_now(named, lexicon) is not None)
    return topic.model_copy(update={"request": request, "results": kept, "at": min(at, max(len(kept) - 1, 0))})


def _request(request: Request, lexicon: Lexicon) -> Request | None:
    """The request with what may be seen; None where its query or action is about what may not."""
    query = request.query
    if query is not None and not _is_seen(query, lexicon):
        return None
    query = _with_stages(query, lexicon) if query is not None else None
    action = request.action
    if action is not None:
        action = _action(action, lexicon)
        if action is None:
            return None
    doubt = request.doubt
    if doubt is not None:
        doubt = Doubt(question=doubt.question, choices=_all(doubt.choices, lexicon), field=doubt.field)
    return request.model_copy(
        update={"query": query, "action": action, "named": _all(request.named, lexicon), "doubt": doubt}
    )


def is_state(filter: Filter) -> bool:
    """Whether it is for all stages that are open, won, lost or closed."""
    return filter.field == STAGE and filter.op == "in" and filter.name in STATES


def _with_stages(query: Query, lexicon: Lexicon) -> Query:
    """The query with the stages that are open, won or lost now."""
    filters = [state_filter(one.name or "", lexicon) if is_state(one) else one for one in query.filters]
    return query.model_copy(update={"filters": tuple(one for one in filters if one is not None)})


def _action(action: Action, lexicon: Lexicon) -> Action | None:
    record = seen_now(action.record, lexicon) if action.record else None
    if action.record is not None and record is None:
        return None
    return action.model_copy(update={"record": record, "about": _all(action.about, lexicon)})


def _is_seen(query: Query, lexicon: Lexicon) -> bool:
    filters = [*query.filters, *(one for group in query.any_of for one in group)]
    return all(seen_now(named, lexicon) is not None for one in filters for named in named_in(one, query))


def named_in(filter: Filter, query: Query) -> Sequence[Named]:
    """The records that a filter names."""
    type = query.object if filter.field == ID else ASSOCIATED.get(filter.field)
    if type is None or filter.value is None:
        return ()
    values = filter.value if isinstance(filter.value, tuple) else (filter.value,)
    return [Named(type=type, id=str(value), name=filter.name or str(value)) for value in values]


def _all(named: Iterable[Named], lexicon: Lexicon) -> tuple[Named, ...]:
    return tuple(seen for one in named if (seen := seen_now(one, lexicon)) is not None)
