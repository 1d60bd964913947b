"""Short orders on what was spoken of, which say too little to be told from questions: "complete the second one"."""

import re
from dataclasses import replace
from typing import Final

from nodes.understanding.actions import action_from
from nodes.understanding.agents import agents_for_action
from nodes.understanding.following.heard import Heard
from nodes.understanding.own_words import own_words
from nodes.understanding.shape import ActionObject, Request, Verb

LONGEST: Final = 8
"""Words of such an order."""
_IT: Final = (
    r"(?:it|that|this|them|him|her|(?:that|this|the) (?:one|deal|task|company|contact)|(?:the )?(?:first|"
    r"second|third|fourth|fifth|last)"
    r"(?: one| task| deal)?|number \d+|the other one)"
)
_ORDERS: Final[tuple[tuple[re.Pattern[str], Verb, ActionObject], ...]] = (
    (re.compile(rf"(?:complete|finish|tick off|check off) {_IT}(?: off)?"), "complete", "tasks"),
    (re.compile(rf"(?:mark|set) {_IT} (?:as |to )?(?:done|complete[d]?|finished)"), "complete", "tasks"),
    (re.compile(rf"(?:tick|check) {_IT} off"), "complete", "tasks"),
    (re.compile(rf"(?:assign|reassign|give|hand) {_IT}(?: over)? to .+"), "update", "deals"),
    (
        re.compile(rf"(?:move|set|change|update|push|bump|mark) {_IT} (?:up |back |out )?(?:to|as|into) .+"),
        "update",
        "deals",
    ),
    (re.compile(rf"remind me (?:about|of) {_IT}(?: .+)?"), "create", "tasks"),
    (re.compile(r"(?:log|note|record) that (?:we|i) .+"), "create", "notes"),
    (re.compile(r"(?:tell|message|ping|dm) (?:him|her)(?: .+)?|let (?:him|her) know(?: .+)?"), "send", "messages"),
)


def as_order(heard: Heard) -> Heard | None:
    """The same as an order, where the words are one and were not told as such."""
    if heard.request.kind in ("action", "agent") or len(heard.bare.split()) > LONGEST:
        return None
    found = next(((verb, object) for words, verb, object in _ORDERS if words.fullmatch(heard.bare)), None)
    if found is None:
        return None
    verb, object = found
    mentions = heard.lexicon.names.mentions(heard.bare_said)
    ordered = action_from(own_words(heard.bare_said), verb, object, heard.lexicon, mentions)
    request = Request(
        kind="action",
        text=heard.request.text,
        agents=agents_for_action(verb, object, heard.plain),
        action=ordered.action,
        named=ordered.named,
        doubt=next(iter(ordered.doubts), None),
        confidence=heard.request.confidence,
    )
    return replace(heard, request=request)
