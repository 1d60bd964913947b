"""What every request to HubSpot passes first: the credential, faults, rate limits and their headers."""

import hmac

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.faults import Fault
from sandbox.frame import Frame
from sandbox.hubspot.errors import HubSpotError, broken, conflict, missing_scopes, rate_limited, unauthorized
from sandbox.hubspot.scopes import needed_scopes
from sandbox.wire import NoAnswer, path_within

REQUESTS_PER_INTERVAL = 100
INTERVAL_S = 10
SEARCHES_PER_S = 5
REQUESTS_PER_DAY = 250_000
"""The limits of a Free or Starter account."""

WRITES = {"POST", "PUT", "PATCH", "DELETE"}
READING_POSTS = ("/search", "/batch/read")

BEFORE = ("revoked_token", "rate_limited", "rate_limited_without_retry_after", "server_error", "slow")


class Gate:
    """ASGI middleware over the double's routes."""

    def __init__(self, app: ASGIApp, frame: Frame) -> None:
        self._app = app
        self._frame = frame
        self._interval = frame.limits.window(REQUESTS_PER_INTERVAL, INTERVAL_S)
        self._search = frame.limits.window(SEARCHES_PER_S, 1)
        self._day = frame.limits.daily(REQUESTS_PER_DAY)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = path_within(scope)
        try:
            self._check_credential(Headers(scope=scope).get("authorization", ""))
            await self._apply_faults(scope["method"], path)
            self._count(path)
            self._check_scopes(scope["method"], path)
        except HubSpotError as error:
            await error.response()(scope, receive, send)
            return
        await self._forward(scope, receive, send, path)

    def _check_credential(self, header: str) -> None:
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise unauthorized("Authentication credentials not found. Send a bearer token.")
        if not hmac.compare_digest(token.encode(), self._frame.credentials.hubspot_token.encode()):
            raise unauthorized("The access token is not valid, or was revoked.")

    def _check_scopes(self, method: str, path: str) -> None:
        missing = self._frame.scopes.missing("hubspot", needed_scopes(path, is_write(method, path)))
        if missing:
            raise missing_scopes(missing)

    async def _apply_faults(self, method: str, path: str) -> None:
        fault = self._frame.faults.take("hubspot", method, path, BEFORE)
        if fault is not None:
            await self._apply(fault)
        if is_write(method, path) and self._frame.faults.take("hubspot", method, path, ("conflict_409",)):
            raise conflict("Another request is changing the same records.")

    async def _apply(self, fault: Fault) -> None:
        match fault.kind:
            case "slow":
                await self._frame.pace.sleep(fault.seconds)
            case "revoked_token":
                raise unauthorized("The access token is not valid, or was revoked.")
            case "server_error":
                raise broken()
            case "rate_limited":
                after = self._frame.pace.retry_after(fault.seconds)
                raise rate_limited("TEN_SECONDLY_ROLLING", {"Retry-After": after})
            case _:
                raise rate_limited("TEN_SECONDLY_ROLLING", {})

    def _count(self, path: str) -> None:
        """Takes the request from the limits that it counts for; HubSpot counts searches apart from the rest."""
        if self._day.take() is not None:
            raise rate_limited("DAILY", self._limit_headers())
        if path.endswith("/search"):
            if self._search.take() is not None:
                raise rate_limited("SECONDLY", {})
        elif self._interval.take() is not None:
            raise rate_limited("TEN_SECONDLY_ROLLING", self._limit_headers())

    def _limit_headers(self) -> dict[str, str]:
        return {
            "X-HubSpot-RateLimit-Daily": str(self._day.limit),
            "X-HubSpot-RateLimit-Daily-Remaining": str(self._day.remaining),
            "X-HubSpot-RateLimit-Interval-Milliseconds": str(round(self._frame.pace.ours(INTERVAL_S) * 1000)),
            "X-HubSpot-RateLimit-Max": str(self._interval.limit),
            "X-HubSpot-RateLimit-Remaining": str(self._interval.remaining),
        }

    async def _forward(self, scope: Scope, receive: Receive, send: Send, path: str) -> None:
        """Lets the request through; with `timeout_after_commit` it is carried out and its answer is never sent."""
        lost = self._frame.faults.take("hubspot", scope["method"], path, ("timeout_after_commit",))

        async def answer(message: Message) -> None:
            if lost is not None:
                return
            if message["type"] == "http.response.start" and not path.endswith("/search"):
                MutableHeaders(scope=message).update(self._limit_headers())
            await send(message)

        await self._app(scope, receive, answer)
        if lost is not None:
            silence: Response = NoAnswer(self._frame.pace, lost.seconds)
            await silence(scope, receive, send)


def is_write(method: str, path: str) -> bool:
    """Whether a request changes something; HubSpot reads by POST too."""
    return method in WRITES and not path.endswith(READING_POSTS)
