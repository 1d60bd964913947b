"""The last question for an agent again, of somebody or something else: "and Lodestar?", "what about pricing?"."""

import re
from typing import Final

from nodes.understanding.following.heard import Heard
from nodes.understanding.following.pointing import which
from nodes.understanding.lexicon import Mention
from nodes.understanding.names.words import tokens
from nodes.understanding.shape import Named, Request, Topic
from nodes.understanding.slots.filler import FILLER
from nodes.understanding.slots.part import Text
from nodes.understanding.slots.records import meant_by

_GOES_ON: Final = re.compile(
    r"^(?:(?:and|also|ok(?:ay)?|so|but|now)[ ,]+)*(?:(?:what|how) about|(?:do )?(?:the |that )?same(?: "
    r"thing| question)?|and|also|now|or)\b(?: (?:for|with|about|at|of))*\s+"
)
LONGEST: Final = 6
"""Words behind "and" of a question that goes on; a longer one is a question of its own."""


def reasked(heard: Heard) -> Request | None:
    """The question again; None where the last topic was no agent's, or the message says all by itself."""
    topic = heard.topics[0] if heard.topics else None
    begins = _GOES_ON.match(heard.plain)
    if topic is None or topic.request.kind != "agent" or begins is None:
        return None
    rest = heard.said[begins.end() :].strip()
    topic = _without_addition(topic)
    if (
        not rest
        or all(token.plain in FILLER for token in tokens(rest))
        or len(rest.split()) > LONGEST
        or _asks(heard, rest)
    ):
        return None
    mentions = heard.lexicon.names.mentions(rest)
    if not mentions:
        return heard.as_agents(topic.request.agents, topic.request.named, _about(topic.request.text, rest), None)
    return _of_other(heard, topic, rest, mentions[0])


def _without_addition(topic: Topic) -> Topic:
    """The question without what a turn before this one added to it."""
    text = re.sub(r" \([^()]*\)$", "", topic.request.text)
    return topic.model_copy(update={"request": topic.request.model_copy(update={"text": text})})


def _asks(heard: Heard, rest: str) -> bool:
    """Whether what follows "and" is a whole question."""
    begins = re.match(
        r"(?:who|what|when|where|which|how|why|show|list|give|my|is|are|do|does|did|move|remind|log|tell|create)\b",
        rest,
        re.IGNORECASE,
    )
    return begins is not None or heard.request.kind == "action"


def _of_other(heard: Heard, topic: Topic, rest: str, mention: Mention) -> Request:
    old = topic.request.named[0] if topic.request.named else None
    alike = [one for one in mention.candidates if old is not None and one.type == old.type]
    meant = list(meant_by(Text.of(rest), mention, None))
    named = alike if len(alike) == 1 else [one for one in meant if old is None or one.type == old.type] or meant
    text = _with_name(topic.request.text, old, mention.text) or f"{topic.request.text} ({heard.said})"
    request = heard.as_agents(topic.request.agents, tuple(named[:1]), text, None)
    if len(named) == 1:
        return request
    doubt = which(tuple({one.type for one in named}), named)
    return request.model_copy(update={"named": (), "doubt": doubt})


def _about(text: str, rest: str) -> str:
    """The question about something else."""
    found = re.search(r"\b(?:about|on|regarding) (?!.*\babout\b)[^?]+", text, re.IGNORECASE)
    return f"{text[: found.start()]}about {rest}" if found else f"{text} (about {rest})"


def _with_name(text: str, old: Named | None, name: str) -> str | None:
    """The question with the other name in it, where the old one is found."""
    if old is None:
        return None
    words = old.name.split()
    for length in range(len(words), 0, -1):
        part = " ".join(words[:length])
        if len(part) > 2 and (found := re.search(rf"\b{re.escape(part)}\b", text, re.IGNORECASE)):
            return f"{text[: found.start()]}{name}{text[found.end() :]}"
    return None
