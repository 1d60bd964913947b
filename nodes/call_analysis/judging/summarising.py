"""The reduce: one view of the whole call from the views of its windows, in as many rounds as the context needs."""

from collections.abc import Sequence

import structlog

from core.errors import Rejected
from nodes.call_analysis.judging.answers import SUMMARY_SCHEMA, read_outline
from nodes.call_analysis.judging.ground import Ground, Reason
from nodes.call_analysis.judging.inquiry import Inquiry, all_of, is_setting
from nodes.call_analysis.judging.outlining import Statement, View, view_of
from nodes.call_analysis.judging.page import statements_text
from nodes.call_analysis.judging.tokens import tokens_of
from nodes.call_analysis.judging.windows import grouped

HALVINGS = 2
"""How often what could not be summed up at once is tried in two halves."""
LONGEST_NUMBER = "10000: \n"
NOTHING = View()

log = structlog.get_logger(__name__)


class Summariser:
    """Sums up one call. `reasons` gathers why sentences were left out on the way."""

    def __init__(self, inquiry: Inquiry, instructions: str, ground: Ground) -> None:
        self._inquiry = inquiry
        self._instructions = instructions
        self._ground = ground
        self.reasons: list[Reason] = []

    async def whole(self, views: Sequence[View]) -> View:
        """The view of the whole call; an empty one when the model gave nothing that holds.

        One window needs no summing up. A round that does not make less of it is the last.
        """
        if len(views) == 1:
            return views[0]
        return await self._summed_up([statement for view in views for statement in view.told()], HALVINGS)

    async def _summed_up(self, statements: Sequence[Statement], halvings: int) -> View:
        groups = self._groups(statements)
        if len(groups) == 1:
            try:
                return await self._asked(statements)
            except Rejected as refusal:
                if is_setting(refusal):
                    raise
                log.warning("judging.summary_refused", why=str(refusal), statements=len(statements))
            if not halvings or len(statements) < 2:
                return NOTHING
            groups, halvings = (statements[: len(statements) // 2], statements[len(statements) // 2 :]), halvings - 1
        views = await all_of(lambda group: self._summed_up(group, halvings), groups)
        fewer = [statement for view in views for statement in view.told()]
        return await self._summed_up(fewer, halvings) if 0 < len(fewer) < len(statements) else NOTHING

    def _groups(self, statements: Sequence[Statement]) -> tuple[Sequence[Statement], ...]:
        room = self._inquiry.room(self._instructions, statements_text(()), SUMMARY_SCHEMA)
        costs = [tokens_of(LONGEST_NUMBER + statement.text) for statement in statements]
        return tuple(statements[group.start : group.stop] for group in grouped(costs, room))

    async def _asked(self, statements: Sequence[Statement]) -> View:
        text = statements_text([statement.text for statement in statements])
        value = await self._inquiry.ask(self._instructions, text, SUMMARY_SCHEMA, "summary")
        view = view_of(read_outline(value), [statement.lines for statement in statements], self._ground)
        self.reasons += view.reasons
        return view
