"""Completes what was understood of a message by what the conversation is about.

In goes what its words say (understanding.py) and the focus that the turns before left (focusing.py); out come requests
that say all by themselves. Nothing is guessed: what cannot be told is asked back. A request that leaves nothing to the
turns before stays as it is, but for what the person once told for good.
"""

from typing import Final

from nodes.understanding.following.choosing import chosen
from nodes.understanding.following.heard import Heard, heard
from nodes.understanding.following.preferences import with_preferences
from nodes.understanding.following.preferring import limits_now, preferring
from nodes.understanding.following.seen import still_seen
from nodes.understanding.following.steps import followed
from nodes.understanding.following.strangers import strangers
from nodes.understanding.lexicon import Lexicon
from nodes.understanding.shape import Focus, Named, Request, Topic, Understood

LONGEST: Final = 200
"""Letters of a request that may lean on others: what is longer says what it is about."""


def completed(understood: Understood, focus: Focus, lexicon: Lexicon) -> Understood:
    """The requests with what they leave to the turns before filled in; those that leave nothing as they are."""
    seen = still_seen(focus, lexicon)
    requests: list[Request] = []
    before: list[Topic] = []
    for request in understood.requests:
        asked = heard(request, seen, lexicon, tuple(before))
        found = (request,) if _is_tied(request, requests, lexicon) else _completed(asked)
        requests += found
        before += [Topic(turn=0, request=one, results=_records(one)) for one in found]
    return Understood(requests=tuple(requests))


def _completed(asked: Heard) -> tuple[Request, ...]:
    request = asked.request
    if len(asked.plain) > LONGEST:
        return (with_preferences(request, asked.preferences, asked.lexicon),)
    told = preferring(asked)
    if told is not None:
        now = followed(asked) if limits_now(asked) else None
        return (now, told) if now is not None else (told,)
    answers = chosen(asked)
    if answers:
        return answers
    found = followed(asked)
    return (found or with_preferences(request, asked.preferences, asked.lexicon),)


def _is_tied(request: Request, before: list[Request], lexicon: Lexicon) -> bool:
    """Whether it leans on what the same message says before it: on a record there, or on a name that nobody bears."""
    if not before:
        return False
    is_named = bool(request.named) and not request.follows_up
    texts = [one.text for one in before]
    return is_named or any(next(strangers(text, lexicon.names.mentions(text)), None) is not None for text in texts)


def _records(request: Request) -> tuple[Named, ...]:
    """What a request of the same message names, as if it had been shown."""
    return tuple(named for named in request.named if named.type not in ("person", "team"))[:1]
