"""HubSpot's webhook: proves that a delivery comes from the owner's own app, and reads the changes in it.

Signature v3 is the base64 of an HMAC-SHA256, with the app's client secret, over method + address + body + timestamp.
The check of HubSpot's SDK is not used: it takes timestamps of the future, wants the body as text, fails on a signature
that is not ASCII and leaves the address as it is written. Deliveries repeat and come in any order: whoever takes them
in must know events by their `key` and read the record itself, since a value in an event may be out of date.
"""

import base64
import hashlib
import hmac
import re
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote

from core.errors import ConfigurationError, Unauthorized
from core.settings import Settings
from tools.hubspot.events import SERVICE, CrmEvent, read_events

__all__ = ["CrmEvent", "HubSpotWebhook"]

OLDEST = timedelta(minutes=5)
"""HubSpot's own rule for the age of a timestamp."""
FUTURE = timedelta(seconds=30)
"""HubSpot's clock and ours may differ by this much."""
DECODED = re.compile("%(3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)", re.IGNORECASE)
"""The characters that HubSpot writes plainly in the address before it signs; the other escapes stay as they are."""


class HubSpotWebhook:
    """Checks deliveries against an app's client secret and the address that was given to the app.

    The address is never what a request claims to have been sent to.
    """

    def __init__(self, client_secret: str, url: str) -> None:
        if not client_secret:
            raise ConfigurationError(
                "the HubSpot webhook has no client secret", next_step="Set SOPHIA_HUBSPOT_CLIENT_SECRET."
            )
        self._secret = client_secret.encode()
        self._address = DECODED.sub(lambda escape: unquote(escape[0]), url).encode()

    @classmethod
    def from_settings(cls, settings: Settings) -> "HubSpotWebhook | None":
        """The check of these settings, None when no webhook is set up."""
        secret, url = settings.hubspot_client_secret, settings.hubspot_webhook_url
        return None if secret is None or url is None else cls(secret.get_secret_value(), url)

    def read(self, signature: str | None, timestamp: str | None, body: bytes, now: datetime) -> tuple[CrmEvent, ...]:
        """The events in a delivery, without those of kinds and types that are not known here.

        `signature` and `timestamp` are the headers X-HubSpot-Signature-v3 and X-HubSpot-Request-Timestamp. Raises
        Unauthorized when it is not proven to come from HubSpot (answer 401), Rejected when it is proven but cannot be
        read (answer 400).
        """
        self._prove(signature, timestamp, body, now)
        return read_events(body)

    def _prove(self, signature: str | None, timestamp: str | None, body: bytes, now: datetime) -> None:
        if not signature or not timestamp:
            raise Unauthorized(SERVICE, "there is no signature or no timestamp")
        sent_at = _moment(timestamp)
        if sent_at is None or not now - OLDEST <= sent_at <= now + FUTURE:
            raise Unauthorized(
                SERVICE,
                "the timestamp is too old, of the future or none at all",
                next_step="Check that this machine's clock is right.",
            )
        signed = hmac.new(self._secret, b"POST" + self._address + body + timestamp.encode(), hashlib.sha256)
        if not hmac.compare_digest(base64.b64encode(signed.digest()), signature.encode(errors="replace")):
            raise Unauthorized(
                SERVICE,
                "the signature does not fit",
                next_step="SOPHIA_HUBSPOT_CLIENT_SECRET must be the app's, and SOPHIA_HUBSPOT_WEBHOOK_URL exactly the "
                "address that the app sends to.",
            )


def _moment(timestamp: str) -> datetime | None:
    """The moment that these milliseconds since 1970 name, None when they name none."""
    if not re.fullmatch(r"[0-9]{1,14}", timestamp):
        return None
    return datetime.fromtimestamp(int(timestamp) / 1000, UTC)
