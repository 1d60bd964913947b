"""Stages and pipelines of deals: by the portal's own names, with small errors, and open, won, lost or closed."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from rapidfuzz.distance import OSA

from core.query import Filter
from nodes.call_analysis.extractive.names import words
from nodes.understanding.lexicon import Lexicon
from nodes.understanding.names.matching import edits_allowed
from nodes.understanding.names.words import Token, tokens
from nodes.understanding.slots.part import Part, Text, one_of, pattern
from tools.hubspot.port import Stage

STAGE: Final = "dealstage"
PIPELINE: Final = "pipeline"
STATES: Final[dict[str, tuple[re.Pattern[str], Callable[[Stage], bool]]]] = {
    "won": (
        pattern(r"closed[ -]won|won|sold|(?:we|i|they) closed|signed(?! by)|landed|(?:we|i|they) (?:win|sell)"),
        lambda stage: stage.closed and stage.probability == 1,
    ),
    "lost": (
        pattern(r"closed[ -]lost|lost|churned|(?:we|i|they) lose"),
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


def stage_parts(text: Text, lexicon: Lexicon) -> Iterator[Part]:
    """Pipelines; then stages by their names, the longest first; then what is open, won, lost or closed."""
    for read in (_pipelines, _named_stages, _states):
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
            yield _stage_part(text, said[first].start, said[last].end, labels[label])


def _stage_part(text: Text, start: int, end: int, ids: dict[str, str]) -> Part:
    lead, behind = _LEAD.search(text.before(start)), _BEHIND.match(text.after(end))
    name = next(iter(ids.values()))
    return Part(lead.start() if lead else start, end + (behind.end() if behind else 0), (one_of(STAGE, ids, name),))


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


def _pipelines(text: Text, lexicon: Lexicon) -> Iterator[Part]:
    for pipeline in lexicon.pipelines:
        found = _pipeline_named(text, pipeline.label)
        if found is not None:
            yield Part(*found.span(), (Filter(field=PIPELINE, op="eq", value=pipeline.id, name=pipeline.label),))


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
    for state, (said, _) in STATES.items():
        filter = state_filter(state, lexicon)
        parts = [Part(*match.span(), (filter,)) for match in text.free(said) if filter]
        text = text.without(parts)
        yield from parts
