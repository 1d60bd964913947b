"""Stages and pipelines of deals: by the portal's own names, with small errors, and open, won, lost or closed."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Final

from rapidfuzz.distance import OSA

from core.query import Filter
from nodes.call_analysis.extractive.names import words
from nodes.understanding.lexicon import Lexicon
from nodes.understanding.names.matching import edits_allowed
from nodes.understanding.names.words import Token, tokens
from nodes.understanding.slots.day_rules import Today
from nodes.understanding.slots.part import Part, Text, one_of, pattern
from nodes.understanding.slots.periods import period_at
from tools.hubspot.port import Stage

STAGE: Final = "dealstage"
PIPELINE: Final = "pipeline"
STATES: Final[dict[str, tuple[re.Pattern[str], Callable[[Stage], bool]]]] = {
    "won": (
        pattern(
            r"closed[ -]won|won|wins|win(?= (?:count|total)s?)|sold|(?:we|i|they) closed|signed(?! by)|landed|"
            r"(?:we|i|they) (?:win|sell)"
        ),
        lambda stage: stage.closed and stage.probability == 1,
    ),
    "lost": (
        pattern(r"closed[ -]lost|lost|losses|loss(?= (?:count|total)s?)|churned|(?:we|i|they) lose"),
        lambda stage: stage.closed and stage.probability == 0,
    ),
    "open": (
        pattern(
            r"(?:still )?(?:open|active|live|ongoing|running|in progress|in play|in flight|unclosed|"
            r"not (?:yet )?closed)"
        ),
        lambda stage: not stage.closed,
    ),
    "closed": (pattern(r"closed(?! by)|finished"), lambda stage: stage.closed),
}
_PIPELINE_WORDS: Final = words("and of the pipeline sales deals")
_DID: Final = re.compile(
    r"(?:\bdid\b[^.?!]{1,40}?\b|\bi |\bwe )(?:(?P<won>close|win|sell|sign|land|closed)|(?P<lost>lose))\b(?! date)"
)
"""Whoever did it, what they closed is what they won; said of a name, which another slot has read."""
_THE_PIPELINE: Final = pattern(
    r"forecast|(?<!by )(?<!per )(?<!each )(?:in |of )?(?:the |our |total |whole |sales )*(?:pipeline|pipe)"
)
_LEAD: Final = re.compile(
    r"\b(?:(?:currently )?(?:in|at|to|into|of|on))(?: the| stage| status)* $|\bstage(?: is|:|=)? $"
)
_BEHIND: Final = re.compile(r"^ (?:stages?|phase)\b")
_PLACES: Final[tuple[tuple[str, re.Pattern[str]], ...]] = (
    ("from", re.compile(r"\b(?:at least|(?:at|in|on) or (?:past|beyond|after|above)|from)(?: in| at)?(?: the)? $")),
    ("later", re.compile(r"\b(?:past|beyond|after|later than|further (?:along |on )?than|ahead of)(?: the)? $")),
    ("earlier", re.compile(r"\b(?:before|earlier than|prior to|not yet (?:in|at)|short of)(?: the)? $")),
)
_FROM_THERE: Final = re.compile(
    r"^(?: stage)? (?:(?:or|and) (?:later|beyond|further|after|past|above)|on(?:wards?)?)\b"
)
"""What says that stages that come later, or earlier, are meant, or this one and those behind it."""
_RENEWALS: Final = pattern(r"renewals?")
_CLOSED: Final = pattern(r"closed")
_ANY_DAY: Final = Today(date(2000, 1, 1))
"""Whether words name a time at all does not depend on the day."""
_CLOSER: Final = re.compile(r"\b(?:who|who has|who have|who's|who had) $")
_TIME: Final = re.compile(r"\b(?:weeks?|months?|quarters?|years?|today|yesterday|q[1-4]|\d+) $")


def stage_parts(text: Text, lexicon: Lexicon) -> Iterator[Part]:
    """Pipelines; then stages by their names, the longest first; then what is open, won, lost or closed."""
    for read in (_pipelines, _named_stages, _renewals, _states):
        parts = list(read(text, lexicon))
        text = text.without(parts)
        yield from parts


def pipeline_part(text: Text, lexicon: Lexicon) -> Iterator[Part]:
    """ "The pipeline" without its name: what is open in all of them, unless a state or stage is said."""
    open_deals = state_filter("open", lexicon)
    for match in text.free(_THE_PIPELINE):
        if open_deals is not None:
            yield Part(*match.span(), implied=(open_deals,))


def state_filter(state: str, lexicon: Lexicon) -> Filter | None:
    """Deals that are open, won, lost or closed: by the ids of all such stages; None in a portal without any."""
    holds = STATES[state][1]
    ids = tuple(stage.id for pipeline in lexicon.pipelines for stage in pipeline.stages if holds(stage))
    return Filter(field=STAGE, op="in", value=ids, name=state) if ids else None


def stage_ids(label: str, lexicon: Lexicon) -> tuple[str, ...]:
    """The ids of all stages that bear this label, or a part of it that stands for it."""
    return tuple(_by_label(lexicon).get(" ".join(token.plain for token in tokens(label)), {}))


def _named_stages(text: Text, lexicon: Lexicon) -> Iterator[Part]:
    said = [token for token in tokens(text.written) if text.is_free(token.start, token.end)]
    labels = _by_label(lexicon)
    taken: set[int] = set()
    for label in sorted(labels, key=lambda label: (-label.count(" "), -len(label))):
        for first, last in _places(label.split(), said, taken):
            taken |= set(range(first, last + 1))
            yield _stage_part(text, said[first].start, said[last].end, labels[label], lexicon)


def _stage_part(text: Text, start: int, end: int, ids: dict[str, str], lexicon: Lexicon) -> Part:
    for place, lead in _PLACES:
        led = lead.search(text.before(start))
        if led is not None:
            behind = _BEHIND.match(text.after(end))
            return Part(led.start(), end + (behind.end() if behind else 0), (_in_order(ids, place, lexicon),))
    onwards = _FROM_THERE.match(text.after(end))
    if onwards is not None:
        return Part(start, end + onwards.end(), (_in_order(ids, "from", lexicon),))
    within, behind = _LEAD.search(text.before(start)), _BEHIND.match(text.after(end))
    name = next(iter(ids.values()))
    return Part(within.start() if within else start, end + (behind.end() if behind else 0), (one_of(STAGE, ids, name),))


def _in_order(ids: dict[str, str], place: str, lexicon: Lexicon) -> Filter:
    """The open stages that come before or behind these in their pipelines; what is won where there is no later one."""
    found: dict[str, str] = {}
    for pipeline in lexicon.pipelines:
        for named in (stage for stage in pipeline.stages if stage.id in ids):
            there = [stage for stage in pipeline.stages if _is_placed(stage, named, place)]
            still_open = [stage for stage in there if not stage.closed]
            found |= {stage.id: stage.label for stage in still_open or there if stage.probability}
    return one_of(STAGE, found, ", ".join(dict.fromkeys(found.values())))


def _is_placed(stage: Stage, named: Stage, place: str) -> bool:
    if place == "earlier":
        return stage.order < named.order
    return stage.order > named.order or (place == "from" and stage.id == named.id)


def _places(label: Sequence[str], said: Sequence[Token], taken: set[int]) -> Iterator[tuple[int, int]]:
    for first in range(len(said) - len(label) + 1):
        last = first + len(label) - 1
        near = said[last].end - said[first].start <= sum(map(len, label)) + 3 * len(label)
        if near and taken.isdisjoint(range(first, last + 1)) and _agrees(label, said[first : last + 1]):
            yield first, last


def _agrees(label: Sequence[str], said: Sequence[Token]) -> bool:
    """Whether these words are the label, its longer words with small errors."""
    for word, token in zip(label, said, strict=True):
        edits = edits_allowed(word) if len(word) > 5 else 0
        if OSA.distance(word, token.plain, score_cutoff=edits) > edits or word[:1] != token.plain[:1]:
            return False
    return True


def _by_label(lexicon: Lexicon) -> dict[str, dict[str, str]]:
    """Stage ids with their labels, by what people say: the label, and what stands on either side of a slash."""
    found: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for pipeline in lexicon.pipelines:
        for stage in pipeline.stages:
            for label in _said_for(stage):
                found[label][stage.id] = stage.label
    return found


def _said_for(stage: Stage) -> Iterator[str]:
    """Not won and lost by themselves: those are of all pipelines."""
    whole = [token.plain for token in tokens(stage.label)]
    parts = [[token.plain for token in tokens(part)] for part in re.split(r"[/,:]", stage.label)]
    if len(whole) > 2:
        parts.append(whole[-2:])
    for label in [whole, *parts]:
        said = " ".join(label)
        if label and not any(match[0].fullmatch(said) for match in STATES.values()):
            yield said


def _renewals(text: Text, lexicon: Lexicon) -> Iterator[Part]:
    """Renewals are what is in the pipeline for them, where there is one."""
    theirs = [one for one in lexicon.pipelines if re.search(r"\brenewals?\b", one.label, re.IGNORECASE)]
    if len(theirs) == 1:
        filter = Filter(field=PIPELINE, op="eq", value=theirs[0].id, name=theirs[0].label)
        yield from (Part(*match.span(), (filter,)) for match in text.free(_RENEWALS))


def _pipelines(text: Text, lexicon: Lexicon) -> Iterator[Part]:
    for pipeline in lexicon.pipelines:
        found = _pipeline_named(text, pipeline.label)
        if found is not None:
            yield Part(*found.span(), (Filter(field=PIPELINE, op="eq", value=pipeline.id, name=pipeline.label),))


def _is_closed_by_somebody(text: Text, closed: re.Match[str]) -> bool:
    """Whether it says who closed them: those they won. Another slot has read the name."""
    before, behind = text.before(closed.start()), re.match(r" by (?:the )?", text.after(closed.end()))
    if behind is not None:
        at = closed.end() + behind.end()
        return at in text.taken and period_at(text.plain, at, _ANY_DAY) is None and not text.plain[at].isdigit()
    return bool(_CLOSER.search(before)) or (closed.start() - 2 in text.taken and not _TIME.search(before))


def _pipeline_named(text: Text, label: str) -> re.Match[str] | None:
    """The whole label anywhere; its own words beside "pipeline"."""
    spoken = [token.plain for token in tokens(label)]
    whole = next(text.free(pattern(rf"(?:in |from |of )?(?:the )?{' '.join(spoken)}(?: pipeline)?(?: deals)?")), None)
    if whole is not None and len(spoken) > 1:
        return whole
    own = "|".join(re.escape(word.rstrip("s")) + "s?" for word in spoken if word not in _PIPELINE_WORDS)
    return next(text.free(pattern(rf"(?:in |from |of )?(?:the |our )?(?:{own}) pipeline|pipeline (?:{own})")), None)


def _states(text: Text, lexicon: Lexicon) -> Iterator[Part]:
    did = _DID.search(text.plain)
    if did is not None and (filter := state_filter(did.lastgroup or "won", lexicon)):
        part = Part(*did.span(did.lastgroup or 0), (filter,))
        text = text.without([part])
        yield part
    won = state_filter("won", lexicon)
    for match in text.free(_CLOSED):
        if won is not None and _is_closed_by_somebody(text, match):
            yield Part(*match.span(), (won,))
            text = text.without([Part(*match.span())])
    for state, (said, _) in STATES.items():
        filter = state_filter(state, lexicon)
        parts = [Part(*match.span(), (filter,)) for match in text.free(said) if filter]
        text = text.without(parts)
        yield from parts
