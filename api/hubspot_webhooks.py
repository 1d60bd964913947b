"""The door for HubSpot's webhooks: check the signature, store all events of the delivery, answer; the work comes later.

HubSpot waits five seconds for an answer and sends again whatever was not answered with success.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Final

import structlog
from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse
from starlette.background import BackgroundTask

from api.deps import ServicesOf
from api.guard import read_body
from api.hubspot_events import queue_events
from api.problems import Problem
from core.errors import ConfigurationError, Rejected, ServiceError, Unauthorized
from core.settings import Settings
from memory.cache.tags import record_tag, tags_told
from memory.crm_events import StoredEvent
from tools.hubspot.port import CrmGateway
from tools.hubspot.webhook import CrmEvent, HubSpotWebhook

NOT_SET_UP: Final = (
    "Set SOPHIA_HUBSPOT_CLIENT_SECRET and SOPHIA_HUBSPOT_WEBHOOK_URL from the app; see docs/hubspot-changes.md."
)
SIGNATURE: Final = "x-hubspot-signature-v3"
TIMESTAMP: Final = "x-hubspot-request-timestamp"

PATIENCE_S: Final = 1.0
"""How long a delivery waits to learn which portal is ours; after that its events are taken as ours."""

log = structlog.get_logger(__name__)
router = APIRouter(tags=["webhooks"])


def open_hubspot_door(settings: Settings) -> HubSpotWebhook | None:
    """The check of HubSpot's deliveries; None, and a line in the log, when it is not set up: then all are refused."""
    try:
        door = HubSpotWebhook.from_settings(settings)
    except ConfigurationError as error:
        log.error("hubspot_webhook.wrongly_set_up", detail=str(error), next_step=error.next_step)
        return None
    if door is None:
        log.info("hubspot_webhook.not_set_up", detail="HubSpot's webhooks are refused", next_step=NOT_SET_UP)
    return door


def hubspot_door(request: Request) -> HubSpotWebhook | None:
    """The check that the app was made with."""
    door: HubSpotWebhook | None = request.app.state.hubspot_door
    return door


@router.post("/webhooks/hubspot", status_code=HTTPStatus.ACCEPTED)
async def hubspot(
    request: Request, services: ServicesOf, door: Annotated[HubSpotWebhook | None, Depends(hubspot_door)]
) -> JSONResponse:
    """Takes in what HubSpot tells of: 202 once something new is stored, 200 when it all was known or is not ours."""
    try:
        told = await _told(request, door, services.wall.now())
    except Problem as problem:
        services.metrics.hubspot_webhook(problem.reason)
        next_step = getattr(problem.__cause__, "next_step", None)
        log.warning("hubspot_webhook.refused", reason=problem.reason, detail=problem.detail, next_step=next_step)
        raise
    ours = await _ours(told, services.context.crm)
    stored = [stored_event(event) for event in ours]
    new = await services.records.crm_events.accept(stored)
    await services.context.changed([*tags_told(stored), *(record_tag(*event.other) for event in ours if event.other)])
    events = Counter(accepted=new, known=len(ours) - new, foreign=len(told) - len(ours))
    result = "accepted" if new else "foreign" if events["foreign"] else "known"
    services.metrics.hubspot_webhook(result, events)
    log.info("hubspot_webhook.accepted", **events)
    # Stored is safe, so HubSpot need not wait for the queue.
    later = BackgroundTask(queue_events, services.jobs) if new else None
    return JSONResponse({"status": result}, HTTPStatus.ACCEPTED if new else HTTPStatus.OK, background=later)


def stored_event(event: CrmEvent) -> StoredEvent:
    """An event as it is kept until its record has been looked at."""
    return StoredEvent(
        key=event.key,
        kind=event.kind,
        object_type=event.type,
        object_id=event.object_id,
        property=event.property,
        value=event.value,
        source=event.source,
        merged_ids=event.merged_ids,
        occurred_at=event.occurred_at,
    )


async def _told(request: Request, door: HubSpotWebhook | None, now: datetime) -> tuple[CrmEvent, ...]:
    """The events of the delivery, proven and read; a Problem says why it is refused."""
    if door is None:
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "HubSpot's webhooks are not set up here.", reason="not_set_up")
    body = await read_body(request)
    try:
        return door.read(request.headers.get(SIGNATURE), request.headers.get(TIMESTAMP), body, now)
    except Unauthorized as error:
        raise Problem(HTTPStatus.UNAUTHORIZED, str(error), reason="unauthorized") from error
    except Rejected as error:
        raise Problem(HTTPStatus.BAD_REQUEST, str(error), reason="malformed") from error


async def _ours(events: Sequence[CrmEvent], crm: CrmGateway) -> list[CrmEvent]:
    """The events of our own portal; all of them when HubSpot cannot say in time which one that is.

    An event of another portal does no harm then: records are read from our own.
    """
    if not events:
        return []
    try:
        async with asyncio.timeout(PATIENCE_S):
            portal_id = (await crm.account()).portal_id
    except (ServiceError, TimeoutError) as error:
        log.warning("hubspot_webhook.portal_unknown", detail=str(error) or "HubSpot did not answer in time")
        return list(events)
    foreign = {event.portal_id for event in events} - {portal_id}
    if foreign:
        log.warning("hubspot_webhook.foreign", portals=sorted(foreign), ours=portal_id)
    return [event for event in events if event.portal_id == portal_id]
