"""What a pointer means: the one record that was spoken of last and fits, or the question which of several."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from nodes.understanding.following.heard import Heard
from nodes.understanding.following.merging import is_lookup
from nodes.understanding.following.pointers import Pointer
from nodes.understanding.following.seen import can_be_named, outward
from nodes.understanding.shape import Doubt, Named, Topic

NEAR: Final = 4
"""Topics back to which a bare pronoun reaches; one that names a kind of record reaches further."""
MOST_CHOICES: Final = 6
KIN: Final = {"deals": ("companies", "contacts"), "companies": ("contacts",), "contacts": ("companies",)}
"""Records by which others can be found that belong to them."""
PEOPLE_FIRST: Final = ("companies", "contacts", "deals", "calls")
NOUN: Final = {
    "deals": "deal", "companies": "company", "contacts": "contact", "calls": "call", "tasks": "task", "notes": "note",
    "person": "colleague",
}  # fmt: skip


@dataclass(frozen=True)
class Pointed:
    """The record that is meant and the topic it was spoken of in; or the question to ask."""

    named: Named | None = None
    topic: Topic | None = None
    doubt: Doubt | None = None


def pointed(heard: Heard, pointer: Pointer, wanted: tuple[str, ...] = ()) -> Pointed:
    """What is meant; `wanted` are the types that the rest of the words is about, the likeliest first."""
    types = pointer.types or wanted
    if pointer.kind == "place":
        return _in_list(heard, pointer)
    if pointer.kind == "other":
        return _other(heard, pointer)
    if pointer.kind == "person":
        types = ("contacts", "person")
    elif pointer.kind == "them" and not types:
        types = PEOPLE_FIRST
    topics = until_empty(heard.topics)
    reach = topics if pointer.types else topics[:NEAR]
    return _spoken_of(reach, types, is_strict=bool(pointer.types) or pointer.kind == "person")


def which(types: Sequence[str], choices: Iterable[Named] = ()) -> Doubt:
    """The question which record is meant."""
    noun = NOUN.get(types[0], "record") if len(types) == 1 else "one"
    named = tuple(dict.fromkeys(choice for choice in choices if can_be_named(choice)))
    many = "" if len(named) <= MOST_CHOICES else " Say its name or its place in the list."
    return Doubt(question=f"Which {noun} do you mean?{many}", choices=named[:MOST_CHOICES])


def _in_list(heard: Heard, pointer: Pointer) -> Pointed:
    """The place in the last list; one of another kind than the words say is none."""
    topic = _listed(until_empty(heard.topics), pointer)
    if topic is None:
        return Pointed(doubt=which(pointer.types))
    if pointer.place >= len(topic.results):
        count = len(topic.results)
        return Pointed(doubt=Doubt(question=f"The last list has only {count}. Which one do you mean?"))
    return Pointed(outward(topic.results[pointer.place]), topic)


def _listed(topics: Sequence[Topic], pointer: Pointer) -> Topic | None:
    """The last list of this kind; a single record that was picked from it, or is asked for by a place, is none."""
    fitting = [one for one in topics if not pointer.types or {named.type for named in one.results} & set(pointer.types)]
    several = next((one for one in fitting if len(one.results) > 1), None)
    latest = next((one for one in fitting if one.results), None)
    if latest is None or several is None:
        return latest if pointer.place in (0, -1) else None
    is_new = len(latest.results) == 1 and latest.results[0] not in several.results
    return latest if is_new and pointer.place in (0, -1) else several


def _other(heard: Heard, pointer: Pointer) -> Pointed:
    """Of a list, the one that was not spoken of."""
    for topic in until_empty(heard.topics):
        fitting = [named for named in topic.results if not pointer.types or named.type in pointer.types]
        if len(fitting) < 2:
            continue
        left = [named for named in fitting if named.id != topic.results[topic.at].id]
        if len(left) == 1:
            return Pointed(outward(left[0]), topic)
        return Pointed(doubt=which(tuple({named.type for named in left}), left))
    return Pointed(doubt=which(pointer.types))


def _spoken_of(topics: Sequence[Topic], types: tuple[str, ...], is_strict: bool) -> Pointed:
    """The record of the latest topic that has any of these types; of their kin where nothing else is there."""
    for topic in topics:
        for group in _kinds_to_look_for(types, is_strict):
            found = list(candidates(topic, group))
            if len(found) == 1:
                return Pointed(outward(found[0]), topic)
            if found:
                return Pointed(doubt=which(group, found))
    return Pointed(doubt=which(types if len(types) == 1 else ()))


def _kinds_to_look_for(types: tuple[str, ...], is_strict: bool) -> Iterator[tuple[str, ...]]:
    if not types:
        yield ("deals", "companies", "contacts", "calls", "tasks", "notes")
        return
    for type in types:
        yield (type,)
    if not is_strict:
        yield from ((kin,) for type in types for kin in KIN.get(type, ()) if kin not in types)


def until_empty(topics: Sequence[Topic]) -> Sequence[Topic]:
    """The topics down to the last list that had nothing in it: what was spoken of before that is not meant any more."""
    for at, topic in enumerate(topics):
        query = topic.request.query
        is_list = topic.request.kind == "query" and query is not None and query.aggregate is None
        if is_list and not topic.results and query is not None and not is_lookup(query):
            return topics[: at + 1]
    return topics


def candidates(topic: Topic, types: Sequence[str]) -> Sequence[Named]:
    """The records of these types that a topic may be spoken of by: its one result, what it names, else all results."""
    fitting = [named for named in topic.results if named.type in types]
    if len(fitting) == 1 or (fitting and _is_at_one(topic)):
        return [topic.results[topic.at]] if _is_at_one(topic) and topic.results[topic.at].type in types else fitting[:1]
    named = [named for named in spoken_by_name(topic) if named.type in types]
    return named or fitting


def spoken_by_name(topic: Topic) -> Sequence[Named]:
    """The records that a request names, what it changes first."""
    action = topic.request.action
    of_action = (*((action.record,) if action.record else ()), *action.about) if action else ()
    return list({(one.type, one.id): one for one in (*of_action, *topic.request.named)}.values())


def _is_at_one(topic: Topic) -> bool:
    """Whether one record of the list was picked out since."""
    return topic.at > 0
