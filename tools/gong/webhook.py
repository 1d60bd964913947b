"""Gong's webhook: proves that a delivery comes from the owner's own automation rule, and reads the call in it.

Gong signs with RS256 and sends the token in `Authorization`, with or without "Bearer". Its claims name the address
that was called and the SHA-256 of the raw body, so a token fits one body at one address until it expires. It does
not guard against the same delivery coming twice: whoever takes it in must know calls by their id.
"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from core.analysis import Frozen
from core.calls import Call
from core.errors import ConfigurationError, Rejected, SophiaError, Unauthorized
from core.settings import Settings
from tools.gong.parse import parse_call

SERVICE = "Gong webhook"
LEEWAY_S = 30
"""Gong's clock and ours may differ by this much when a token's expiry is looked at."""
LEAST_KEY_BITS = 2048
KEY_NEXT = "Copy the public key of the Gong automation rule into SOPHIA_GONG_WEBHOOK_PUBLIC_KEY as it is shown there."


class Delivered(Frozen):
    """What a webhook brought: a call, as known when it was sent. `is_test` marks Gong's own trial delivery."""

    call: Call
    is_test: bool = False


class GongWebhook:
    """Checks deliveries against one automation rule's public key (bare base64 DER) and the address it was given."""

    def __init__(self, public_key: str, url: str) -> None:
        self._key = _public_key(public_key)
        self._url = url

    @classmethod
    def from_settings(cls, settings: Settings) -> "GongWebhook | None":
        """The check of these settings, None when no webhook is set up; raises ConfigurationError for half of one."""
        key, url = settings.gong_webhook_public_key, settings.gong_webhook_url
        if key is None and url is None:
            return None
        if key is None or url is None:
            raise ConfigurationError(
                "the Gong webhook is only half set up",
                next_step="Set both SOPHIA_GONG_WEBHOOK_PUBLIC_KEY and SOPHIA_GONG_WEBHOOK_URL.",
            )
        return cls(key, url)

    def read(self, authorization: str | None, body: bytes) -> Delivered:
        """The call in a delivery.

        Raises Unauthorized when it is not proven to come from Gong (answer 401), Rejected when it is proven but
        cannot be read (answer 400).
        """
        self._prove(authorization, body)
        return _delivered(body)

    def _prove(self, authorization: str | None, body: bytes) -> None:
        claims = self._claims(authorization)
        if not _same(claims.get("webhook_url"), self._url):
            raise Unauthorized(
                SERVICE,
                "the token was signed for another address",
                next_step="SOPHIA_GONG_WEBHOOK_URL must be exactly the address given to the Gong automation rule.",
            )
        if not _same(str(claims.get("body_sha256")).lower(), hashlib.sha256(body).hexdigest()):
            raise Unauthorized(SERVICE, "the token was signed for another body")

    def _claims(self, authorization: str | None) -> Mapping[str, Any]:
        scheme, _, rest = (authorization or "").strip().partition(" ")
        token = rest.strip() if scheme.lower() == "bearer" else (authorization or "").strip()
        if not token:
            raise Unauthorized(SERVICE, "there is no token")
        try:
            claims: Mapping[str, Any] = jwt.decode(
                token,
                self._key,
                algorithms=["RS256"],
                leeway=LEEWAY_S,
                options={"require": ["exp"], "verify_aud": False},
            )
        except (jwt.InvalidTokenError, ValueError) as error:
            raise Unauthorized(SERVICE, f"the token is not valid ({error})") from error
        return claims


def _delivered(body: bytes) -> Delivered:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Rejected(SERVICE, f"the body is not JSON ({error})", status=400) from error
    data = content.get("callData") if isinstance(content, Mapping) else None
    if not isinstance(data, Mapping):
        raise Rejected(SERVICE, "callData is missing or not an object", status=400)
    try:
        return Delivered(call=parse_call(data), is_test=content.get("isTest") is True)
    except SophiaError as error:
        raise Rejected(SERVICE, str(error), status=400) from error


def _public_key(text: str) -> RSAPublicKey:
    """The key in bare base64 DER; a PEM frame and line breaks around it are forgiven."""
    bare = "".join(line.strip() for line in text.splitlines() if not line.startswith("-----"))
    try:
        key = load_der_public_key(base64.b64decode(bare, validate=True))
    except (binascii.Error, ValueError) as error:
        raise ConfigurationError("the Gong webhook's public key cannot be read", next_step=KEY_NEXT) from error
    if not isinstance(key, RSAPublicKey) or key.key_size < LEAST_KEY_BITS:
        raise ConfigurationError("the Gong webhook's public key is not an RSA key of 2048 bits", next_step=KEY_NEXT)
    return key


def _same(claim: object, ours: str) -> bool:
    """Whether a claim is the same text as ours, in a time that does not tell how much of it is."""
    return isinstance(claim, str) and hmac.compare_digest(claim.encode(errors="replace"), ours.encode())
