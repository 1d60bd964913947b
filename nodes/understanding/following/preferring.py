"""Preferences as they are told and taken back: "only show me 5", "I only care about open deals", "forget that"."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from nodes.understanding.agents import TALKING
from nodes.understanding.following.heard import Heard
from nodes.understanding.following.pointers import SINGULAR
from nodes.understanding.following.preferences import COUNT, DEFAULT_PIPELINE, IN_WORDS, MINE, NAME, STATE, THE_PIPELINE
from nodes.understanding.following.strangers import strangers
from nodes.understanding.lexicon import Lexicon
from nodes.understanding.names.words import tokens
from nodes.understanding.shape import Action, FieldChange, Request
from nodes.understanding.slots.amounts import NUMBERS
from tools.hubspot.port import Pipeline

_OF_ANSWERS: Final = re.compile(
    r"\b(?:i (?:prefer|like|want)|call me|my name|when i say|show|list|answers?|amounts?|dates?)\b"
)
MOST_ROWS: Final = 50
NOTED: Final = "Noted for this conversation: {}. To drop it, say “forget that preference”."
DROPPED: Final = "Dropped: {}."
NONE_KEPT: Final = "I keep no preference of yours in this conversation."
CANNOT: Final = (
    "I cannot keep that one. What I can keep for this conversation: how many rows I show, whether only "
    "yours, whether only "
    "open deals, which pipeline you mean, and what a bare name means."
)

_LASTING: Final = (
    r"(?:(?:please |always |from now on,? |in (?:the )?future,? |by default,? |generally,? |"
    r"going forward,? |by the way,? |ok(?:ay)?,? )*)"
)
_BEHIND: Final = (
    r"(?P<lasting>(?:,? (?:from now on|by default|always|in (?:the )?future|going forward|"
    r"each time|every time|at a time|at most|please|unless i say otherwise))*)"
)
_N: Final = r"(?P<n>\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen|twenty)"
_SHOWN: Final = re.compile(
    rf"(?P<before>{_LASTING})(?:never |don't )?(?P<only>only |just )?(?:ever )?(?:show|list|give)(?: me| "
    r"us)? (?P<only2>only |just |at most |no more than |a maximum of |more than |up to )?"
    rf"(?:the (?:first|top) )?{_N}(?P<rows> (?:rows?|results?|lines?|entries|records|items|of them))?{_BEHIND}"
)
_CARES: Final = (
    r"(?:i (?:really )?(?:only|just) (?:ever )?(?:care about|want(?: to see)?|look at|need)|"
    r"i(?:'m| am) only (?:ever )?interested in)"
)
_OPEN: Final = re.compile(
    rf"{_LASTING}(?:{_CARES}|(?:only|just) (?:ever )?(?:show|list|give)(?: me)?|(?:show|list|give)(?: me)? "
    rf"only)(?: the)? (?:open|active|live) (?:deals|opportunities|ones){_BEHIND}"
)
_MINE: Final = re.compile(
    rf"{_LASTING}(?:(?:{_CARES}|(?:only|just) (?:ever )?(?:show|list|give)(?: me)?|(?:show|list|give)(?: "
    r"me)? only)(?: the)? (?:my (?:own )?(?:deals|records|stuff|things|tasks|accounts)|mine|what(?:'s| is) mine)|"
    rf"assume (?:i mean )?mine){_BEHIND}"
)
_WHEN_I_SAY: Final = re.compile(
    r"(?:when|if|whenever) i say (?:just )?[\"'“”]?(?P<word>(?:the )?pipeline|(?:just )?a (?:bare )?name|a "
    r"name alone)[\"'“”]?,? (?:then )?i (?:always )?mean (?:the )?[\"'“”]?(?P<meaning>[\w "
    r"&-]+?)[\"'“”]?(?: pipeline)?"
)
_BY_NAME: Final = re.compile(
    rf"{_LASTING}(?:by|with) a (?:bare )?name(?: alone)?,? i (?:always )?mean (?:the )?(?P<meaning>\w+)"
)
_USES: Final = re.compile(
    rf"{_LASTING}(?:(?:use|assume|take)(?: the)? (?P<one>[\w &-]+?) pipeline|{_CARES} (?:the )?(?P<two>[\w "
    rf"&-]+?)(?: (?:deals|pipeline|opportunities))){_BEHIND}"
)
_FORGET: Final = re.compile(
    r"(?:please )?(?:forget|drop|remove|reset|clear|cancel|delete|undo|stop using) (?P<what>(?:(?:that|"
    r"this|the|my|all|all my|all the|those|every|any)? ?(?:\w+ ){0,2}preferences?)|(?:that|the|my) "
    r"(?:limit|default|row limit))"
    r"(?: please)?|show (?:me )?everything again|(?:stop|no longer) (?:only )?(?:showing|show) (?:me )?only .{1,30}"
)
_ABOUT: Final = (
    (COUNT, r"rows?|count|limit|\d+"),
    (MINE, r"mine|owner|my (?:deals|records)"),
    (STATE, r"open"),
    (DEFAULT_PIPELINE, r"pipeline"),
    (NAME, r"name"),
)


def preferring(heard: Heard) -> Request | None:
    """The preference that is told or taken back, with the answer that says so."""
    plain = heard.bare.strip()
    if _FORGET.fullmatch(plain):
        return _forgotten(heard, plain)
    told = _told(plain, heard.lexicon)
    if told is not None:
        key, value, label = told
        change = FieldChange(field=key, value=value, label=label)
        return _remembered(heard, (change,), NOTED.format(label))
    return heard.request.model_copy(update={"said": CANNOT, "doubt": None}) if _is_unknown(heard) else None


def limits_now(heard: Heard) -> bool:
    """Whether "only show me 5" is about the list before as well: where it says nothing of later ones."""
    match = _SHOWN.fullmatch(heard.bare.strip())
    return match is not None and not _is_lasting(match)


def noted(request: Request, kept: Mapping[str, str]) -> dict[str, str]:
    """The preferences after a request."""
    action = request.action
    if action is None or action.verb != "remember" or request.said is None or request.agents != (TALKING,):
        return dict(kept)
    found = dict(kept)
    for change in action.changes:
        found.pop(change.field, None)
        if change.value is not None:
            found[change.field] = change.value
    return found


def _told(plain: str, lexicon: Lexicon) -> tuple[str, str, str] | None:
    """The preference by name, its value, and both in words."""
    shown = _SHOWN.fullmatch(plain)
    if shown is not None and (_is_lasting(shown) or shown["only"] or shown["only2"]):
        return _rows(shown["n"])
    if _OPEN.fullmatch(plain):
        return STATE, "open", "only open deals, where you name no stage"
    if _MINE.fullmatch(plain):
        return MINE, "mine", "only your own records, where you name nobody"
    return _meaning(plain, lexicon)


def _is_lasting(match: re.Match[str]) -> bool:
    before = re.sub(r"\b(?:please|ok(?:ay)?|by the way)\b,?", "", match["before"]).strip()
    return bool(before or match["rows"] or re.sub(r",? (?:please|at most)", "", match["lasting"]).strip())


def _rows(said: str) -> tuple[str, str, str] | None:
    number = int(said) if said.isdecimal() else int(NUMBERS[said])
    if not 1 <= number <= MOST_ROWS:
        return None
    return COUNT, str(number), f"{number} {'row' if number == 1 else 'rows'} in a list"


def _meaning(plain: str, lexicon: Lexicon) -> tuple[str, str, str] | None:
    said, by_name, uses = _WHEN_I_SAY.fullmatch(plain), _BY_NAME.fullmatch(plain), _USES.fullmatch(plain)
    if by_name or (said and "name" in said["word"]):
        kind = SINGULAR.get((by_name or said)["meaning"])  # type: ignore[index]
        is_kind = kind in ("deals", "companies", "contacts")
        return (NAME, kind, f"a name alone means the {(by_name or said)['meaning']}") if is_kind and kind else None  # type: ignore[index]
    if said:
        pipeline = _pipeline(said["meaning"], lexicon)
        return (THE_PIPELINE, pipeline.id, f"“the pipeline” means {pipeline.label}") if pipeline else None
    pipeline = _pipeline(uses["one"] or uses["two"], lexicon) if uses else None
    return (
        (DEFAULT_PIPELINE, pipeline.id, f"only deals of {pipeline.label}, where you name no pipeline")
        if pipeline
        else None
    )


def _pipeline(said: str, lexicon: Lexicon) -> Pipeline | None:
    """The one pipeline whose label has all these words."""
    wanted = {token.plain.rstrip("s") for token in tokens(said)}
    fitting = [
        one
        for one in lexicon.pipelines
        if wanted and wanted <= {token.plain.rstrip("s") for token in tokens(one.label)}
    ]
    return fitting[0] if len(fitting) == 1 else None


def _forgotten(heard: Heard, plain: str) -> Request:
    kept = list(heard.preferences)
    if not kept:
        return heard.as_said(NONE_KEPT)
    about = [key for key, words in _ABOUT if key in kept and re.search(rf"\b(?:{words})\b", plain)]
    is_all = re.search(r"\b(?:all|everything|preferences|every|any)\b", plain)
    gone = kept if is_all else about or kept[-1:]
    changes = tuple(FieldChange(field=key) for key in gone)
    return _remembered(heard, changes, DROPPED.format(", ".join(IN_WORDS[key] for key in gone if key in IN_WORDS)))


def _remembered(heard: Heard, changes: Sequence[FieldChange], said: str) -> Request:
    action = Action(verb="remember", object="facts", changes=tuple(changes), words=heard.said)
    return Request(
        kind="action",
        text=heard.request.text,
        agents=(TALKING,),
        action=action,
        confidence=max(heard.request.confidence, 0.9),
        said=said,
    )


def _is_unknown(heard: Heard) -> bool:
    """Whether it is a preference for Sophia's answers that is none of those that can be kept."""
    request, action = heard.request, heard.request.action
    is_one = (
        request.kind == "action"
        and action is not None
        and action.verb == "remember"
        and request.agents[:1] == (TALKING,)
    )
    unknown = strangers(heard.said, heard.mentions)
    return is_one and not request.named and (next(unknown, None) is None or _OF_ANSWERS.search(heard.plain) is not None)
