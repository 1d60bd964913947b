"""The calls that a qualification rests on: those that are remembered of a record, the latest first, and not too many.

Memory knows which calls are about a record, from what each was resolved to, and who may be shown it; what was found in
a call is read where calls are stored. Where nothing is remembered, a call stands alone.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import islice
from typing import Final

from core.scope import EVERYTHING, Scope
from memory.call_memory import Head
from memory.calls import THROUGH, StoredCall
from nodes.context import Context
from nodes.lead_qualification.hearing import HeardCall

MOST_CALLS: Final = 10
"""What was heard ten calls ago is hardly true today, and every call more is work for each later one."""

LOOKED_THROUGH: Final = 200
"""Calls of a record among which those are looked for that count."""


async def calls_about(
    context: Context, subjects: Sequence[str], scope: Scope = EVERYTHING, *, before: datetime | None = None
) -> list[StoredCall]:
    """The last analysed calls about any of these subjects that may be shown within the scope, the latest first.

    With `before` only calls of an earlier moment: what a later call says is not an older one's to tell.
    """
    if context.memory is None:
        return []
    memory = context.memory.calls
    found = {head.call_id: head for subject in subjects for head in await memory.about(subject, LOOKED_THROUGH)}
    latest = sorted(found.values(), key=lambda head: (_at(head), head.call_id), reverse=True)
    wanted = (head for head in latest if scope.allows(head.audience) and _is_before(head, before))
    ids = [head.call_id for head in islice(wanted, MOST_CALLS)]
    stored = await context.records.calls.all(ids) if ids else []
    return [each for each in reversed(stored) if each.analysis is not None and each.status in THROUGH]


def heard_calls(stored: Iterable[StoredCall]) -> list[HeardCall]:
    """The calls with what was found in them; those whose analysis is not kept any more are left out."""
    return [HeardCall(each.call, each.analysis) for each in stored if each.analysis is not None]


def _is_before(head: Head, moment: datetime | None) -> bool:
    return moment is None or _at(head) < moment.timestamp()


def _at(head: Head) -> float:
    return head.at.timestamp() if head.at else float("-inf")
