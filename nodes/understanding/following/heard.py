"""One request as it is heard in its conversation: its words, and what was spoken of before, the latest first."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final

from core.query import Query, QueryObject
from nodes.understanding.agents import OF_QUERY, TALKING
from nodes.understanding.lexicon import Lexicon, Mention
from nodes.understanding.own_words import own_words
from nodes.understanding.shape import Focus, Kind, Named, Request, Topic
from nodes.understanding.slots.part import Text
from nodes.understanding.splitting import request_in

SURE: Final = 0.9
"""How sure code is of what it completed."""

RECORDS: Final = ("deals", "companies", "contacts")
_ENDS: Final = re.compile(r"[\s?.!,;…]+$")
_JUST_AND: Final = re.compile(r"^(?:and|also|so|ok(?:ay)?|then|but|plus|well|hm+)[,.!…]*\s+", re.IGNORECASE)


@dataclass(frozen=True)
class Heard:
    """A request in its focus. `said` are its words without courtesy, `plain` the same in small letters.

    `topics` are the latest first, those of the same message before all.
    """

    request: Request
    said: str
    plain: str
    lexicon: Lexicon
    topics: tuple[Topic, ...] = ()
    open_doubt: Request | None = None
    preferences: dict[str, str] = field(default_factory=dict)

    @property
    def bare(self) -> str:
        """The words without "and", "also" and the like before them."""
        return self.plain[_joint(self.plain) :]

    @property
    def bare_said(self) -> str:
        """The same as they were written."""
        return self.said[_joint(self.plain) :]

    @cached_property
    def mentions(self) -> Sequence[Mention]:
        """The names in its words."""
        return self.lexicon.names.mentions(self.said)

    def queries(self, object: QueryObject | None = None) -> Iterator[Topic]:
        """Topics that were queries, the latest first; only those for one kind of records where it is given."""
        for topic in self.topics:
            query = topic.request.query
            if query is not None and topic.request.kind == "query" and object in (None, query.object):
                yield topic

    def as_query(self, query: Query, named: tuple[Named, ...] = ()) -> Request:
        """The request as this query."""
        return self._again("query", OF_QUERY[query.object], query=query, named=named)

    def as_agents(self, agents: tuple[str, ...], named: tuple[Named, ...], text: str, query: Query | None) -> Request:
        """The request as one that these agents answer."""
        request = self._again("agent", agents or (TALKING,), query=query, named=named)
        return request.model_copy(update={"text": text})

    def as_said(self, said: str) -> Request:
        """The request as one that is answered by these words."""
        return self._again("chat", (TALKING,)).model_copy(update={"said": said})

    def _again(
        self, kind: Kind, agents: tuple[str, ...], query: Query | None = None, named: tuple[Named, ...] = ()
    ) -> Request:
        return Request(
            kind=kind,
            text=self.request.text,
            agents=agents,
            query=query,
            named=named,
            confidence=max(self.request.confidence, SURE),
            follows_up=True,
        )


def heard(request: Request, focus: Focus, lexicon: Lexicon, before: tuple[Topic, ...] = ()) -> Heard:
    """The request in this focus; `before` are the requests of the same message, as topics."""
    asked = bare_of(request.text)
    return Heard(
        request=request,
        said=asked,
        plain=Text.of(asked).plain,
        lexicon=lexicon,
        topics=(*reversed(before), *reversed(focus.topics)),
        open_doubt=focus.open_doubt if not before else None,
        preferences=dict(focus.preferences),
    )


def again(heard: Heard, request: Request) -> Heard:
    """An earlier request in the same focus."""
    asked = bare_of(request.text)
    return replace(heard, request=request, said=asked, plain=Text.of(asked).plain, open_doubt=None)


def bare_of(text: str) -> str:
    """The sentences that ask, without courtesy; "and" and "so" stay, since they say that something goes on."""
    said = own_words(text).asked
    joint = said[: _joint(said)]
    core = request_in(said[len(joint) :])
    is_first = said[len(joint) :].lstrip().startswith(core[:8])
    return f"{joint if is_first else ''}{_ENDS.sub('', core)}".strip()


def _joint(plain: str) -> int:
    end = 0
    while (match := _JUST_AND.match(plain[end:])) is not None:
        end += match.end()
    return end if end < len(plain) else 0
