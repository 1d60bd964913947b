"""The door for Gong's webhooks: check the signature, store the delivery, answer; the work is done later.

What the delivery says of the call is not used: the worker asks Gong itself, which also knows the CRM context.
"""

from datetime import timedelta
from http import HTTPStatus
from typing import Annotated, Final

import structlog
from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse
from starlette.background import BackgroundTask

from api.deps import ServicesOf
from api.guard import read_body
from api.problems import Problem
from api.wiring import Services
from core.errors import ConfigurationError, Rejected, Unauthorized
from core.settings import Settings
from memory.inbox import Delivery, DeliveryStatus
from tools.gong.webhook import Delivered, GongWebhook

SOURCE = "webhook"
QUIET: Final = timedelta(minutes=5)
"""A call that is told of again is looked at after this time: Gong may tell of it many times over, and it costs Gong two
requests."""

TOLD_AGAIN: Final = "Gong told of the call again"
NOT_SET_UP = "Set SOPHIA_GONG_WEBHOOK_PUBLIC_KEY and SOPHIA_GONG_WEBHOOK_URL from the Gong automation rule."

log = structlog.get_logger(__name__)
router = APIRouter(tags=["webhooks"])


def open_gong_door(settings: Settings) -> GongWebhook | None:
    """The check of Gong's deliveries; None, and a line in the log, when it is not set up: then all are refused."""
    try:
        door = GongWebhook.from_settings(settings)
    except ConfigurationError as error:
        log.error("webhook.wrongly_set_up", detail=str(error), next_step=error.next_step)
        return None
    if door is None:
        log.warning("webhook.not_set_up", detail="webhooks are refused", next_step=NOT_SET_UP)
    return door


def gong_door(request: Request) -> GongWebhook | None:
    """The check that the app was made with."""
    door: GongWebhook | None = request.app.state.gong_door
    return door


@router.post("/webhooks/gong", status_code=HTTPStatus.ACCEPTED)
async def gong(
    request: Request, services: ServicesOf, door: Annotated[GongWebhook | None, Depends(gong_door)]
) -> JSONResponse:
    """Takes in the call that Gong tells of: 202 once it is stored, 200 when it was known or the delivery is a test.

    One that was done is looked at again a little later: told of once more, it may have another transcript.
    """
    try:
        delivered = await _delivered(request, door)
    except Problem as problem:
        services.metrics.webhook(problem.reason)
        next_step = getattr(problem.__cause__, "next_step", None)
        log.warning("webhook.refused", reason=problem.reason, detail=problem.detail, next_step=next_step)
        raise
    if delivered.is_test:
        services.metrics.webhook("test")
        log.info("webhook.test")
        return JSONResponse({"status": "test"}, HTTPStatus.OK)
    delivery, is_new = await services.intake.accept(delivered.call.id, SOURCE)
    result = "accepted" if is_new else "known"
    services.metrics.webhook(result)
    log.info("webhook.accepted", call_id=delivered.call.id, is_new=is_new)
    due = [delivery] if is_new else await _due_again(services, delivered, delivery)
    # Stored is safe, so Gong need not wait for the queue; a known call is on it, or was.
    later = BackgroundTask(services.intake.queue_many, due) if due else None
    return JSONResponse({"status": result}, HTTPStatus.ACCEPTED if is_new else HTTPStatus.OK, background=later)


async def _due_again(services: Services, delivered: Delivered, delivery: Delivery) -> list[Delivery]:
    """The delivery of a call that is done, due again: at once when the call has another length by now, else later."""
    if delivery.status is not DeliveryStatus.DONE:
        return []
    call = delivered.call
    known = await services.records.calls.analysed_metadata([call.id])
    if call.id not in known:
        return []
    changed = call.duration_s != known[call.id].duration_s
    after = timedelta(0) if changed else QUIET / services.settings.service_speed
    return await services.intake.accept_again([call.id], SOURCE, TOLD_AGAIN, fetch=True, after=after)


async def _delivered(request: Request, door: GongWebhook | None) -> Delivered:
    """The delivery, proven and read; a Problem says why it is refused."""
    if door is None:
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "Webhooks are not set up here.", reason="not_set_up")
    body = await read_body(request)
    try:
        return door.read(request.headers.get("authorization"), body)
    except Unauthorized as error:
        raise Problem(HTTPStatus.UNAUTHORIZED, str(error), {"WWW-Authenticate": "Bearer"}, "unauthorized") from error
    except Rejected as error:
        raise Problem(HTTPStatus.BAD_REQUEST, str(error), reason="malformed") from error
