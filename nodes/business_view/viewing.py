"""Makes the view of a record: its parts are read side by side, and one that cannot be read now fails no other."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TypeVar

import structlog

from core.errors import ServiceError
from core.scope import Scope
from nodes.audiences import record_audience, record_subject
from nodes.business_view.calls import last_calls
from nodes.business_view.keeping import keep_view
from nodes.business_view.record import (
    NO_PORTAL,
    Portal,
    as_record,
    known_record,
    portal_of,
    read_record,
    subjects_of_record,
    values_of,
)
from nodes.business_view.shape import BusinessView, CallSeen, FactSeen, ObjectKind, Source, StageMove
from nodes.business_view.stages import own_moves, stage_history
from nodes.business_view.work import notes, open_tasks, people, related
from nodes.context import Context
from nodes.crm_sync.deals import record_name
from tools.hubspot.port import Record

T = TypeVar("T")

STAGES = "stage history"

log = structlog.get_logger(__name__)


async def view_of(context: Context, object_type: ObjectKind, id: str, scope: Scope) -> BusinessView | None:
    """What may be shown of a record within the scope; None where there is none, or where it may not be shown.

    While HubSpot is away it is what was last known of the record. Raises what CrmGateway raises when nothing is known
    that may be shown: whether there is such a record cannot be told then. The whole view is kept to be recalled.
    """
    try:
        found, read_at, current = await read_record(context, object_type, id), context.clock.now(), True
    except ServiceError:
        known = await known_record(context, object_type, id)
        if known is None or not scope.allows(record_audience(known)):
            raise
        found, read_at, current = as_record(known, object_type), known.read_at, False
    if found is None or found.archived or not scope.allows(record_audience(found)):
        return None
    whole = await _Viewing(context, object_type, found, read_at, current, scope).view()
    if context.memory is not None and current and not whole.missing:
        await keep_view(context.memory, whole)
    return whole.seen_by(scope)


@dataclass
class _Viewing:
    """One record being viewed by a reader of `scope`; `missing` gathers the names of the parts that cannot be read."""

    context: Context
    type: ObjectKind
    record: Record
    read_at: datetime
    current: bool
    scope: Scope
    missing: list[str] = field(default_factory=list)

    async def view(self) -> BusinessView:
        context, record = self.context, self.record
        portal = await portal_of(context, record) if self.current else NO_PORTAL
        stages, tasks, written, persons, others, calls, facts = await asyncio.gather(
            self._stages(portal),
            self._part("open tasks", partial(open_tasks, context, record, portal)),
            self._part("notes", partial(notes, context, record, portal)),
            self._part("people", partial(people, context, record, portal)),
            self._part("related records", partial(related, context, record)),
            self._calls(),
            self._facts(),
        )
        return BusinessView(
            source=Source(system="HubSpot", link=portal.link, at=self.read_at),
            audience=record_audience(record),
            type=self.type,
            id=record.id,
            name=record_name(record),
            values=await values_of(context, record, portal),
            current=self.current,
            stages=stages,
            calls=calls,
            tasks=tasks,
            notes=written,
            people=persons,
            related=others,
            facts=facts,
            missing=tuple(sorted(self.missing)),
        )

    async def _part(self, name: str, read: Callable[[], Awaitable[tuple[T, ...]]]) -> tuple[T, ...]:
        """A part that HubSpot must tell of; where it is away already, it is not asked again."""
        if self.current:
            try:
                return await read()
            except ServiceError as error:
                log.warning("view.part_missing", record=self._subject, part=name, detail=str(error))
        self.missing.append(name)
        return ()

    async def _stages(self, portal: Portal) -> tuple[StageMove, ...]:
        if self.type != "deals":
            return ()
        told = await self._part(STAGES, partial(stage_history, self.context, self.record, portal))
        return told if STAGES not in self.missing else await own_moves(self.context, self.record)

    async def _calls(self) -> tuple[CallSeen, ...]:
        memory = self.context.memory
        if memory is None:
            return ()
        kept_for = Scope(audiences=frozenset({record_audience(self.record)}))
        return await last_calls(self.context, memory, subjects_of_record(self.record), (self.scope, kept_for))

    async def _facts(self) -> tuple[FactSeen, ...]:
        memory = self.context.memory
        subjects = subjects_of_record(self.record) if memory else ()
        told = [fact for subject in subjects if memory for fact in await memory.facts.about(subject)]
        return tuple(
            FactSeen(
                source=Source(system="a person", at=fact.at), audience=audience, id=fact.id, text=fact.text, by=fact.by
            )
            for fact, audience in told
        )

    @property
    def _subject(self) -> str:
        return record_subject(self.type, self.record.id)
