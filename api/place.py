"""Where a backfill stands in the past, so that an interrupted one goes on rather than begins again."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Self

from core.analysis import Frozen
from core.calls import Call


class Place(Frozen):
    """Everything that started in [since, through) was listed, by a run that began at `listed_at`.

    Gong does not promise an order of its pages. The place moves only while calls come in the order of their starts;
    once they do not, `in_order` is false and the place is worth nothing.
    """

    since: datetime
    through: datetime
    listed_at: datetime
    in_order: bool = True
    complete: bool = False

    def after(self, page: Sequence[Call]) -> Self:
        """The place once this page, too, has been stored."""
        starts = [call.started for call in page if call.started is not None and call.started.tzinfo is not None]
        in_order = (
            self.in_order and len(starts) == len(page) and [self.through, *starts] == sorted([self.through, *starts])
        )
        through = starts[-1] if in_order and starts else self.through
        return self.model_copy(update={"through": through, "in_order": in_order})

    def resume_at(self, since: datetime, overlap: timedelta) -> datetime:
        """Where a backfill from `since` may begin, going back by `overlap` from when the former run looked.

        Calls that appeared only after it had looked started shortly before that moment, not long ago.
        """
        if self.complete or not self.in_order or not self.since <= since <= self.through:
            return since
        return max(since, min(self.through, self.listed_at - overlap))
