"""What another analysis of the same call says otherwise: values in, values out, for a person to look at first.

Two findings are the same one when they are of one kind and share a sentence; one that only moved to other sentences is
one removed and one added.
"""

from collections.abc import Sequence
from typing import Final, Literal, TypeVar

from core.analysis import CallAnalysis, Finding, Frozen, Proved, Qualification

Change = Literal["added", "removed", "changed", "promoted", "demoted"]

LOOKED_AT: Final = ("text", "severity", "owner", "owner_email", "ours", "due", "withdrawn", "order")
"""What of a finding a person would call a change; a confidence that moved a little is none."""

P = TypeVar("P", bound=Proved)


class Changed(Frozen):
    """One thing that the newer analysis says otherwise.

    `kind` is the finding's kind, or meddpicc and the field. `promoted` was a candidate and is sure now, `demoted` the
    other way round. `was` and `now` are in words for a person; `quote` is that of the newer one where there is one.
    """

    change: Change
    kind: str
    was: str | None = None
    now: str | None = None
    quote: str


class Difference(Frozen):
    """All that differs between two analyses of a call; `sentiment`, `direction` and `summary` are (before, after)."""

    items: tuple[Changed, ...] = ()
    sentiment: tuple[str, str] | None = None
    direction: tuple[str, str] | None = None
    summary: tuple[str, str] | None = None

    @property
    def is_none(self) -> bool:
        """Whether both say the same."""
        return self == Difference()


def difference(old: CallAnalysis, new: CallAnalysis) -> Difference:
    """What `new` says otherwise than `old`, in the order of the call."""
    return Difference(
        items=(*_compared(old.items, new.items), *_compared(old.meddpicc, new.meddpicc)),
        sentiment=_pair(old.sentiment.label, new.sentiment.label),
        direction=_pair(old.stage_direction.direction, new.stage_direction.direction),
        summary=_pair(old.summary, new.summary),
    )


def _pair(before: str, after: str) -> tuple[str, str] | None:
    return None if before == after else (before, after)


def _compared(old: Sequence[P], new: Sequence[P]) -> list[Changed]:
    left, found = list(old), list[tuple[int, Changed]]()
    for item in new:
        former = _closest(item, left)
        if former is None:
            found.append((item.start_ms, Changed(change="added", kind=_kind(item), now=_told(item), quote=item.quote)))
            continue
        left.remove(former)
        if (change := _change(former, item)) is not None:
            found.append((item.start_ms, change))
    found += [
        (gone.start_ms, Changed(change="removed", kind=_kind(gone), was=_told(gone), quote=gone.quote)) for gone in left
    ]
    return [change for _, change in sorted(found, key=lambda each: each[0])]


def _closest(item: P, among: Sequence[P]) -> P | None:
    """The one of the same kind that shares most sentences with it, None when none shares any."""
    shared = [(len(set(item.evidence) & set(other.evidence)), other) for other in among if _kind(other) == _kind(item)]
    most, closest = max(shared, key=lambda each: each[0], default=(0, None))
    return closest if most else None


def _change(was: Proved, now: Proved) -> Changed | None:
    if was.candidate != now.candidate:
        change: Change = "demoted" if now.candidate else "promoted"
    elif all(getattr(was, name, None) == getattr(now, name, None) for name in LOOKED_AT):
        return None
    else:
        change = "changed"
    return Changed(change=change, kind=_kind(now), was=_told(was), now=_told(now), quote=now.quote)


def _kind(item: Proved) -> str:
    if isinstance(item, Finding):
        return item.kind.value
    return f"meddpicc {item.field.value}" if isinstance(item, Qualification) else "finding"


def _told(item: Proved) -> str:
    """The item in words, with what of it can change."""
    about = []
    if isinstance(item, Finding):
        due = item.due.isoformat() if item.due else None
        marks = (("withdrawn", item.withdrawn), ("an order to software", item.order))
        about = [part for part in (item.owner, due, item.severity, *(name for name, is_so in marks if is_so)) if part]
    if item.candidate:
        about.append("candidate")
    return f"{item.text} ({', '.join(about)})" if about else item.text
