"""Lets requests lapse that nobody answered in time."""

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import structlog

from core.errors import RecordConflict
from memory.approvals import Answer, Approval
from memory.inbox import Delivery
from memory.records import Records

if TYPE_CHECKING:
    from api.wiring import Services

INTERVAL: Final = timedelta(minutes=1)
JOB: Final = "expire"
SCHEDULE: Final = "the schedule"

log = structlog.get_logger(__name__)


def schedule_expiry(services: "Services") -> None:
    """Registers it to be done every minute while jobs run."""

    async def job(_argument: str) -> None:
        await expire(services)

    services.jobs.register(JOB, job)
    services.jobs.every(JOB, INTERVAL)


async def expire(services: "Services") -> int:
    """Answers what is overdue with "expire", through the same gate as people's answers; returns how many."""
    overdue = await services.records.approvals.overdue()
    deliveries = [delivery for one in overdue if (delivery := await _expire(services.records, one, services))]
    await services.intake.queue_many(deliveries)
    return len(deliveries)


async def _expire(records: Records, approval: Approval, services: "Services") -> Delivery | None:
    answer = Answer(decision="expire", by=SCHEDULE, via="schedule", at=services.clock.now(), round=approval.round)
    try:
        _, delivery = await records.approvals.answer(approval.id, approval.payload_hash, answer)
    except RecordConflict as conflict:  # somebody, or another process, was quicker
        log.info("approval.not_expired", number=approval.number, detail=str(conflict))
        return None
    log.info("approval.expired", number=approval.number)
    return delivery
