"""The last calls about a record, with what was found in them: the sure findings, and apart the possible ones."""

from collections.abc import Iterable, Sequence
from itertools import islice

from core.analysis import CallAnalysis, Kind, Proved
from core.calls import Call
from core.places import call_url, minute
from core.scope import Scope
from memory.call_memory import Head
from memory.calls import StoredCall
from memory.remembering import Memory
from nodes.business_view.shape import MOST_CALLS, CallSeen, Said, Source
from nodes.context import Context
from nodes.showing import call_name, started_at
from nodes.sure import candidates, sure

LOOKED_THROUGH = 1000
"""Calls of a record among which those are looked for that a reader may be shown."""

MOST_FINDINGS = 8
MOST_CANDIDATES = 4

SHOWN = (Kind.NEXT_STEP, Kind.RISK, Kind.OBJECTION, Kind.BUYING_SIGNAL, Kind.QUESTION_OPEN, Kind.COMPETITOR)
"""Coaching is for the seller alone."""


async def last_calls(
    context: Context, memory: Memory, subjects: Sequence[str], scopes: Sequence[Scope]
) -> tuple[CallSeen, ...]:
    """The last calls that are remembered of any of these, the latest first: as many for each scope as a view shows."""
    found = {head.call_id: head for subject in subjects for head in await memory.calls.about(subject, LOOKED_THROUGH)}
    latest = sorted(found.values(), key=lambda head: head.at.timestamp() if head.at else 0, reverse=True)
    shown = {head.call_id for scope in scopes for head in _first(latest, scope)}
    heads = [head for head in latest if head.call_id in shown]
    stored = {each.call.id: each for each in await context.records.calls.all([head.call_id for head in heads])}
    seen = (_seen(head, stored[head.call_id]) for head in heads if head.call_id in stored)
    return tuple(call for call in seen if call is not None)


def _first(heads: Iterable[Head], scope: Scope) -> Iterable[Head]:
    return islice((head for head in heads if scope.allows(head.audience)), MOST_CALLS)


def _seen(head: Head, stored: StoredCall) -> CallSeen | None:
    if stored.analysis is None:  # not kept any more
        return None
    call, analysis = stored.call, stored.analysis
    return CallSeen(
        source=Source(system="Gong", link=call_url(call), at=started_at(call)),
        audience=head.audience,
        call_id=call.id,
        name=call_name(call),
        summary=analysis.summary,
        findings=_told(call, _sure(analysis))[:MOST_FINDINGS],
        candidates=_told(call, [each for each in candidates(analysis) if _kind(each) != Kind.COACHING.value])[
            :MOST_CANDIDATES
        ],
    )


def _sure(analysis: CallAnalysis) -> list[Proved]:
    found: list[Proved] = [item for kind in SHOWN for item in sure(analysis, kind)]
    return found + [item for item in analysis.meddpicc if not item.candidate]


def _told(call: Call, found: Iterable[Proved]) -> tuple[Said, ...]:
    return tuple(
        Said(
            kind=_kind(each),
            text=each.text,
            quote=each.quote,
            speaker=each.speaker,
            minute=minute(each.start_ms),
            link=call_url(call, each.start_ms),
        )
        for each in found
    )


def _kind(found: Proved) -> str:
    """Risk, next_step and so on, or the MEDDPICC field."""
    kind = getattr(found, "kind", None) or getattr(found, "field", "")
    return str(kind)
