"""Every error leaves the HTTP door as problem+json (RFC 9457): title, status, detail, and nothing of the inside."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from api.headers import HEADERS
from core.errors import Unavailable

RETRY_AFTER_S = 30
"""How soon to ask again when something Sophia needs for an answer is away."""

log = structlog.get_logger(__name__)


class Problem(HTTPException):
    """A refusal that is told to the client in `detail`, and counted under `reason`."""

    def __init__(
        self, status: HTTPStatus, detail: str, headers: Mapping[str, str] | None = None, reason: str = "refused"
    ) -> None:
        super().__init__(status, detail, dict(headers or {}))
        self.reason = reason


def problem_response(
    status: int, detail: str, headers: Mapping[str, str] | None = None, more: Mapping[str, Any] | None = None
) -> JSONResponse:
    """A problem+json answer; `more` are members of its own beside the usual ones."""
    title = HTTPStatus(status).phrase
    content = {"type": "about:blank", "title": title, "status": status, "detail": detail, **(more or {})}
    return JSONResponse(content, status, dict(headers or {}), media_type="application/problem+json")


def tell_problems(app: FastAPI) -> None:
    """Gives the app one form for every error."""

    @app.exception_handler(HTTPException)
    async def refused(_request: Request, error: HTTPException) -> JSONResponse:
        return problem_response(error.status_code, str(error.detail), error.headers)

    @app.exception_handler(RequestValidationError)
    async def malformed(_request: Request, error: RequestValidationError) -> JSONResponse:
        places = "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors())
        return problem_response(HTTPStatus.UNPROCESSABLE_ENTITY, places)

    @app.exception_handler(Unavailable)
    async def away(_request: Request, error: Unavailable) -> JSONResponse:
        log.error("request.put_off", service=error.service, detail=str(error))
        detail = f"The {error.service} is away; ask again in a moment."
        return problem_response(HTTPStatus.SERVICE_UNAVAILABLE, detail, {"Retry-After": str(RETRY_AFTER_S)})

    @app.exception_handler(Exception)
    async def failed(request: Request, error: Exception) -> JSONResponse:
        log.error("request.failed", method=request.method, path=request.url.path, exc_info=error)
        # This answer is made outside of every middleware, so it brings the headers itself.
        detail = "Something went wrong here; the log says what."
        return problem_response(HTTPStatus.INTERNAL_SERVER_ERROR, detail, HEADERS)
