"""The credentials of one sandbox: made at random when its state is new, and kept with that state."""

import base64
import secrets
from dataclasses import dataclass
from threading import Lock

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from sandbox.store import META, Store, Table

TOKENS = "credentials"
KEYS = "credentials.gong_webhook"
"""Where they are kept in the table META."""


@dataclass(frozen=True, repr=False)
class Credentials:
    """What a client must present to the doubles, and the key pair that Gong signs its webhooks with."""

    hubspot_token: str
    gong_access_key: str
    gong_access_key_secret: str
    slack_token: str
    _meta: Table
    _making: Lock

    @property
    def gong_webhook_private_key(self) -> str:
        """The key that webhooks are signed with, as PEM."""
        return self._keys()["private"]

    @property
    def gong_webhook_public_key(self) -> str:
        """The key that tells they are Gong's: bare base64 DER, as Gong shows it."""
        return self._keys()["public"]

    def _keys(self) -> dict[str, str]:
        """The pair, made when it is first asked for: that takes a tenth of a second, and few need it."""
        with self._making:
            if KEYS not in self._meta:
                self._meta[KEYS] = _key_pair()
            return self._meta[KEYS]


def kept_credentials(store: Store) -> Credentials:
    """The credentials of this state, made now when it has none."""
    meta = store.table(META)
    if TOKENS not in meta:
        meta[TOKENS] = {
            "hubspot_token": f"pat-na1-{secrets.token_hex(18)}",
            "gong_access_key": secrets.token_hex(16).upper(),
            "gong_access_key_secret": secrets.token_urlsafe(48),
            "slack_token": f"xoxb-{secrets.randbelow(10**12):012d}-{secrets.token_hex(12)}",
        }
    return Credentials(**meta[TOKENS], _meta=meta, _making=Lock())


def _key_pair() -> dict[str, str]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return {"private": private.decode(), "public": base64.b64encode(public).decode()}
