"""What only tasks have: whether they are done, waiting or overdue."""

from collections.abc import Iterator
from datetime import date
from typing import Final

from core.query import Filter, Operator
from nodes.understanding.slots.days import late_in, upcoming_in
from nodes.understanding.slots.part import Part, Text, pattern

STATUS: Final = "hs_task_status"
DUE: Final = "hs_timestamp"
NOT_DONE: Final = Filter(field=STATUS, op="neq", value="COMPLETED", name="open")
_DUE: Final = pattern(r"due|to do")
_STATES: Final[tuple[tuple[str, Operator, str, str], ...]] = (
    (
        r"(?:still )?(?:open|outstanding|pending|incomplete|uncompleted|unfinished|undone|"
        r"not (?:yet )?(?:done|completed|finished)|to be done|left to do|left|remaining|"
        r"(?:haven't|have not) (?:done|finished|completed))",
        "neq", "COMPLETED", "open",
    ),
    (r"in progress|under way|underway", "eq", "IN_PROGRESS", "in progress"),
    (r"waiting|blocked|on hold", "eq", "WAITING", "waiting"),
    (r"not (?:yet )?started|unstarted", "eq", "NOT_STARTED", "not started"),
    (r"deferred|postponed", "eq", "DEFERRED", "deferred"),
    (r"done|completed|complete|finished|closed|ticked off|checked off", "eq", "COMPLETED", "done"),
)  # fmt: skip
SAID: Final = tuple(
    (pattern(said), Filter(field=STATUS, op=op, value=value, name=name)) for said, op, value, name in _STATES
)


def task_parts(text: Text, today: date) -> Iterator[Part]:
    """Conditions on the state of tasks; what is overdue is not done and was due before today."""
    late, coming = late_in(text), upcoming_in(text)
    if late is not None:
        before = Filter(field=DUE, op="lt", value=today.isoformat())
        yield Part(*late.span(), (NOT_DONE, before))
        text = text.without([Part(*late.span())])
    if coming is not None:
        yield Part(*coming.span(), (Filter(field=DUE, op="gte", value=today.isoformat()),), implied=(NOT_DONE,))
    for match in text.free(_DUE):
        yield Part(*match.span(), implied=(NOT_DONE,), joined=False)
    for said, filter in SAID:
        parts = [Part(*match.span(), (filter,)) for match in text.free(said)]
        text = text.without(parts)
        yield from parts
