"""Brings calls in from Gong with as few requests as it allows: pages of calls, and transcripts 100 at a time."""

from collections.abc import Collection, Sequence
from typing import Final

from api.intake import KIND, Intake
from core.calls import Call
from memory.inbox import Delivery, DeliveryStatus
from memory.records import Records
from tools.gong.port import CallGateway

ANOTHER_LENGTH: Final = "Gong says that the call is of another length than when it was analysed"


class Collector:
    """Stores calls and the transcripts they lack, and takes in those that were never accepted before."""

    def __init__(self, gateway: CallGateway, records: Records, intake: Intake) -> None:
        self._gateway = gateway
        self._records = records
        self._intake = intake

    async def bring(self, calls: Sequence[Call], source: str) -> list[Delivery]:
        """Stores a page of calls with their transcripts and takes them in; returns the deliveries that are new.

        A known call whose transcript has come is worked on at once, and one that has another length than it had when it
        was analysed once more. What was said in a private call is not asked for. Raises what CallGateway raises;
        nothing of the page is taken in then.
        """
        ids = [call.id for call in calls]
        open_ids = [call.id for call in calls if not call.is_private]
        arrived = await self._gateway.transcripts(await self._records.calls.lacking_transcripts(open_ids))
        again, busy = await self._of_another_length(calls, source)
        await self._records.calls.save_many([(call, arrived.get(call.id)) for call in calls if call.id not in busy])
        fresh = await self._intake.accept_many(ids, source)
        await self._intake.queue_many(again)
        await self._intake.hasten(arrived.keys() - {delivery.key for delivery in fresh})
        return fresh

    async def _of_another_length(self, calls: Sequence[Call], source: str) -> tuple[list[Delivery], set[str]]:
        """Deliveries of analysed calls whose length has changed since, and ids of those that are still worked on.

        The length tells that there is another transcript, without asking for it. That a call is to be looked at again
        is stored before its new length is, and a busy one keeps the old: so the next look sees it if this one fails.
        """
        known = await self._records.calls.analysed_metadata([call.id for call in calls if not call.is_private])
        longer = [call.id for call in calls if call.id in known and call.duration_s != known[call.id].duration_s]
        again = await self._intake.accept_again(longer, source, ANOTHER_LENGTH, fetch=True)
        return again, set(longer) - {delivery.key for delivery in again}

    async def bring_late_transcripts(self, but: Collection[str] = ()) -> int:
        """Asks once more for the transcripts of all calls that wait for one, but those; returns how many have come."""
        unfinished = await self._records.inbox.unfinished()
        waiting = [
            delivery.key
            for delivery in unfinished
            if delivery.status is DeliveryStatus.WAITING and delivery.kind == KIND and delivery.key not in but
        ]
        lacking = await self._records.calls.lacking_transcripts(waiting)
        arrived = await self._gateway.transcripts(lacking) if lacking else {}
        known = await self._records.calls.all(list(arrived))
        await self._records.calls.save_many([(stored.call, arrived[stored.call.id]) for stored in known])
        await self._intake.hasten(arrived)
        return len(arrived)
