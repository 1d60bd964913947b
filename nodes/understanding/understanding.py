"""What a message asks for: its own words, taken apart into requests, each judged and filled in. Local, without a model.

The classifier says which kind a request is, the slots fill a query, the parsers of actions an action. What is not clear
is asked back in one short question. Rights are not looked at here: the lexicon holds only names that the asker may see.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, cast

from core.query import QueryObject
from memory.embedding.port import Embedder, Vectors
from nodes.understanding.actions import action_from
from nodes.understanding.agents import agents_for, agents_for_action, fitting_object
from nodes.understanding.classifier.heads import Judged
from nodes.understanding.classifier.learnt import shipped_classifier
from nodes.understanding.classifier.masks import Masked, masked, spans_of
from nodes.understanding.leaning import begins_like_a_reply, begins_with_records, named_for_pronouns, points_back
from nodes.understanding.lexicon import Lexicon, Mention
from nodes.understanding.naming import meant_in
from nodes.understanding.own_words import OwnWords, own_words
from nodes.understanding.shape import ActionObject, Doubt, Focus, Kind, Named, Request, Understood, Verb
from nodes.understanding.slots.objects import asked_for
from nodes.understanding.slots.part import Text
from nodes.understanding.slots.slots import Slots, query_from
from nodes.understanding.splitting import asks, parts_of, request_in

LEAST_SURE: Final = 0.4
"""Of the kind: below it, fewer than half of unseen sentences were judged right, and a question costs less than that."""
ACTS_FROM: Final = 0.5
"""Of an action: nothing is changed on a guess that is as likely wrong as right."""
REFUSES_FROM: Final = 0.5
"""Of out_of_scope: half of what was refused below it was a fair question, which the next likeliest kind suits."""
SURE_OF_A_REPLY: Final = 0.8
"""Of an action that begins like a reply ("same for Dana"): what is done is said by the turn before, not by it."""
TALK: Final[tuple[Kind, ...]] = ("chat", "out_of_scope", "unclear")
SURE_OF_OBJECT: Final = 0.6
"""Of what a query is for: below it, a noun of the sentence was right more often."""
MOST_UNEXPLAINED: Final = 2
MAY_BE_AGENTS: Final = 0.15
"""A query of which more words stay unread, and that an agent may as well be meant to answer, is the agent's: it says
something that no filter holds."""

ON_A_RECORD: Final[tuple[Verb, ...]] = ("update", "complete", "delete")
_WHOSE: Final = re.compile(
    r"\b(?:who|whose)\b.{0,20}\b(?:owns?|owner|responsible|in charge|looks after|is)\b", re.IGNORECASE
)

UNCLEAR: Final = (
    "What would you like to know or have done? For example: “my overdue tasks”, or “move Acme to contract sent”."
)
_NOTHING_OWN: Final = "What should I do with this text?"


@dataclass(frozen=True)
class Part:
    """One request of a message as it is looked at: `core` is what it asks, `original` how it was written.

    `is_tied` is whether names of a request before it stand in the place of its pronouns.
    """

    words: OwnWords
    core: str
    mentions: Sequence[Mention]
    seen: Masked
    original: str
    is_tied: bool = False


async def understand(text: str, lexicon: Lexicon, focus: Focus, embed: Embedder | None = None) -> Understood:
    """All requests of a message, in their order. Never raises for any text; the same text gives the same answer.

    With an embedder at hand the kind is surer (docs/asking_quality.md); raises what that raises. `focus` is used by
    nodes/understanding/following, which completes what leans on the turns before: `follows_up` says so.
    """
    words = own_words(text)
    if words.is_empty or (words.holds_quotes and not asks(words.asked)):
        return Understood(requests=(_empty(text, words),))
    parts = _looked_at(parts_of(words), lexicon)
    vectors = await embed.embed([part.seen.reading for part in parts]) if embed else None
    judged = _judged(parts, vectors)
    requests = [_request(part, one, lexicon) for part, one in zip(parts, judged, strict=True)]
    return Understood(requests=_without_repeats(requests))


def _empty(text: str, words: OwnWords) -> Request:
    question = _NOTHING_OWN if words.written.strip() else UNCLEAR
    return Request(
        kind="unclear", text=text.strip(), agents=("slack_interface",), confidence=1.0, doubt=Doubt(question=question)
    )


def _without_repeats(requests: Sequence[Request]) -> tuple[Request, ...]:
    """Requests in a row that are answered by the same few words are one."""
    kept: list[Request] = []
    for request in requests:
        if kept and request.kind in TALK and request.kind == kept[-1].kind:
            text = f"{kept[-1].text} {request.text}"
            kept[-1] = kept[-1].model_copy(update={"text": text})
        else:
            kept.append(request)
    return tuple(kept)


def _looked_at(parts: Sequence[OwnWords], lexicon: Lexicon) -> list[Part]:
    """The requests with their names; pronouns of a later one stand for what an earlier one names."""
    found: list[Part] = []
    thing: str | None = None
    person: str | None = None
    for words in parts:
        part = _part(words, lexicon)
        if not any(_is_thing(mention) for mention in part.mentions):
            part = _tied(part, thing, person, lexicon)
        thing = next((mention.text for mention in part.mentions if _is_thing(mention)), thing)
        person = next((mention.text for mention in part.mentions if _is_contact(mention)), person)
        found.append(part)
    return found


def _part(words: OwnWords, lexicon: Lexicon, original: str | None = None) -> Part:
    mentions = [mention for mention in lexicon.names.mentions(words.asked) if mention.candidates]
    core = request_in(words.asked)
    in_core = mentions if core == words.asked else lexicon.names.mentions(core)
    seen = masked(core, spans_of(in_core, core, lexicon.pipelines))
    return Part(words, core, mentions, seen, original or words.written, is_tied=original is not None)


def _tied(part: Part, thing: str | None, person: str | None, lexicon: Lexicon) -> Part:
    """The same part with names for its pronouns, where it has any and there is something they may mean."""
    asked, written = (named_for_pronouns(text, thing, person) for text in (part.words.asked, part.words.written))
    if asked == part.words.asked:
        return part
    return _part(OwnWords(written, asked), lexicon, part.words.written)


def _is_thing(mention: Mention) -> bool:
    return mention.candidates[0].type in ("deals", "companies")


def _is_contact(mention: Mention) -> bool:
    return mention.candidates[0].type == "contacts"


def _judged(parts: Sequence[Part], vectors: Vectors | None) -> list[Judged]:
    classifier = shipped_classifier()
    rows = vectors if vectors is not None else [None] * len(parts)
    return [classifier.judge(part.seen, row) for part, row in zip(parts, rows, strict=True)]


def _request(part: Part, judged: Judged, lexicon: Lexicon) -> Request:
    kind, sureness = _kind(judged, part)
    if sureness < _least_for(kind, part):
        kind, sureness = "unclear", 1 - sureness
    request = _WAYS[kind](part, judged, lexicon)
    return request.model_copy(
        update={
            "text": part.original,
            "confidence": round(sureness, 3),
            "follows_up": request.kind not in ("chat", "out_of_scope")
            and (_leans(part) or _lacks_record(part, request)),
        }
    )


def _kind(judged: Judged, part: Part) -> tuple[Kind, float]:
    """The likeliest kind; nothing is refused on a weak suspicion, nor done where records are only named."""
    best, *others = judged.shares["kind"].items()
    is_refused = best[0] == "out_of_scope" and best[1] < REFUSES_FROM
    is_a_list = best[0] == "action" and best[1] < SURE_OF_A_REPLY and begins_with_records(part.core)
    kind, sureness = others[0] if is_refused or is_a_list else best
    return cast(Kind, kind), sureness


def _least_for(kind: Kind, part: Part) -> float:
    """From which probability on a kind is taken for right."""
    if kind == "action" and begins_like_a_reply(part.core):
        return SURE_OF_A_REPLY
    return ACTS_FROM if kind == "action" else LEAST_SURE


def _lacks_record(part: Part, request: Request) -> bool:
    """Whether something is to be done to a record that is not named: the one that was spoken of, if any."""
    action = request.action
    return action is not None and action.verb in ON_A_RECORD and action.record is None and not _names_record(part)


def _leans(part: Part) -> bool:
    """Whether it cannot be understood without what was said before this message."""
    if begins_like_a_reply(part.core):
        return True
    return not _names_record(part) and not part.is_tied and points_back(part.core)


def _names_record(part: Part) -> bool:
    return any(_is_thing(mention) or _is_contact(mention) for mention in part.mentions)


def _queried(part: Part, judged: Judged, lexicon: Lexicon) -> Request:
    slots = query_from(part.words.asked, _object(part, judged), lexicon)
    if _says_more(slots, judged):
        return _for_agents(part, judged, lexicon)
    return Request(
        kind="query",
        text=part.original,
        agents=agents_for("query", slots.query.object, judged),
        query=slots.query,
        named=slots.named,
        doubt=_first(slots.doubts),
    )


def _object(part: Part, judged: Judged) -> QueryObject | None:
    """What the query is for: by the classifier where it is sure, else by the first noun that says it.

    None of "who owns Lakeview": the slots tell by what bears the name.
    """
    said = asked_for(Text.of(part.words.asked))
    if said is None and _WHOSE.search(part.core):
        return None
    if said is not None and (said.is_certain or judged.sureness("object") < SURE_OF_OBJECT):
        return said.object
    return cast(QueryObject, judged.best("object"))


def _says_more(slots: Slots, judged: Judged) -> bool:
    """Whether words that no filter holds make it a question for an agent."""
    unread = len(slots.unexplained)
    return unread > MOST_UNEXPLAINED and judged.shares["kind"]["agent"] >= MAY_BE_AGENTS


def _for_agents(part: Part, judged: Judged, lexicon: Lexicon) -> Request:
    named, doubts = _names(part, lexicon)
    agents = agents_for("agent", "deals", judged, part.words.asked)
    return Request(kind="agent", text=part.original, agents=agents, named=named, doubt=_first(doubts))


def _acted(part: Part, judged: Judged, lexicon: Lexicon) -> Request:
    verb, object = cast(Verb, judged.best("verb")), cast(ActionObject, judged.best("action_object"))
    object = fitting_object(verb, object)
    ordered = action_from(part.words, verb, object, lexicon, part.mentions)
    return Request(
        kind="action",
        text=part.original,
        agents=agents_for_action(verb, object, part.core),
        action=ordered.action,
        named=ordered.named,
        doubt=_first(ordered.doubts),
    )


def _talked(part: Part, judged: Judged, lexicon: Lexicon) -> Request:
    kind, _ = _kind(judged, part)
    return Request(kind=kind, text=part.original, agents=agents_for(kind, "deals", judged))


def _unclear(part: Part, judged: Judged, lexicon: Lexicon) -> Request:
    named, doubts = _names(part, lexicon)
    about = f"What would you like to know about {named[0].name}?" if named else UNCLEAR
    return Request(
        kind="unclear",
        text=part.original,
        agents=agents_for("unclear", "deals", judged),
        named=named,
        doubt=_first((*doubts, Doubt(question=about))),
    )


def _names(part: Part, lexicon: Lexicon) -> tuple[tuple[Named, ...], tuple[Doubt, ...]]:
    meant = meant_in(part.words.asked, part.mentions, None, lexicon)
    named = dict.fromkeys(one.named for one in meant if one.named)
    return tuple(named), tuple(doubt for one in meant if (doubt := one.doubt("record")))


def _first(doubts: Sequence[Doubt]) -> Doubt | None:
    return next(iter(doubts), None)


_WAYS: Final[Mapping[Kind, Callable[[Part, Judged, Lexicon], Request]]] = {
    "query": _queried,
    "agent": _for_agents,
    "action": _acted,
    "chat": _talked,
    "out_of_scope": _talked,
    "unclear": _unclear,
}
