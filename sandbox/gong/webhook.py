"""Gong's automation rule: a call sent to a webhook, signed with RS256 so that the receiver can tell it is Gong.

The claims are `webhook_url`, `body_sha256` (hex of the raw body) and `exp`. The variants are for whoever has to
show that a receiver refuses what is not signed as it should be.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.frame import Frame

VALID_FOR = timedelta(minutes=5)
ANSWER_WITHIN_S = 10.0


class Variant(StrEnum):
    """How a delivery is signed."""

    SIGNED = "signed"
    WITHOUT_BEARER = "without_bearer"
    WRONG_KEY = "wrong_key"
    EXPIRED = "expired"
    WRONG_HASH = "wrong_hash"
    WRONG_URL = "wrong_url"
    WITHOUT_EXPIRY = "without_expiry"
    UNSIGNED = "unsigned"


class UnknownCall(Exception):
    """Gong has no call with this id."""


@dataclass(frozen=True)
class Delivery:
    """One webhook request, ready to be sent to `url`."""

    url: str
    headers: dict[str, str]
    body: bytes


def delivery(
    frame: Frame, call_id: str, url: str, variant: Variant = Variant.SIGNED, is_test: bool = False
) -> Delivery:
    """The webhook request for a call; raises UnknownCall."""
    stored = frame.store.table("gong.calls").get(call_id)
    if stored is None:
        raise UnknownCall(call_id)
    return signed(frame, {"callData": stored["extensive"], "isTest": is_test}, url, variant)


def signed(frame: Frame, content: Any, url: str, variant: Variant = Variant.SIGNED) -> Delivery:
    """A webhook request with any JSON content, signed as Gong signs it, or wrongly as the variant says."""
    body = json.dumps(content, ensure_ascii=False).encode()
    headers = {"Content-Type": "application/json"}
    if variant is not Variant.UNSIGNED:
        token = jwt.encode(_claims(frame, body, url, variant), _key(frame, variant), algorithm="RS256")
        headers["Authorization"] = token if variant is Variant.WITHOUT_BEARER else f"Bearer {token}"
    return Delivery(url, headers, body)


async def send(delivery: Delivery) -> int:
    """Sends a delivery and gives the status of the answer; raises httpx.HTTPError when there is none."""
    import httpx

    async with httpx.AsyncClient(timeout=ANSWER_WITHIN_S, trust_env=False) as client:
        answer = await client.post(delivery.url, content=delivery.body, headers=delivery.headers)
    return answer.status_code


def webhook_routes(frame: Frame) -> list[Route]:
    """`POST /_sandbox/gong/webhook` {"call_id", "url", "variant"?, "is_test"?}: sends it and tells the answer."""

    async def deliver(request: Request) -> Response:
        import httpx

        try:
            asked = await request.json()
            made = delivery(
                frame,
                str(asked["call_id"]),
                str(asked["url"]),
                Variant(asked.get("variant", Variant.SIGNED)),
                bool(asked.get("is_test")),
            )
        except UnknownCall as error:
            return JSONResponse({"error": f"Gong has no call {error}"}, status_code=404)
        except (ValueError, KeyError, TypeError, AttributeError):
            return JSONResponse({"error": f"the body must be {FORM}"}, status_code=400)
        try:
            return JSONResponse({"status": await send(made)})
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return JSONResponse({"error": f"no answer from {made.url} ({error!r})"}, status_code=502)

    return [Route("/_sandbox/gong/webhook", deliver, methods=["POST"])]


FORM = '{"call_id", "url", "variant": ' + "|".join(Variant) + ', "is_test": true|false}'


def _claims(frame: Frame, body: bytes, url: str, variant: Variant) -> dict[str, Any]:
    now = frame.clock.now()
    hashed = b"another body" if variant is Variant.WRONG_HASH else body
    claims = {
        "iss": "gong",
        "webhook_url": f"{url}/elsewhere" if variant is Variant.WRONG_URL else url,
        "body_sha256": hashlib.sha256(hashed).hexdigest(),
        "iat": now - 2 * VALID_FOR,
        "exp": now - VALID_FOR if variant is Variant.EXPIRED else now + VALID_FOR,
    }
    if variant is Variant.WITHOUT_EXPIRY:
        del claims["exp"]
    return claims


def _key(frame: Frame, variant: Variant) -> str:
    if variant is not Variant.WRONG_KEY:
        return frame.credentials.gong_webhook_private_key
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return other.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
