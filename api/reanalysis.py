"""Calls whose stored analysis is not the wanted one any more: found, compared with what it would be, made anew.

Nothing is remembered beside the analyses themselves: what was made anew is not found again, so a run that was stopped
goes on where it was.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from typing import Final, Literal

from api.improve import Answers
from api.intake import KIND
from api.wiring import Services
from core.analysis import CallAnalysis, Frozen
from core.calls import Call, Transcript
from core.errors import ConfigurationError, Rejected, ServiceError
from memory.calls import THROUGH, CallStore, StoredCall
from memory.inbox import Delivery, DeliveryStatus
from nodes.call_analysis.difference import Difference, difference
from nodes.call_analysis.reading import NOT_AS_SET_UP
from nodes.call_analysis.verify import verify
from nodes.call_analysis.versions import Analysts, Reason, reasons_against
from nodes.showing import call_name

SOURCE: Final = "reanalyze"
REASON: Final = "it is analysed anew: `sophia reanalyze` was given"
NOT_DONE: Final = "another process works on it, or it was parked"

LEFT: Final = "it is left alone: a person took back what was done for it"

Result = Literal["done", "without_model", "left", "waiting", "busy"]


class Stale(Frozen):
    """A call whose analysis is to be made anew, and why."""

    call_id: str
    name: str
    started: datetime | None
    reasons: tuple[Reason, ...]


class Previewed(Frozen):
    """What another analysis of a call would say otherwise; `refused` is why there is none."""

    stale: Stale
    difference: Difference | None = None
    writes: tuple[str, ...] = ()
    refused: str | None = None


class Redone(Frozen):
    """How a call that was to be analysed anew came out.

    One that was analysed `without_model` is improved when the model is back, unless a `reason` says what the owner has
    to do first; one that was `left` is as it was before.
    """

    stale: Stale
    result: Result
    reason: str | None = None


async def stale_calls(calls: CallStore, analysts: Analysts, ids: Sequence[str]) -> AsyncIterator[Stale]:
    """Those of these calls whose work is over and whose analysis is not the one that these analysts would make."""
    async for page in calls.pages(ids):
        for stored in page:
            if stored.status not in THROUGH or stored.analysis is None or stored.transcript is None:
                continue
            if reasons := reasons_against(stored.analysis, analysts.wanted(stored.call, stored.transcript)):
                yield Stale(
                    call_id=stored.call.id,
                    name=call_name(stored.call),
                    started=stored.call.started,
                    reasons=reasons,
                )


async def preview(calls: CallStore, analysts: Analysts, stale: Stale) -> Previewed:
    """Makes the analysis anew and stores nothing. Raises Unavailable or Unauthorized when no model answers."""
    stored = await calls.get(stale.call_id)
    if stored is None or stored.analysis is None or stored.transcript is None:
        return Previewed(stale=stale, refused="it was removed meanwhile")
    try:
        anew = await analysed_anew(analysts, stored.call, stored.transcript)
    except (Rejected, ConfigurationError) as error:
        return Previewed(stale=stale, refused=str(error))
    found = difference(stored.analysis, anew)
    return Previewed(stale=stale, difference=found, writes=writes_of(stored, found))


async def analysed_anew(analysts: Analysts, call: Call, transcript: Transcript) -> CallAnalysis:
    """The verified analysis by all analysts that are set up."""
    extracted = await analysts.extract(call, transcript)
    return verify(await analysts.judge(call, transcript, extracted), call, transcript)


def writes_of(stored: StoredCall, found: Difference) -> tuple[str, ...]:
    """What Sophia would look at writing, in words; the owner's rules and the records as they are then have the say."""
    resolution = stored.resolution
    if found.is_none or resolution is None or resolution.get("question"):
        return ()
    new = [item for item in found.items if item.change in ("added", "promoted") and "candidate" not in (item.now or "")]
    told = ["the note of the call"]
    told += [f"a task or question: {item.now}" for item in new if item.kind == "next_step"]
    if found.sentiment is not None:
        told.append(f"the contacts' last call sentiment: {found.sentiment[1]}")
    if found.direction is not None and resolution.get("deal"):
        told.append(f"the deal's stage, by the direction {found.direction[1]}")
    return tuple(told)


class Reanalysis:
    """Has calls worked on once more, one after the other, by this process' own worker.

    `answers` tells whether the model does, None where none is set up; `tell` hears of every call as it ends.
    """

    def __init__(self, services: Services, answers: Answers | None, tell: Callable[[Redone], None]) -> None:
        self._services = services
        self._answers = answers
        self._tell = tell

    async def end_what_was_begun(self) -> int:
        """Ends the calls that a run which was stopped had begun; returns how many."""
        await self._services.intake.requeue()  # frees what a process held that died
        unfinished = await self._services.records.inbox.unfinished()
        begun = [delivery for delivery in unfinished if (delivery.kind, delivery.source) == (KIND, SOURCE)]
        for delivery in begun:
            await self._work(delivery)
        return len(begun)

    async def run(self, stale: Sequence[Stale]) -> str | None:
        """Works through them; returns why it stopped before the last, None when it did not."""
        for each in stale:
            redone = await self._redo(each)
            self._tell(redone)
            if redone.result == "without_model" and (why := await self._model_is_away()):
                return why
        return None

    async def _redo(self, stale: Stale) -> Redone:
        made = await self._services.intake.accept_again([stale.call_id], SOURCE, REASON)
        if not made:
            return Redone(stale=stale, result="busy", reason=NOT_DONE)
        await self._services.worker.work(str(made[0].id))
        delivery = await self._services.records.inbox.get(KIND, stale.call_id)
        if delivery is not None and delivery.status is not DeliveryStatus.DONE:
            return Redone(stale=stale, result="waiting", reason=delivery.reason)
        return await self._done(stale)

    async def _done(self, stale: Stale) -> Redone:
        """How a call stands whose run came to its end."""
        calls, analysts = self._services.records.calls, Analysts.of(self._services.context)
        stored = await calls.get(stale.call_id)
        analysis = stored.analysis if stored is not None else None
        if analysis is not None and analysis.awaits_model:
            return Redone(stale=stale, result="without_model")
        if analysis is not None and NOT_AS_SET_UP in analysis.notes:
            return Redone(stale=stale, result="without_model", reason=NOT_AS_SET_UP)
        is_left = [each async for each in stale_calls(calls, analysts, [stale.call_id])]
        return Redone(stale=stale, result="left", reason=LEFT) if is_left else Redone(stale=stale, result="done")

    async def _work(self, delivery: Delivery) -> None:
        if await self._services.intake.retry(delivery):
            await self._services.worker.work(str(delivery.id))

    async def _model_is_away(self) -> str | None:
        try:
            if self._answers is not None:
                await self._answers()
        except ServiceError as error:
            return str(error)
        return None
