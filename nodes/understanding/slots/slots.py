"""A question as a query: every slot reads its words, and what they mean is put together. Local, without a model.

`query_from` is the door. What it cannot tell it asks back (`doubts`) or leaves for an agent (`unexplained`).
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from core.query import Filter, Query, QueryObject
from nodes.understanding.lexicon import Lexicon
from nodes.understanding.names.seen import BEFORE_NAMES, is_written_as_name
from nodes.understanding.names.words import Token, everyday, tokens
from nodes.understanding.shape import Doubt, Named
from nodes.understanding.slots.amounts import amount_parts
from nodes.understanding.slots.beyond import beyond
from nodes.understanding.slots.call_words import call_parts, finding_in
from nodes.understanding.slots.company_fields import company_parts, counted_of_company
from nodes.understanding.slots.contact_words import contact_parts, names_a_job
from nodes.understanding.slots.contents import about_parts, content_parts, modifier_parts, reason_parts
from nodes.understanding.slots.counting import Counting, counting_in
from nodes.understanding.slots.day_fields import dated_parts, day_parts
from nodes.understanding.slots.emptiness import emptiness_parts
from nodes.understanding.slots.filler import FILLER
from nodes.understanding.slots.joining import Groups, Joined, join, with_implied
from nodes.understanding.slots.objects import NOUNS, Asked, asked_for, hinted, nouns_in
from nodes.understanding.slots.options import option_parts
from nodes.understanding.slots.part import Part, Text
from nodes.understanding.slots.people import my_parts, team_parts
from nodes.understanding.slots.records import FAR, record_parts
from nodes.understanding.slots.stages import pipeline_part, stage_parts, state_filter
from nodes.understanding.slots.task_words import NOT_DONE, task_parts

UNKNOWN: Final = "I know nobody and nothing called {}. Whom or what do you mean?"
BEFORE_PLACES: Final = frozenset({"in", "near"})
OWNED: Final[tuple[QueryObject, ...]] = ("companies", "deals", "contacts")
"""What is meant by a name that is said to be somebody's, the likeliest first."""
TOO_MANY: Final = Doubt(question="These are more choices than I can look for at once. Which are the most important?")
USUAL: Final[QueryObject] = "deals"
"""What is asked for where nothing says so."""

_WHO_OWNS: Final = re.compile(
    r"\b(?:who|whose)(?:'s| is| are)? (?:the )?(?:own|owns|owner|owned|responsible|in charge|rep|handles|handling|"
    r"looks after)\b"
)


@dataclass(frozen=True)
class Slots:
    """What a question says. `is_object_said` is whether the kind of records was given or named by a noun.

    `unexplained` are words that nothing was made of, `spans` the letters (from, before) that were read.
    """

    query: Query
    doubts: tuple[Doubt, ...] = ()
    named: tuple[Named, ...] = ()
    unexplained: tuple[str, ...] = ()
    spans: tuple[tuple[int, int], ...] = ()
    is_object_said: bool = True


def query_from(written: str, object: QueryObject | None, lexicon: Lexicon) -> Slots:
    """The query that a question means. `object` is what it is for, where that is known; else its words tell."""
    text = Text.of(written)
    asked = asked_for(text)
    kind = object or (asked.object if asked else None) or _object_unsaid(text, lexicon)
    parts: list[Part] = with_implied(list(_parts(text, kind, asked, lexicon)))
    rest = text.without(parts)
    counting = counting_in(rest, kind, lexicon, finding=finding_in(text) is not None)
    parts += dated_parts(text, kind, counting.aggregate, parts)
    noun_at = asked.start if asked and asked.object == kind else None
    parts += modifier_parts(text.without([*parts, *counting.parts]), kind, noun_at)
    joined = join(text, [*parts, *_ahead(parts, kind, counting, lexicon)])
    parts += _unknown_names(text, [*parts, *counting.parts])
    return Slots(
        query=_query(kind, joined.filters, joined.either, counting),
        doubts=_doubts(text, parts, joined),
        named=tuple(dict.fromkeys(named for part in parts for named in part.named)),
        unexplained=_unexplained(text, [*parts, *counting.parts]),
        spans=tuple(sorted((part.start, part.end) for part in (*parts, *counting.parts))),
        is_object_said=bool(object or asked),
    )


def _doubts(text: Text, parts: Iterable[Part], joined: Joined) -> tuple[Doubt, ...]:
    """What must be asked back, each once."""
    raised = dict.fromkeys(doubt for part in parts for doubt in part.doubts)
    return (*raised, *((TOO_MANY,) if joined.is_cut else ()), *beyond(text))


def _query(kind: QueryObject, filters: tuple[Filter, ...], either: Groups, counting: Counting) -> Query:
    return Query(
        object=kind,
        filters=filters,
        any_of=either,
        sort=counting.sort,
        limit=counting.limit,
        aggregate=counting.aggregate,
    )


def _parts(text: Text, kind: QueryObject, asked: Asked | None, lexicon: Lexicon) -> Iterator[Part]:
    """What each slot reads, one after the other: what one has read is not read again."""
    slots: tuple[Callable[[Text], Iterable[Part]], ...] = (
        lambda text: content_parts(text, kind),
        lambda text: my_parts(text, lexicon),
        lambda text: emptiness_parts(text, kind, lexicon),
        lambda text: record_parts(text, kind, lexicon),
        lambda text: team_parts(text, lexicon),
        lambda text: day_parts(text, kind, lexicon),
        lambda text: counted_of_company(amount_parts(text, kind), kind, lexicon),
        lambda text: _own_words(text, kind, lexicon),
        lambda text: option_parts(text, kind, lexicon),
        lambda text: reason_parts(text) if kind == "deals" else (),
        lambda text: about_parts(text, kind),
        lambda text: company_parts(text, kind, lexicon),
        lambda text: _noun_parts(text, kind, asked, lexicon),
    )
    for read in slots:
        parts = list(read(text))
        text = text.without(parts)
        yield from parts


def _own_words(text: Text, kind: QueryObject, lexicon: Lexicon) -> Iterable[Part]:
    if kind == "deals":
        return stage_parts(text, lexicon)
    if kind == "tasks":
        return task_parts(text, lexicon.now.date())
    if kind == "contacts":
        return contact_parts(text)
    return call_parts(text) if kind == "calls" else ()


def _noun_parts(text: Text, kind: QueryObject, asked: Asked | None, lexicon: Lexicon) -> Iterator[Part]:
    """Conditions that nouns set: leads, customers, what is in the pipeline."""
    if asked is not None and asked.object == kind and asked.filters and text.is_free(asked.start, asked.end):
        yield Part(asked.start, asked.end, asked.filters)
    if kind == "deals":
        yield from pipeline_part(text, lexicon)


def _ahead(parts: Iterable[Part], kind: QueryObject, counting: Counting, lexicon: Lexicon) -> Iterator[Part]:
    """The next task is one that is to be done, the next deals to close are open and ahead."""
    said = {filter.field for part in parts for filter in part.filters}
    if not counting.is_next or said & {"dealstage", "closedate", "hs_task_status", "hs_timestamp"}:
        return
    start, end = counting.parts[-1].start, counting.parts[-1].end
    if kind == "tasks":
        yield Part(start, end, (NOT_DONE,), joined=False)
    open_deals = state_filter("open", lexicon) if kind == "deals" else None
    if open_deals is not None:
        first = Filter(field="closedate", op="gte", value=lexicon.now.date().isoformat())
        yield Part(start, end, (open_deals, first), joined=False)


def _object_unsaid(text: Text, lexicon: Lexicon) -> QueryObject:
    """The kind of records of a question without a noun for one: by its other words, and by what can be read of them."""
    of_owner = _object_of_owner(text, lexicon)
    if of_owner is not None:
        return of_owner
    if names_a_job(text):
        return "contacts"
    by_value = next(option_parts(text, "companies", lexicon), None)
    return hinted(text) or ("companies" if by_value else USUAL)


def _object_of_owner(text: Text, lexicon: Lexicon) -> QueryObject | None:
    """Of "who owns Lakeview": the kind of record that is named."""
    if not _WHO_OWNS.search(text.plain):
        return None
    for mention in lexicon.names.mentions(text.written):
        scored = list(zip(mention.candidates, mention.scores or (1.0,) * len(mention.candidates), strict=True))
        best = max(score for _, score in scored)
        likely = {named.type for named, score in scored if score >= best - FAR}
        for type in OWNED:
            if type in likely:
                return type
    return None


def _unknown_names(text: Text, parts: Sequence[Part]) -> list[Part]:
    """Where a name stands that nobody has, as far as the asker may know: it is asked back, never passed over."""
    left = text.without(parts)
    said = tokens(text.written)
    found: list[Part] = []
    for at, token in enumerate(said):
        is_free = left.is_free(token.start, token.end) and (not found or token.start >= found[-1].end)
        if is_free and _reads_as_name(said, at, text.written[token.start : token.end]):
            end = _end_of_name(said, at, text.written, left)
            doubt = Doubt(question=UNKNOWN.format(text.written[token.start : end]))
            found.append(Part(token.start, end, doubts=(doubt,)))
    return found


def _end_of_name(said: Sequence[Token], at: int, written: str, left: Text) -> int:
    """Where a name ends: with the last of the words behind it that are written as names, too."""
    end = said[at].end
    for token in said[at + 1 :]:
        if not (said[at].capital and token.capital and written[end : token.start] == " "):
            break
        if not left.is_free(token.start, token.end):
            break
        end = token.end
    return end


def _reads_as_name(said: Sequence[Token], at: int, written: str) -> bool:
    """Whether a word must be a name: behind "with" and such, or written as one; letters in a row like EMEA need not."""
    token = said[at]
    if token.plain in FILLER or len(token.plain) < 3 or any(words.search(token.plain) for _, words in NOUNS):
        return False
    is_led = at > 0 and said[at - 1].plain in BEFORE_NAMES
    if at > 0 and said[at - 1].plain in BEFORE_PLACES and token.capital and written[1:].islower():
        return True  # "in Texas", where no record that they may see has such a place
    if everyday().is_common(token.plain):
        return False
    return token.possessive or is_led or (is_written_as_name(said, at) and written[1:].islower())


def _unexplained(text: Text, parts: Iterable[Part]) -> tuple[str, ...]:
    rest = text.without(parts)
    nouns = {at for noun in nouns_in(rest) for at in range(noun.start, noun.end)}
    said = tokens(text.written)
    return tuple(
        token.plain
        for token in said
        if rest.is_free(token.start, token.end) and token.start not in nouns and token.plain.split("'")[0] not in FILLER
    )
