"""The change of one property that a call speaks for: keyed so that it is made once, whichever step proposes it."""

from collections.abc import Iterator
from dataclasses import dataclass

from core.analysis import SentenceRef
from nodes.crm_sync.deals import record_name
from nodes.crm_sync.fields import LABELS
from nodes.crm_sync.grounds import Grounds
from nodes.crm_sync.moments import same_value
from nodes.state import Change
from tools.hubspot.port import Record


@dataclass(frozen=True)
class Basis:
    """What a value rests on, and why it is proposed; see Change for the rest."""

    reason: str
    quote: str = ""
    evidence: tuple[SentenceRef, ...] = ()
    confidence: float | None = None


def property_change(grounds: Grounds, record: Record, field: str, value: str, basis: Basis) -> Iterator[Change]:
    """The change of one property, or none when it would hold the same as before."""
    if same_value(record.get(field), value):
        return
    past = grounds.past
    yield Change(
        key=past.key(grounds.call.id, record.type, record.id, field, value),
        object_type=record.type,
        object_id=record.id,
        object_name=record_name(record),
        field=field,
        label=LABELS[record.type, field],
        before=past.stands_on(record, field, value),
        after=value,
        quote=basis.quote,
        evidence=basis.evidence,
        confidence=basis.confidence,
        reason=basis.reason,
    )
