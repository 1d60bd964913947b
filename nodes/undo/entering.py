"""Enters in the ledger what was judged: what is about to be sent as planned, what needs no write as done or failed."""

from collections.abc import Sequence

from memory.ledger import Effect, Ledger
from nodes.undo.cases import Judged


async def enter(ledger: Ledger, judged: Sequence[Judged]) -> None:
    """Plans a row for each case and ends those that nothing is sent for; the reason of each says it in words."""
    await ledger.plan([_row(one) for one in judged])
    for one in judged:
        if one.verdict == "done":
            await ledger.take_back({one.case.undo.key: one.words})
        elif one.verdict == "left":
            await ledger.fail(one.case.undo.key, one.words)


def _row(judged: Judged) -> Effect:
    undo = judged.case.undo
    return undo.model_copy(update={"payload": {**undo.payload, "what": judged.what}})
