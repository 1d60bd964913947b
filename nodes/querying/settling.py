"""Settles which of several records of a name is meant, where only one of them fits what is asked of it.

Of two companies called Fernhill only one may have calls: "the last call with Fernhill" needs no question back then.
Only questions are settled so, never what changes something; and whoever asks is told which one was taken.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from core.query import ASSOCIATED, Filter, Query
from nodes.chat.context import ChatContext
from nodes.querying.plain import one_line
from nodes.querying.run import run_query
from nodes.understanding.shape import Doubt, Named, Request
from nodes.understanding.slots.slots import query_from

MOST_TRIED: Final = 4
"""Candidates that are looked at: each costs a query."""
NAME_LENGTH: Final = 60
_TURNED: Final = re.compile(
    r"\b(?:or|not|no|except|excluding|exclude|without|other than|apart from|besides|but|neither|nor|never)\b|"
    r"n't\b|\bnon-",
    re.IGNORECASE,
)
"""Where a name may be denied, or one of two: a plain condition would say something else."""


@dataclass(frozen=True)
class Settled:
    """The query with what was taken, and the sentence that says so."""

    query: Query
    words: str


async def settled(request: Request, context: ChatContext) -> Settled | None:
    """The query of the one candidate that fits; None where it must be asked. Raises what run_query raises."""
    query, doubt = request.query, request.doubt
    if request.kind != "query" or query is None or doubt is None or not await _is_plain(request, doubt, context):
        return None
    tried = [(one, _of(query, doubt, one)) for one in doubt.choices]
    fitting = [(one, meant) for one, meant in tried if await _fits(meant, context)]
    if len(fitting) != 1:
        return None
    ((taken, meant),) = fitting
    return Settled(meant, _words(taken, [one for one in doubt.choices if one != taken]))


async def _is_plain(request: Request, doubt: Doubt, context: ChatContext) -> bool:
    """Whether it is open only which record the rest is asked of."""
    if doubt.field not in ASSOCIATED or not 1 < len(doubt.choices) <= MOST_TRIED or _TURNED.search(request.text):
        return False
    assert request.query is not None
    read = query_from(request.text, request.query.object, await context.lexicon())
    return len(read.doubts) == 1


def _of(query: Query, doubt: Doubt, named: Named) -> Query:
    condition = Filter(field=doubt.field or "", op="eq", value=named.id, name=named.name)
    return query.model_copy(update={"filters": (*query.filters, condition)})


async def _fits(query: Query, context: ChatContext) -> bool:
    found = await run_query(query, context, rows=1)
    return bool(found.total or (found.table and found.table.rows))


def _words(taken: Named, others: Sequence[Named]) -> str:
    names = [one_line(one.name, NAME_LENGTH) for one in others]
    others_told = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
    verb = "is" if len(names) == 1 else "are"
    return f"I took {one_line(taken.name, NAME_LENGTH)}; there {verb} also {others_told}."
