"""HubSpot's refusals and silences as Sophia's few errors.

The SDK has an `ApiException` per module, and time-outs come as urllib3's own errors; both end here.
"""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from urllib3.exceptions import ConnectTimeoutError, HTTPError, MaxRetryError, NewConnectionError

from core.errors import NotFound, Rejected, ServiceError, Unauthorized, Unavailable
from core.retry import asked_pause
from tools.hubspot.answers import TAKEN

SERVICE = "HubSpot"
TOKEN_NEXT = "Make a new service key in HubSpot and set SOPHIA_HUBSPOT_ACCESS_TOKEN."  # noqa: S105 - no token
BUSY = frozenset({409, 423, 429, 477})
"""Changed by somebody else just now, locked, over the limit, moving house: refused before anything was done."""
DAY_IS_OVER = timedelta(hours=1)
"""When to look again after the day's requests are used up: HubSpot does not say when its day ends."""


class Conflict(Rejected):
    """Another record has this value of a unique property already."""


def refused(status: int, body: str | bytes | None, headers: Mapping[str, str] | None, *, write: bool) -> ServiceError:
    """The error that an answer with this status means."""
    content = _json(body)
    said = f"answered {status}: {content.get('message') or 'without a reason'}"[:500]
    if status == 401:
        return Unauthorized(SERVICE, said, next_step=TOKEN_NEXT, status=status)
    if status == 403:
        return Unauthorized(SERVICE, said, next_step=_scopes_next(content), status=status)
    if status == 404:
        return NotFound(SERVICE, said, status=status)
    if any(sign in str(content) for sign in TAKEN):
        return Conflict(SERVICE, said, status=status)
    if status in BUSY:
        return Unavailable(SERVICE, said, retry_after=_pause(content, headers), status=status)
    if status >= 500 or status == 408:
        return Unavailable(SERVICE, said, maybe_done=write, status=status)
    return Rejected(SERVICE, said, status=status)


def unanswered(error: HTTPError, *, write: bool) -> Unavailable:
    """The error for a request without an answer: it was certainly not done only if it never left."""
    reason = error.reason if isinstance(error, MaxRetryError) else error
    never_left = isinstance(reason, NewConnectionError | ConnectTimeoutError)
    return Unavailable(SERVICE, f"gave no answer ({type(reason).__name__})", maybe_done=write and not never_left)


def unreadable(problem: str, *, write: bool) -> Unavailable:
    """The error for an answer that cannot be understood; what was asked may have been done."""
    return Unavailable(SERVICE, f"answered in a form that cannot be read ({problem})", maybe_done=write)


def _json(body: str | bytes | None) -> Mapping[str, Any]:
    try:
        content = json.loads(body or "{}")
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, Mapping) else {}


def _pause(content: Mapping[str, Any], headers: Mapping[str, str] | None) -> timedelta | None:
    asked = asked_pause((headers or {}).get("Retry-After"))
    return DAY_IS_OVER if asked is None and content.get("policyName") == "DAILY" else asked


def _scopes_next(content: Mapping[str, Any]) -> str:
    scopes = {
        str(scope)
        for error in content.get("errors") or ()
        if isinstance(error, Mapping) and isinstance(error.get("context"), Mapping)
        for listed in error["context"].values()
        for scope in (listed if isinstance(listed, list) else [listed])
    }
    wanted = ", ".join(sorted(scopes)) or "the scopes listed in .env.example"
    return f"Give the HubSpot service key {wanted}."
