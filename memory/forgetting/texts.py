"""What Sophia wrote or asked because of a call: its words blanked, its keys kept, so that nothing is done twice."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from core.analysis import SentenceRef
from memory.approvals import ApprovalStatus
from memory.forgetting.spoken import Words
from memory.forgetting.traces import FORGOTTEN, Traces
from memory.ledger import EffectStatus
from memory.tables import ApprovalRow, DriftRow, SyncLogRow, Table

NOBODY: Final = Traces()


@dataclass(frozen=True)
class Tells:
    """What tells in a text of what is to be forgotten: a name, words that were said; or `everything` does.

    `refs` are the sentences of the call that are forgotten: a quote from there is, whatever its words.
    """

    traces: Traces = NOBODY
    words: Words | None = None
    refs: frozenset[SentenceRef] = frozenset()
    everything: bool = False

    def are_in(self, text: str) -> bool:
        """Whether the text tells of it."""
        return self.everything or self.traces.are_in(text) or (self.words is not None and self.words.are_in(text))

    def rest_on(self, evidence: Sequence[Sequence[int]]) -> bool:
        """Whether any of these sentences is forgotten."""
        return any(tuple(ref) in self.refs for ref in evidence)


EVERYTHING: Final = Tells(everything=True)

REASON: Final = "forgotten on request"

UNSENT: Final = (EffectStatus.PLANNED.value, EffectStatus.SENT.value)

EFFECT_TEXTS: Final = ("before", "after", "payload", "reason")
APPROVAL_CONTENT: Final = (*("current", "proposed", "current_label", "proposed_label", "payload", "quote", "reason"),)
APPROVAL_REST: Final = ("object_name", "outcome")
APPROVAL_TEXTS: Final = (*APPROVAL_CONTENT, *APPROVAL_REST, "answers")
DRIFT_TEXTS: Final = ("written", "found")

PROPERTIES: Final = "properties"
"""Under which a payload holds the values that a record is given."""

_TAG: Final = re.compile(r"<[^>]*>")


def blank_effects(session: Session, condition: ColumnElement[bool], tells: Tells, now: datetime) -> int:
    """Blanks those texts of the effects (SyncLogRow) that tell it; returns how many effects that is.

    One that was not sent yet, or that nobody heard of since, is not sent any more: without its words it is no good.
    """
    blanked = 0
    for row in session.scalars(select(SyncLogRow).where(condition)).all():
        if not _blank(row, EFFECT_TEXTS, tells):
            continue
        if row.status in UNSENT:
            row.status, row.reason = EffectStatus.FAILED.value, REASON
        row.updated_at = now
        blanked += 1
    return blanked


def blank_approvals(session: Session, condition: ColumnElement[bool], tells: Tells, now: datetime) -> int:
    """Blanks those texts of the approvals (ApprovalRow) that tell it; returns how many approvals that is.

    One whose change or whose ground is blanked, and that is not carried out yet, is withdrawn: nobody can allow what
    they cannot read, and what was blanked must not be written.
    """
    blanked = 0
    for row in session.scalars(select(ApprovalRow).where(condition)).all():
        lost = _blank(row, APPROVAL_CONTENT, tells)
        if tells.rest_on(row.evidence) and row.quote != FORGOTTEN:
            row.quote, lost = FORGOTTEN, True
        rest = [_blank(row, APPROVAL_REST, tells), _blank_answers(row, tells)]
        if not lost and not any(rest):
            continue
        if lost and row.closed_at is None:
            row.status, row.outcome, row.closed_at = ApprovalStatus.WITHDRAWN.value, REASON, now
        row.updated_at = now
        blanked += 1
    return blanked


def blank_drifts(session: Session, condition: ColumnElement[bool], tells: Tells) -> int:
    """Blanks those texts of the drifts (DriftRow) that tell it; returns how many drifts that is."""
    rows = session.scalars(select(DriftRow).where(condition)).all()
    return sum(_blank(row, DRIFT_TEXTS, tells) for row in rows)


def _blank(row: Table, columns: tuple[str, ...], tells: Tells) -> bool:
    """Whether anything was blanked that was not before."""
    changed = False
    for name in columns:
        value = getattr(row, name)
        blank = without(value, tells, whole=isinstance(value, str))
        if blank != value:
            setattr(row, name, blank)
            changed = True
    return changed


def _blank_answers(row: ApprovalRow, tells: Tells) -> bool:
    """What people said with their answers; how they decided, when and through which door is needed to read them."""
    answers = [_without_words(answer, tells) for answer in row.answers]
    changed = answers != row.answers
    row.answers = answers
    return changed


def _without_words(answer: dict[str, Any], tells: Tells) -> dict[str, Any]:
    own = tells.traces.own_keys(answer)
    words = {key: without(answer.get(key), tells, whole=True) for key in ("reason", "value") if key in answer}
    return answer | words | dict.fromkeys(own, FORGOTTEN)


def without(value: Any, tells: Tells, *, whole: bool = False) -> Any:
    """A JSON value whose texts that tell it are `[forgotten]`; its keys are the program's own words and stay.

    So is a single word, unless it is the value of a property or the `whole` text: ids, types and states are.
    """
    if isinstance(value, str):
        is_text = whole or tells.everything or len(value.split()) > 1 or tells.traces.are_in(value)
        told = is_text and value != FORGOTTEN and tells.are_in(_TAG.sub(" ", value))
        return FORGOTTEN if told else value
    if isinstance(value, list):
        return [without(item, tells, whole=whole) for item in value]
    if isinstance(value, dict):
        own = tells.traces.own_keys(value)
        return {
            key: FORGOTTEN if key in own else without(item, tells, whole=whole or key == PROPERTIES)
            for key, item in value.items()
        }
    return value
