"""Answers to a question back: "2", "the campus one", "the deal", "both", "Friday", "never mind"."""

import re
from collections.abc import Sequence
from typing import Final

from rapidfuzz.distance import OSA

from nodes.call_analysis.extractive.names import words
from nodes.understanding.action_fields import as_due, changes_in, day_in
from nodes.understanding.action_words import subject_in
from nodes.understanding.following.about import POINTED, about_chosen
from nodes.understanding.following.filling import filled
from nodes.understanding.following.fragments import OF_SOMETHING_NEW
from nodes.understanding.following.heard import Heard, again
from nodes.understanding.following.pointers import PLACES, SINGULAR
from nodes.understanding.following.pointing import which
from nodes.understanding.following.seen import outward
from nodes.understanding.names.matching import edits_allowed
from nodes.understanding.names.words import tokens
from nodes.understanding.shape import Action, FieldChange, Named, Request
from nodes.understanding.slots.objects import asked_for
from nodes.understanding.slots.part import Text
from nodes.understanding.slots.records import meant_by

DROPPED: Final = "All right, I leave it."
WHICH: Final = "Which one? Say its number."
MOST_AT_ONCE: Final = 3
"""Actions that "both" and "all" may make of one."""

_DROP: Final = re.compile(
    r"(?:no,? |oh |ok(?:ay)?,? |actually,? )*(?:never ?mind|nvm|forget (?:it|about it|that)|drop it|"
    r"cancel(?: that| it)?|leave it|skip it|"
    r"doesn't matter|don't bother|not important|stop|none of (?:them|those|these)|neither)(?: then| thanks?| please)?"
)
_NUMBER: Final = re.compile(r"(?:(?:number|no\.?|nr\.?|option|#) ?)?(?P<number>[1-9]\d?)[.)]?(?: please)?")
_PLACE: Final = re.compile(
    rf"(?:(?:i mean|i meant|take|use) )?(?:the )?(?P<place>{'|'.join(PLACES)})(?: one| of them)?(?: please)?"
)
_ALL: Final = re.compile(
    r"(?:both|all|all (?:of them|three|four|of those)|both of them|every one|each|either)(?: please)?"
)
_KIND: Final = re.compile(
    r"(?:(?:i mean|i meant|yes|no|it's|the one)[, ]+)*(?:the |a |my "
    rf")?(?P<noun>{'|'.join([*SINGULAR, 'colleague', 'rep', 'owner'])})(?: one| please)?"
)
_YES: Final = re.compile(
    r"(?:yes|yep|yeah|yup|sure|correct|right|exactly|that one|that's (?:it|the one|right)|ok(?:ay)?|go "
    r"ahead|do it)(?:[, ]+(?:please|that one|do it|go ahead|right))*"
)
_BESIDE: Final = words(
    """
    the a an one ones i i'm i'd i'll mean meant want wanted please it's its it is that of for with at from and no not
    yes sorry think guess actually use take choose pick let us go
    """
)


def chosen(heard: Heard) -> tuple[Request, ...]:
    """The requests that were asked about, with the answer in them; none where the message is no answer."""
    open_doubt = heard.open_doubt
    if open_doubt is None or open_doubt.doubt is None:
        return ()
    if _DROP.fullmatch(heard.plain):
        return (heard.as_said(DROPPED),)
    doubt = open_doubt.doubt
    if doubt.choices:
        return _of_choices(heard, open_doubt, doubt.choices)
    answer = _without_choices(heard, open_doubt)
    return (answer,) if answer is not None else ()


def dropped(heard: Heard) -> Request | None:
    """ "Never mind", where nothing was asked."""
    is_dropped = heard.request.kind != "action" and heard.plain != "stop" and _DROP.fullmatch(heard.plain)
    return heard.as_said(DROPPED) if is_dropped else None


def _of_choices(heard: Heard, request: Request, choices: Sequence[Named]) -> tuple[Request, ...]:
    picked = _picked(heard, choices)
    if picked is None:
        return (_asked_again(request),) if _YES.fullmatch(heard.plain) else ()
    if _ALL.fullmatch(heard.plain):
        return _each(heard, request, picked)
    if len(picked) > 1:
        narrower = which(tuple({choice.type for choice in picked}), picked)
        doubt = narrower.model_copy(update={"field": request.doubt.field if request.doubt else None})
        return (request.model_copy(update={"doubt": doubt, "follows_up": True}),)
    return (_answered(heard, request, picked),)


def _asked_again(request: Request) -> Request:
    """ "Yes" to several choices picks none: what was asked, once more."""
    doubt = request.doubt.model_copy(update={"question": WHICH}) if request.doubt else None
    return request.model_copy(update={"doubt": doubt, "follows_up": True})


def _each(heard: Heard, request: Request, picked: Sequence[Named]) -> tuple[Request, ...]:
    """All choices: a query of all of them, an action for each."""
    if request.query is not None and len({choice.type for choice in picked}) == 1:
        return (_answered(heard, request, picked),)
    return tuple(_answered(heard, request, [one]) for one in picked[:MOST_AT_ONCE])


def _answered(heard: Heard, request: Request, picked: Sequence[Named]) -> Request:
    field = request.doubt.field if request.doubt else None
    if field == POINTED:
        return about_chosen(again(heard, request), outward(picked[0]))
    return filled(request, picked, field)


def _picked(heard: Heard, choices: Sequence[Named]) -> Sequence[Named] | None:
    """What the answer picks of the choices: several where it fits several; None where it is no answer."""
    plain = heard.plain
    if _ALL.fullmatch(plain):
        return choices
    if _YES.fullmatch(plain):
        return choices if len(choices) == 1 else None
    place = _place(plain, len(choices))
    if place is not None:
        return [choices[place]]
    kind = _KIND.fullmatch(plain)
    if kind is not None:
        of_kind = [choice for choice in choices if choice.type == SINGULAR.get(kind["noun"], "person")]
        if of_kind:
            return of_kind
    return picked_by_name(heard.said, choices) or None


def _place(plain: str, count: int) -> int | None:
    number, place = _NUMBER.fullmatch(plain), _PLACE.fullmatch(plain)
    at = int(number["number"]) - 1 if number else PLACES[place["place"]] if place else None
    return at if at is not None and -1 <= at < count else None


def picked_by_name(said: str, choices: Sequence[Named]) -> Sequence[Named]:
    """The choices whose names have all words of the answer, those first whose name is no longer than that."""
    wanted = [token.plain for token in tokens(said) if token.plain not in _BESIDE and token.plain not in SINGULAR]
    kinds = {SINGULAR[token.plain] for token in tokens(said) if token.plain in SINGULAR}
    if not wanted or len(wanted) > 8:
        return []
    fitting = [one for one in choices if all(_has(one, word) for word in wanted)]
    exact = [one for one in fitting if len(tokens(one.name)) == len(wanted)]
    of_kind = [one for one in fitting if one.type in kinds]
    return exact if len(exact) == 1 else of_kind or fitting


def _has(named: Named, word: str) -> bool:
    """Whether a word of the name or of what tells it apart is this one, with small errors."""
    own = {token.plain for token in tokens(f"{named.name} {named.detail or ''}")}
    edits = edits_allowed(word) if word.isalpha() else 0
    return any(
        word == each or (len(word) > 3 and each.startswith(word)) or (edits and OSA.distance(word, each) <= edits)
        for each in own
    )


def _without_choices(heard: Heard, request: Request) -> Request | None:
    """A name, a day or a value where none was offered to choose from."""
    field = request.doubt.field if request.doubt else None
    action = request.action
    if action is not None and field is not None and _is_value(heard):
        changed = _with_value(heard, action, field)
        if changed is not None:
            return request.model_copy(update={"action": changed, "doubt": None, "follows_up": True})
    return _by_name(heard, request)


def _is_value(heard: Heard) -> bool:
    """Whether the message is no request by itself."""
    asks = OF_SOMETHING_NEW.match(heard.bare) is not None
    return not asks and asked_for(Text.of(heard.said)) is None and heard.request.kind not in ("out_of_scope",)


def _with_value(heard: Heard, action: Action, field: str) -> Action | None:
    new: tuple[FieldChange, ...]
    if field == "hs_timestamp":
        moment = day_in(heard.said, heard.lexicon)
        new = (as_due(moment),) if moment else ()
    elif field == "hs_task_subject":
        title = subject_in(heard.said)
        new = (FieldChange(field=field, value=title),) if title else ()
    elif field in ("changes", "dealstage"):
        mentions = heard.mentions
        new = changes_in(heard.said, mentions, action.object, heard.lexicon)
    else:
        ordered = heard.request.action
        is_text = field == "words" and not (ordered and (ordered.record or ordered.about))
        return action.model_copy(update={"words": heard.request.text}) if is_text else None
    if not new:
        return None
    fields = {change.field for change in new}
    return action.model_copy(update={"changes": (*(one for one in action.changes if one.field not in fields), *new)})


def _by_name(heard: Heard, request: Request) -> Request | None:
    """A message that is nothing but a name."""
    mentions = heard.mentions
    if len(mentions) != 1 or not _is_only_name(heard.said, mentions[0].start, mentions[0].end):
        return None
    object = request.query.object if request.query else None
    meant = meant_by(Text.of(heard.said), mentions[0], object)
    of_type = _looked_for(request)
    fitting = [one for one in mentions[0].candidates if one.type == of_type] or list(meant)
    field = request.doubt.field if request.doubt else None
    if len(fitting) > 1:
        doubt = which(tuple({one.type for one in fitting}), fitting).model_copy(update={"field": field})
        return request.model_copy(update={"doubt": doubt, "follows_up": True})
    if request.query is None and request.action is None:
        return None
    return filled(request, fitting, field)


def _looked_for(request: Request) -> str | None:
    """The kind of record that is missing."""
    action = request.action
    if action is None:
        return None
    if action.verb == "send" or (request.doubt and request.doubt.field == "hubspot_owner_id"):
        return "person"
    return action.object if action.verb in ("update", "complete", "delete") else None


def _is_only_name(said: str, start: int, end: int) -> bool:
    rest = f"{said[:start]} {said[end:]}"
    return all(token.plain in _BESIDE or token.plain in SINGULAR for token in tokens(rest))
