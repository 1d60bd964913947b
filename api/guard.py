"""What stands before the HTTP doors: a limit on bodies, and who may see what is private."""

import asyncio
import hmac
from http import HTTPStatus
from ipaddress import ip_address
from typing import Final

from fastapi import Request
from pydantic import SecretStr
from starlette.requests import ClientDisconnect

from api.problems import Problem
from core.settings import LOOPBACK_HOSTS

BODY_LIMIT: Final = 2 * 1024 * 1024
"""Bytes; a webhook's body is one call's metadata, some tens of kilobytes even for a large meeting."""

BODY_SECONDS: Final = 15.0
"""A sender that trickles its body for longer is cut off."""

FORWARDED: Final = ("forwarded", "x-forwarded-for", "x-real-ip")
"""Headers that a reverse proxy adds: whoever they come from is not on this machine."""

CLOSE: Final = {"Connection": "close"}
"""The rest of such a body is not read, so the connection is of no more use."""


async def read_body(request: Request, limit: int = BODY_LIMIT, seconds: float = BODY_SECONDS) -> bytes:
    """The whole body; refuses one over `limit` bytes as soon as that is known, before reading the rest."""
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > limit:
        raise _too_large(limit)
    body = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for chunk in request.stream():
                body += chunk
                if len(body) > limit:
                    raise _too_large(limit)
    except TimeoutError:
        detail = f"The body did not arrive within {seconds:g} seconds."
        raise Problem(HTTPStatus.REQUEST_TIMEOUT, detail, CLOSE, "too_slow") from None
    except ClientDisconnect:
        raise Problem(HTTPStatus.BAD_REQUEST, "The body ended early.", CLOSE, "cut_off") from None
    return bytes(body)


def _too_large(limit: int) -> Problem:
    return Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"The body is larger than {limit} bytes.", CLOSE, "too_large")


def let_in(request: Request, token: SecretStr | None) -> None:
    """Lets in who carries the bearer token, or, when none is set, who is on this machine; refuses all others."""
    if token is not None:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        right = hmac.compare_digest(given.encode(), token.get_secret_value().encode())
        if scheme.lower() != "bearer" or not right:
            raise Problem(HTTPStatus.UNAUTHORIZED, "A bearer token is needed.", {"WWW-Authenticate": "Bearer"})
    elif not from_this_machine(request):
        raise Problem(HTTPStatus.FORBIDDEN, "Only from this machine, unless SOPHIA_API_TOKEN is set.")


def from_this_machine(request: Request) -> bool:
    """Whether the request comes from loopback, by a loopback name, and through no proxy."""
    if request.client is None or any(name in request.headers for name in FORWARDED):
        return False
    try:
        local = ip_address(request.client.host).is_loopback
    except ValueError:
        return False
    return local and request.url.hostname in LOOPBACK_HOSTS
