"""Slack's error codes, refusals and silences as Sophia's few errors."""

from collections.abc import Mapping
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError

from core.errors import NotFound, Rejected, ServiceError, Unauthorized, Unavailable
from core.retry import asked_pause

SERVICE = "Slack"

TOKEN_NEXT = "Install the Slack app again and set SOPHIA_SLACK_BOT_TOKEN to its bot token."  # noqa: S105 - no token
INVITE_NEXT = "Invite Sophia to the channel in Slack (/invite), or set SOPHIA_SLACK_CHANNEL to another."

CREDENTIAL = frozenset(
    {
        "access_denied",
        "account_inactive",
        "ekm_access_denied",
        "invalid_auth",
        "missing_scope",
        "no_permission",
        "not_allowed_token_type",
        "not_authed",
        "org_login_required",
        "restricted_action",
        "team_access_not_granted",
        "token_expired",
        "token_revoked",
    }
)
MISSING = frozenset({"channel_not_found", "message_not_found", "thread_not_found", "user_not_found", "users_not_found"})
REFUSED_FOR_NOW = frozenset({"message_limit_exceeded", "rate_limited", "ratelimited", "service_unavailable"})
BROKEN = frozenset({"fatal_error", "internal_error", "request_timeout"})
"""Slack says of these that part of the work may have been done."""
INVITE = frozenset({"is_archived", "not_in_channel"})


def slack_error(error: SlackApiError, *, write: bool) -> ServiceError:
    """The error that a refusal by Slack means."""
    status, headers, content = _parts(error.response)
    code = str(content.get("error") or "")
    said = f"answered {code or f'{status} without a reason'}"
    if status == 429 or code in REFUSED_FOR_NOW:
        return Unavailable(SERVICE, said, retry_after=asked_pause(headers.get("Retry-After")), status=status)
    if code in CREDENTIAL or status in (401, 403):
        return Unauthorized(SERVICE, said, next_step=_credential_next(content), status=status)
    if code in MISSING:
        return NotFound(SERVICE, said, status=status)
    if code in BROKEN or status >= 500:
        return Unavailable(SERVICE, said, maybe_done=write, status=status)
    if not code:
        return unreadable(said, write=write)
    return Rejected(SERVICE, said, next_step=INVITE_NEXT if code in INVITE else None, status=status)


def unanswered(error: Exception, *, write: bool) -> Unavailable:
    """The error for a request without an answer: it was certainly not done only if no connection came about."""
    never_left = isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError)
    return Unavailable(SERVICE, f"gave no answer ({type(error).__name__})", maybe_done=write and not never_left)


def unreadable(problem: str, *, write: bool) -> Unavailable:
    """The error for an answer that is not Slack's; what was asked may have been done."""
    return Unavailable(SERVICE, f"{problem}, which is not an answer of Slack's", maybe_done=write)


def _parts(response: Any) -> tuple[int, Mapping[str, str], Mapping[str, Any]]:
    """Status, headers and body of what the SDK hands over: its own response, or aiohttp's when the body was no JSON."""
    status = getattr(response, "status_code", None) or getattr(response, "status", None) or 0
    content = getattr(response, "data", None)
    return int(status), getattr(response, "headers", {}), content if isinstance(content, Mapping) else {}


def _credential_next(content: Mapping[str, Any]) -> str:
    needed = content.get("needed")
    return f"Give the Slack app the scope {needed} and install it again." if needed else TOKEN_NEXT
