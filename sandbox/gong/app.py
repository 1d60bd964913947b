"""The double of Gong's public API, version 2."""

import base64
import binascii
import hmac
import json
import logging
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any, TypeVar

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.door import through_faults
from sandbox.faults import Fault
from sandbox.frame import Frame
from sandbox.gong.answers import NO_CALLS, Refused, answered, refused
from sandbox.gong.asked import Asked, ExtensiveRequest, ListRequest, NewCall, TranscriptRequest, UsersRequest, parsed
from sandbox.gong.calls import Calls
from sandbox.gong.paging import Paging
from sandbox.gong.people import trackers, users, workspaces
from sandbox.gong.selection import selected
from sandbox.wire import path_within

PER_SECOND = 3
PER_DAY = 10_000
MEDIA_SCOPE = "api:calls:read:media-url"
NOT_A_PAGE = frozenset({"empty_404"})

log = logging.getLogger(__name__)

Form = TypeVar("Form", bound=Asked)
Reads = Callable[[Request], Awaitable[Response]]


def build(frame: Frame) -> Starlette:
    """The API over this frame, to be mounted at /gong."""
    gong = Gong(frame)
    door = Door(frame)
    read, made = "api:calls:read", "api:calls:create"
    routes = [
        ("GET", "/v2/calls", gong.list_calls, [f"{read}:basic"]),
        ("POST", "/v2/calls", gong.create_call, [made]),
        ("POST", "/v2/calls/extensive", gong.extensive, [f"{read}:extensive"]),
        ("POST", "/v2/calls/transcript", gong.transcripts, [f"{read}:transcript"]),
        ("GET", "/v2/users", gong.list_users, ["api:users:read"]),
        ("POST", "/v2/users/extensive", gong.find_users, ["api:users:read"]),
        ("GET", "/v2/workspaces", gong.list_workspaces, ["api:workspaces:read"]),
        ("GET", "/v2/settings/trackers", gong.list_trackers, ["api:settings:trackers:read"]),
    ]
    return Starlette(
        routes=[Route(path, door.before(answer, scopes), methods=[method]) for method, path, answer, scopes in routes],
        exception_handlers={HTTPException: _no_such_path},
    )


class Door:
    """What stands before every endpoint: faults, the access key, scopes and rate limits."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._second = frame.limits.window(PER_SECOND, 1)
        self._day = frame.limits.daily(PER_DAY)

    def before(self, answer: Reads, scopes: list[str]) -> Reads:
        """The endpoint behind this door."""

        async def entered(request: Request) -> Response:
            return await through_faults(
                self._frame, "gong", request, lambda: self._answer(request, answer, scopes), self._refuse
            )

        return entered

    async def _answer(self, request: Request, answer: Reads, scopes: list[str]) -> Response:
        if not self._knows(request.headers.get("authorization", "")):
            return refused(401, ["Unauthorized: the access key or its secret is not valid"])
        waiting = self._second.take() or self._day.take()
        if waiting is not None:
            return self._limited({"Retry-After": self._frame.pace.retry_after(waiting)})
        missing = self._frame.scopes.missing("gong", scopes)
        if missing:
            return refused(401, [f"Unauthorized: the access key lacks {', '.join(missing)}"])
        if self._frame.faults.take("gong", request.method, path_within(request.scope), NOT_A_PAGE):
            return refused(404, [NO_CALLS])
        try:
            return await answer(request)
        except Refused as error:
            return refused(error.status, error.errors)

    def _knows(self, authorization: str) -> bool:
        scheme, _, encoded = authorization.partition(" ")
        if scheme.lower() != "basic":
            return False
        try:
            presented = base64.b64decode(encoded.strip(), validate=True)
        except (binascii.Error, ValueError):
            return False
        credentials = self._frame.credentials
        wanted = f"{credentials.gong_access_key}:{credentials.gong_access_key_secret}".encode()
        return hmac.compare_digest(presented, wanted)

    def _refuse(self, fault: Fault) -> Response:
        if fault.kind == "rate_limited":
            return self._limited({"Retry-After": self._frame.pace.retry_after(fault.seconds)})
        if fault.kind == "rate_limited_without_retry_after":
            return self._limited({})
        if fault.kind == "revoked_token":
            return refused(401, ["Unauthorized: the access key was revoked"])
        if fault.kind == "refused_ip":
            return refused(403, ["Forbidden: this address is not among those let through"])
        return refused(500, ["Internal server error"])

    def _limited(self, headers: dict[str, str]) -> Response:
        return refused(429, [f"Too many requests: {PER_SECOND} a second and {PER_DAY} a day are served"], headers)


class Gong:
    """The endpoints."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._calls = Calls(frame)
        self._paging = Paging(frame.credentials.gong_access_key_secret.encode())

    async def list_calls(self, request: Request) -> Response:
        """GET /v2/calls: metadata only."""
        asked = parsed(ListRequest, dict(request.query_params))
        calls, records = self._page(self._calls.matching(asked), asked)
        return answered({"records": records, "calls": [call["metaData"] for call in calls]})

    async def extensive(self, request: Request) -> Response:
        """POST /v2/calls/extensive."""
        asked = await _read(request, ExtensiveRequest)
        self._check_media(asked)
        calls, records = self._page(self._calls.matching(asked.filter), asked)
        return answered({"records": records, "calls": [selected(call, asked.content_selector) for call in calls]})

    async def transcripts(self, request: Request) -> Response:
        """POST /v2/calls/transcript: those that are there by now."""
        asked = await _read(request, TranscriptRequest)
        transcripts, records = self._page(self._calls.transcripts(asked.filter), asked)
        return answered({"records": records, "callTranscripts": transcripts})

    async def create_call(self, request: Request) -> Response:
        """POST /v2/calls: a trap for whoever means to list calls."""
        log.warning("POST /v2/calls was sent to Gong, which makes a call and lists none")
        return answered(self._calls.create(await _read(request, NewCall)), status=201)

    async def list_users(self, request: Request) -> Response:
        """GET /v2/users."""
        asked = parsed(UsersRequest, {"cursor": request.query_params.get("cursor")})
        return self._users(asked)

    async def find_users(self, request: Request) -> Response:
        """POST /v2/users/extensive."""
        return self._users(await _read(request, UsersRequest))

    async def list_workspaces(self, request: Request) -> Response:
        """GET /v2/workspaces."""
        return answered({"workspaces": workspaces(self._calls)})

    async def list_trackers(self, request: Request) -> Response:
        """GET /v2/settings/trackers."""
        return answered({"keywordTrackers": trackers(self._calls, request.query_params.get("workspaceId"))})

    def _check_media(self, asked: ExtensiveRequest) -> None:
        exposed = asked.content_selector and asked.content_selector.exposed_fields
        if exposed and exposed.media and self._frame.scopes.missing("gong", [MEDIA_SCOPE]):
            raise Refused(401, f"Unauthorized: the access key lacks {MEDIA_SCOPE}")

    def _users(self, asked: UsersRequest) -> Response:
        found, records = self._page(users(self._calls, asked.filter), asked)
        return answered({"records": records, "users": list(found)})

    def _page(self, found: list[Any], asked: Any) -> tuple[Any, Any]:
        """The page that is asked for; nothing found is a 404 for Gong."""
        if not found:
            raise Refused(404, NO_CALLS)
        whole = {"asked": type(asked).__name__, **asked.model_dump(mode="json", exclude={"cursor"})}
        return self._paging.page(found, whole, asked.cursor)


async def _read(request: Request, form: type[Form]) -> Form:
    """The request's JSON body in this form; raises Refused."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Refused(415, "the body must be application/json")
    try:
        return parsed(form, json.loads(await request.body()))
    except (ValueError, RecursionError) as error:
        raise Refused(400, "the body is not JSON") from error


async def _no_such_path(request: Request, error: Exception) -> Response:
    """A path or method that Gong does not have; this 404 does not mean that nothing was found."""
    status, headers = (error.status_code, error.headers) if isinstance(error, HTTPException) else (404, None)
    body = {"status": status, "error": HTTPStatus(status).phrase, "path": path_within(request.scope)}
    return JSONResponse(body, status_code=status, headers=headers)
