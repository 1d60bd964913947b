"""Back to something some turns later: "back to the deals", "as for the tasks", "that Larkspur deal again"."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from nodes.understanding.following.about import asks_field
from nodes.understanding.following.filling import the_record
from nodes.understanding.following.heard import Heard
from nodes.understanding.following.merging import is_lookup
from nodes.understanding.following.pointers import SINGULAR
from nodes.understanding.following.pointing import which
from nodes.understanding.following.seen import outward
from nodes.understanding.lexicon import Mention
from nodes.understanding.shape import Doubt, Named, Request, Topic
from nodes.understanding.slots.objects import asked_for
from nodes.understanding.slots.part import Text

_BACK: Final = re.compile(
    r"^(?:(?:ok(?:ay)?|so|now|right|anyway|well|then|and)[, ]+)*(?:(?:let's |let us |can we |could we |"
    r"i(?:'d| would) like to |i want to )?(?:go |going |get |come |coming |jump |turn |"
    r"switch(?:ing)? |return(?:ing)? |circle )?back to|returning to|return to|as for|as to|regarding|re:|"
    r"on the (?:subject|topic) of|about)\s+"
    r"(?P<what>[^,:;?]+?)(?: again| from (?:before|earlier)| (?:earlier|then|you showed(?: me)?|we "
    r"(?:talked|spoke) about|we had))?(?:[,:;?]\s*(?P<more>.+))?$"
)
_ONCE_MORE: Final = re.compile(r"(?:(?:and|ok|so|now|show me)[, ]+)*(?P<what>(?:the|those|my) [\w' -]+?) again")
_AGAIN: Final = re.compile(r"\b(?:again|from (?:before|earlier)|earlier|you (?:showed|mentioned|said|told)(?: me)?)$")
_THAT: Final = re.compile(
    r"(?:^|\b(?:of|on|about|with|for|to|in|from|owns|is|was|does|did|move|close|open|show me|update|and) )"
    r"(?:that|this) $"
)
_WEAK: Final = re.compile(r"^(?:about|regarding|re:)\b")
_ARTICLES: Final = re.compile(r"^(?:the|those|these|that|this|my|our|all)(?: the)?\s+")


def returned(heard_now: Heard) -> Request | None:
    """The topic that is named, asked again."""
    match = _ONCE_MORE.fullmatch(heard_now.plain) or _BACK.match(heard_now.plain)
    if match is None or match.groupdict().get("more"):
        return None
    topic = _topic_named(heard_now, heard_now.said[match.start("what") : match.end("what")])
    if topic is None or (_WEAK.match(heard_now.plain) and topic is heard_now.topics[0]):
        return None
    return topic.request.model_copy(update={"follows_up": True, "doubt": None})


def turned_to(heard_now: Heard) -> Heard | None:
    """What is said behind "as for the tasks, …", heard as if those had been the last topic; None where nothing is."""
    match = _BACK.match(heard_now.plain)
    topic = _topic_named(heard_now, heard_now.said[match.start("what") : match.end("what")]) if match else None
    if match is None or topic is None or not match["more"]:
        return None
    others = tuple(one for one in heard_now.topics if one is not topic)
    said = heard_now.said[match.start("more") :]
    return replace(heard_now, said=said, plain=Text.of(said).plain, topics=(topic, *others))


def narrowed(heard_now: Heard) -> Request | None:
    """A name that several bear, where one of them was spoken of and the words say "that" or "again"."""
    doubt = heard_now.request.doubt
    mentions = heard_now.mentions
    if len(mentions) != 1:
        return None
    is_that = _THAT.search(heard_now.plain[: mentions[0].start]) or _AGAIN.search(heard_now.plain)
    if not is_that or (heard_now.request.kind == "action" and doubt is None):
        return None
    found = _spoken_of(heard_now, mentions[0])
    if not found or heard_now.request.kind == "action":
        return None
    if len(found) > 1:
        return heard_now.request.model_copy(update={"doubt": _narrower(found, doubt), "follows_up": True})
    if heard_now.request.kind == "agent" and not asks_field(heard_now):
        return heard_now.request.model_copy(update={"named": found, "doubt": None, "follows_up": True})
    return heard_now.as_query(the_record(found[0]), found)


def _narrower(found: tuple[Named, ...], doubt: Doubt | None) -> Doubt:
    """The question which of those that were spoken of."""
    narrower = which(tuple({one.type for one in found}), found)
    return narrower.model_copy(update={"field": doubt.field if doubt else None})


def _spoken_of(heard_now: Heard, mention: Mention) -> tuple[Named, ...]:
    """Those that were shown or named last of what the mention may mean; of the kind that is said beside it."""
    types = {SINGULAR[word] for word in re.findall(r"[\w-]+", heard_now.plain[mention.end :]) if word in SINGULAR}
    may_be = {(one.type, one.id) for one in mention.candidates if not types or one.type in types}
    for topic in heard_now.topics:
        spoken = [one for one in (*topic.request.named, *topic.results) if (one.type, one.id) in may_be]
        if spoken:
            return tuple({(one.type, one.id): outward(one) for one in spoken}.values())
    return ()


def _topic_named(heard_now: Heard, what: str) -> Topic | None:
    """The latest topic that the words name: by its kind of records, by a record or a person."""
    mentions = heard_now.lexicon.names.mentions(what)
    noun = asked_for(Text.of(_ARTICLES.sub("", what.lower())))
    for topic in heard_now.topics:
        if mentions and not _names(topic, mentions[0]):
            continue
        if noun is not None and noun.object not in set(_objects(topic)):
            continue
        if not mentions and topic.request.query is not None and is_lookup(topic.request.query):
            continue
        if (mentions or noun is not None) and topic.request.kind in ("query", "agent"):
            return topic
    return None


def _names(topic: Topic, mention: Mention) -> bool:
    """Whether the topic is about what the mention may mean, or showed it."""
    may_be = {(one.type, one.id) for one in mention.candidates}
    query = topic.request.query
    values = {str(one.value) for one in query.filters} if query else set()
    spoken = (*topic.request.named, *topic.results)
    return any((one.type, one.id) in may_be for one in spoken) or any(id in values for _, id in may_be)


def _objects(topic: Topic) -> Iterator[str]:
    if topic.request.query is not None:
        yield topic.request.query.object
    if len(topic.results) == 1:
        yield topic.results[0].type
    if topic.request.kind == "agent" and topic.request.agents[:1] == ("call_analysis",):
        yield "calls"
