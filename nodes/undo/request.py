"""What a person orders to be taken back, and what came of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from core.analysis import Frozen

KIND = "undo"
"""The kind of the deliveries that have an order carried out; the key is the order's id, the payload the order."""


class UndoRequest(Frozen):
    """An order of the person `by` to take back the effects with these keys, newest first.

    `call_id` is given when the whole call is taken back: then what it still asks people is withdrawn, too.
    """

    id: str
    keys: tuple[str, ...]
    call_id: str | None = None
    by: str
    asked_at: datetime


class UndoItem(Frozen):
    """What came of one effect. `what` names it, `words` say what was done, or why it was left as it is.

    A message in Slack `stays`: people have read it, and it says what was true then. What `waits` is not done yet.
    """

    key: str
    what: str
    outcome: Literal["undone", "left", "stays", "waits"]
    words: str


class UndoReport(Frozen):
    """What came of an order; in a dry run, what would come of it. `withdrawn` are numbers of approvals."""

    items: tuple[UndoItem, ...]
    withdrawn: tuple[int, ...] = ()

    def of(self, outcome: str) -> Sequence[UndoItem]:
        """The items that ended so."""
        return [item for item in self.items if item.outcome == outcome]

    def in_words(self) -> str:
        """The report in a line."""
        stays, changes = len(self.of("stays")), [item for item in self.items if item.outcome != "stays"]
        said = [f"{len(self.of('undone'))} of {_counted(len(changes), 'change')} taken back"]
        said += [f"{_counted(stays, 'Slack message')} left standing"] if stays else []
        said += [f"{_counted(len(self.withdrawn), 'approval')} withdrawn"] if self.withdrawn else []
        return ", ".join(said)


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
