"""What becomes of an effect that the policy does not allow: a row in the ledger that says why."""

from collections.abc import Sequence

from memory.ledger import Effect, EffectStatus, Ledger


async def refuse(ledger: Ledger, refused: Sequence[tuple[Effect, str]]) -> None:
    """Enters these effects as failed, each with its reason.

    One that went out while the rules were others keeps the row it has: what happened is not made undone here.
    """
    rows = await ledger.plan([effect for effect, _ in refused])
    for row, (_, reason) in zip(rows, refused, strict=True):
        if row.status is EffectStatus.PLANNED:
            await ledger.fail(row.key, reason)
