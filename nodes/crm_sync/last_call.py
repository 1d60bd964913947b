"""Which of two calls is the later one: calls come in any order, and an older one never writes over a newer."""

from datetime import date

from core.calls import Call
from nodes.crm_sync.moments import parse_time
from nodes.showing import started_at
from tools.hubspot.port import Record
from tools.hubspot.properties import LAST_CALL_DATE


def call_day(call: Call) -> date | None:
    """The day of a call where it was held; None when Gong did not date it."""
    started = started_at(call)
    return started.date() if started else None


def tells_of_later_call(record: Record, call: Call) -> bool:
    """Whether the record tells of a call on a later day than this one's, or this one has no day to compare."""
    last, own = parse_time(record.get(LAST_CALL_DATE.name)), call_day(call)
    return own is None or (last is not None and last.date() > own)


def is_later(other: Call, call: Call) -> bool:
    """Whether the other call began after this one; of two at the same moment the greater id counts as later."""
    first, second = started_at(call), started_at(other)
    return first is not None and second is not None and (second, other.id) > (first, call.id)
