"""Corrections of what was understood before: "no, the other Acme", "I meant the company", "I said November"."""

import re
from collections.abc import Sequence
from typing import Final

from core.query import Query, QueryObject
from nodes.understanding.following.acting import changed_value, noun_type
from nodes.understanding.following.filling import filled, with_record
from nodes.understanding.following.fitting import bearing, of_kind
from nodes.understanding.following.heard import Heard
from nodes.understanding.following.merging import merged, of_object
from nodes.understanding.following.pointers import SINGULAR
from nodes.understanding.following.pointing import which
from nodes.understanding.lexicon import Mention
from nodes.understanding.shape import Doubt, Named, Request, Topic
from nodes.understanding.slots.objects import asked_for
from nodes.understanding.slots.part import Text
from nodes.understanding.slots.records import FIELDS, ID
from nodes.understanding.slots.slots import query_from

_BEGINS: Final = re.compile(
    r"^(?:(?:oh|sorry|oops|ah|hm+|well|wait|actually)[,.! ]+)*(?:(?:no+|nope|nah|wrong(?: one)?|not "
    r"(?:that|this)(?: one)?|that's (?:not (?:it|right|what i meant|the one)|"
    r"wrong)|rather)[,.!; ]+)?(?:(?:sorry|actually|i mean|i meant|i said|i was asking (?:about|for)|make "
    r"(?:it|that)|what i meant was|it's|i want(?:ed)?)[,: ]+)*"
)
_MEANT: Final = re.compile(
    r"\b(?:no+|nope|nah|wrong|sorry|actually|i mean|i meant|i said|rather|wait|oops|not|other|what i meant)\b"
)
_NOUNS: Final = "|".join([*SINGULAR, "colleague", "rep"])
_NOT_BUT: Final = re.compile(
    rf"(?:not the (?P<old>{_NOUNS})[,; ]+(?:but )?)?(?:the )?(?P<noun>{_NOUNS})(?:[,; ]+not the "
    rf"(?:{_NOUNS}))?(?: instead| itself)?"
)
_OTHER: Final = re.compile(r"^(?:the |an)?other (?P<name>.+)$")
_NOT_THOSE: Final = re.compile(r"^not (?:the )?[\w ]+[,;] *(?:but )?", re.IGNORECASE)
_JUST_OTHER: Final = re.compile(rf"the other(?: one| (?:{_NOUNS}))?")
_NOT_A_FRAGMENT: Final = 7
"""Words from which on what follows "no" is a sentence of its own."""


def corrected(heard: Heard) -> Request | None:
    """The last request with what is put right; None for what corrects nothing."""
    topic = heard.topics[0] if heard.topics else None
    begins = _BEGINS.match(heard.plain)
    if topic is None or begins is None or not _MEANT.search(heard.plain[: begins.end() + 12]):
        return None
    rest, said = heard.plain[begins.end() :].strip(), heard.said[begins.end() :].strip()
    if (
        not rest
        or len(rest.split()) > _NOT_A_FRAGMENT
        or (not begins[0].strip() and not _OTHER.match(rest) and not _NOT_THOSE.match(rest))
    ):
        return None
    kind = _NOT_BUT.fullmatch(rest)
    if kind is not None:
        return _of_kind(heard, topic, noun_type(kind["noun"]))
    if _JUST_OTHER.fullmatch(rest) and topic.request.kind == "action":
        return _other_of_name(heard, topic)
    said = _NOT_THOSE.sub("", said)
    return _by_name(heard, topic, said) or _by_value(heard, topic, rest, said)


def _of_kind(heard: Heard, topic: Topic, type: str) -> Request | None:
    """The same name, borne by a record of another kind."""
    spoken = _spoken(topic)
    if spoken is None:
        return None
    found = of_kind(spoken, type, heard.lexicon)
    if found.named is not None:
        return _put_right(heard, topic, [found.named])
    doubt = found.doubt or which((type,))
    return _again(heard, topic).model_copy(update={"doubt": doubt.model_copy(update={"field": "record"})})


def _other_of_name(heard: Heard, topic: Topic) -> Request | None:
    """Another record of like name: what was to be chosen from, without the one that was chosen."""
    old = _spoken(topic)
    others = [one for one in bearing(old, old.type, heard.lexicon) if one.id != old.id] if old else []
    if old is None or not others:
        return None
    if len(others) == 1:
        return _put_right(heard, topic, others)
    doubt = which((old.type,), others).model_copy(update={"field": "record"})
    return _again(heard, topic).model_copy(update={"doubt": doubt})


def _by_name(heard: Heard, topic: Topic, said: str) -> Request | None:
    """Another record or person, by name; "the other Acme" is whom that name may name as well."""
    mentions = heard.lexicon.names.mentions(said)
    if len(mentions) != 1 or _says_more(said, mentions[0]):
        return None
    mention, old = mentions[0], _spoken(topic)
    is_other = _OTHER.match(Text.of(said).plain) is not None
    fitting = _fitting(topic, mention, old, is_other=is_other)
    if is_other:
        fitting = [one for one in fitting if old is None or one.id != old.id]
    if not fitting:
        return _again(heard, topic).model_copy(
            update={"doubt": Doubt(question=f"I know only one {mention.text}. Whom do you mean?", field="record")}
        )
    if len(fitting) == 1:
        return _put_right(heard, topic, fitting)
    doubt = which(tuple({one.type for one in fitting}), fitting).model_copy(update={"field": "record"})
    return _again(heard, topic).model_copy(update={"doubt": doubt})


def _fitting(topic: Topic, mention: Mention, old: Named | None, *, is_other: bool) -> Sequence[Named]:
    """The candidates of the kind that was meant before, else those of the likeliest kind; as many as are alike."""
    scored = list(zip(mention.candidates, mention.scores or (1.0,) * len(mention.candidates), strict=True))
    types: list[str] = [old.type] if old is not None else []
    action = topic.request.action
    if action is not None and action.verb == "update" and not is_other:
        types.insert(0, action.object)
    for type in [*types, mention.candidates[0].type]:
        of_type = [(named, score) for named, score in scored if named.type == type]
        if of_type:
            best = max(score for _, score in of_type)
            return [named for named, score in of_type if is_other or best - score < 0.05]
    return []


def _by_value(heard: Heard, topic: Topic, rest: str, said: str) -> Request | None:
    """Another day, stage, amount or order."""
    action = topic.request.action
    if action is not None:
        changed = changed_value(heard, action, said)
        return _again(heard, topic).model_copy(update={"action": changed}) if changed else None
    query = topic.request.query
    if query is None or topic.request.kind != "query" or heard.request.kind == "chat":
        return None
    noun = asked_for(Text.of(said))
    slots = query_from(said, query.object, heard.lexicon)
    read = slots.query
    if slots.unexplained or (noun is not None and noun.object != query.object and not slots.named):
        return _other_object(heard, noun.object) if noun is not None and not slots.unexplained else None
    if not (read.filters or read.any_of or read.sort or read.limit or read.aggregate):
        return None
    return heard.as_query(merged(query, read), topic.request.named)


def _other_object(heard: Heard, object: QueryObject) -> Request | None:
    """ "No, the calls": the same question for other records."""
    base = heard.topics[0].request.query
    return heard.as_query(of_object(base, object), heard.topics[0].request.named) if base else None


def _says_more(said: str, mention: Mention) -> bool:
    """Whether there is more beside the name than words that lead to it."""
    rest = f"{said[: mention.start]} {said[mention.end :]}".lower()
    return (
        re.sub(
            r"\b(?:the|other|another|one|company|deal|contact|person|not|with|for|by|at|of|to|from|please|"
            r"instead|that|'s)\b|[^\w]+",
            "",
            rest,
        )
        != ""
    )


def _spoken(topic: Topic) -> Named | None:
    """The record that the request was about."""
    action = topic.request.action
    if action is not None and action.record is not None:
        return action.record
    named = [*topic.request.named, *(action.about if action else ())]
    return named[0] if named else (topic.results[topic.at] if len(topic.results) == 1 else None)


def _put_right(heard: Heard, topic: Topic, named: Sequence[Named]) -> Request:
    """The request of the topic, of another record in place of the one it was about."""
    request = _again(heard, topic)
    old = _spoken(topic)
    if request.action is not None:
        action = request.action.model_copy(update={"about": ()})
        return request.model_copy(update={"action": with_record(action, named[0]), "named": (named[0],)})
    if request.query is not None and request.kind == "query":
        return _of_other_record(request, request.query, named)
    text = request.text
    if old is not None and old.name in text:
        text = text.replace(old.name, named[0].name)
    return filled(request.model_copy(update={"text": text}), named)


def _of_other_record(request: Request, query: Query, named: Sequence[Named]) -> Request:
    """A query for one record is for the other one then, of whatever kind that is."""
    is_lookup = any(one.field == ID for one in query.filters) and named[0].type in FIELDS
    if is_lookup and named[0].type != query.object:
        query = Query(object=named[0].type, limit=query.limit)
    return filled(request.model_copy(update={"query": query}), named)


def _again(heard: Heard, topic: Topic) -> Request:
    """The request of the topic, asked once more."""
    return topic.request.model_copy(
        update={"doubt": None, "follows_up": True, "said": None, "confidence": heard.request.confidence or 0.9}
    )
