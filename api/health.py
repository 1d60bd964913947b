"""How Sophia is: alive, ready for work, and its figures for Prometheus."""

import asyncio
from http import HTTPStatus

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from api.deps import ServicesOf
from api.guard import let_in
from api.wiring import Services
from core.metrics import CONTENT_TYPE
from memory.counts import counted

CHECK_SECONDS = 3.0
"""A part that needs longer to answer counts as not ready."""

log = structlog.get_logger(__name__)
router = APIRouter(tags=["health"])


@router.get("/healthz")
async def healthy() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@router.get("/readyz")
async def ready(request: Request, services: ServicesOf) -> JSONResponse:
    """Whether database and Redis (where it is set) answer and jobs are worked on: 200, or 503 naming what is not.

    A database that takes no writes, as on a full disk, is not ready either.
    """
    let_in(request, services.settings.api_token)
    checks = {"database": await _database_answers(services)}
    if services.jobs.is_shared:
        checks["redis"] = await services.jobs.answers()
    checks["jobs"] = services.jobs.running and checks.get("redis", True)
    status = HTTPStatus.OK if all(checks.values()) else HTTPStatus.SERVICE_UNAVAILABLE
    return JSONResponse({name: "ok" if fine else "not ready" for name, fine in checks.items()}, status)


@router.get("/metrics")
async def metrics(request: Request, services: ServicesOf) -> Response:
    """Figures in Prometheus' text form; 503 while the database, which holds some of them, is away."""
    let_in(request, services.settings.api_token)
    counts = await counted(services.database)
    shown = services.metrics.show(counts.inbox, counts.calls, counts.effects, counts.approvals, counts.analyses)
    return Response(shown, media_type=CONTENT_TYPE)


async def _database_answers(services: Services) -> bool:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            await services.database.check()
    except Exception as error:  # whatever it is, the answer to "ready?" is no
        log.error("database.unreachable", exc_info=error)
        return False
    return True
