"""Gong's webhook: what is proven to come from Gong is read, everything else is refused with a reason."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from typing import TYPE_CHECKING, Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from core.errors import ConfigurationError, Rejected, Unauthorized
from core.settings import Settings
from sandbox.gong.webhook import Variant, delivery
from tools.gong.webhook import GongWebhook

if TYPE_CHECKING:
    from tests.tools.conftest import Services

URL = "https://sophia.example/webhooks/gong"
BODY = json.dumps({"callData": {"metaData": {"id": "7", "title": "Intro"}}, "isTest": False}).encode()


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def webhook(key: rsa.RSAPrivateKey) -> GongWebhook:
    return GongWebhook(bare(key.public_key()), URL)


def bare(key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey) -> str:
    """A public key as Gong shows it: base64 of its DER, without a frame."""
    der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode()


def signed(key: rsa.RSAPrivateKey, body: bytes = BODY, **claims: Any) -> str:
    """A token as Gong makes it; a claim given as None is left out."""
    about = {"webhook_url": URL, "body_sha256": hashlib.sha256(body).hexdigest(), "exp": int(time.time()) + 60}
    return jwt.encode({k: v for k, v in (about | claims).items() if v is not None}, key, algorithm="RS256")


@pytest.mark.parametrize("scheme", ["", "Bearer ", "bearer "])
def test_a_signed_delivery_is_read_with_or_without_bearer(
    webhook: GongWebhook, key: rsa.RSAPrivateKey, scheme: str
) -> None:
    delivered = webhook.read(scheme + signed(key), BODY)
    assert (delivered.call.id, delivered.call.title, delivered.is_test) == ("7", "Intro", False)


def test_gongs_own_trial_delivery_is_marked(webhook: GongWebhook, key: rsa.RSAPrivateKey) -> None:
    body = BODY.replace(b"false", b"true")
    assert webhook.read(signed(key, body), body).is_test


@pytest.mark.parametrize("authorization", [None, "", "Bearer", "Bearer ", "Bearer x.y.z", "Basic abc", "ä"])
def test_a_missing_or_meaningless_token_is_refused(webhook: GongWebhook, authorization: str | None) -> None:
    with pytest.raises(Unauthorized):
        webhook.read(authorization, BODY)


def test_a_token_of_another_key_is_refused(webhook: GongWebhook) -> None:
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    with pytest.raises(Unauthorized, match="not valid"):
        webhook.read(signed(other), BODY)


@pytest.mark.parametrize("exp", [None, 1, "soon"])
def test_a_token_that_expired_or_never_does_is_refused(webhook: GongWebhook, key: rsa.RSAPrivateKey, exp: Any) -> None:
    with pytest.raises(Unauthorized, match="not valid"):
        webhook.read(signed(key, exp=exp), BODY)


def test_a_token_for_another_address_is_refused_and_says_which_setting(
    webhook: GongWebhook, key: rsa.RSAPrivateKey
) -> None:
    with pytest.raises(Unauthorized, match="another address") as raised:
        webhook.read(signed(key, webhook_url=URL + "/"), BODY)
    assert "SOPHIA_GONG_WEBHOOK_URL" in (raised.value.next_step or "")


@pytest.mark.parametrize("claims", [{"body_sha256": None}, {"body_sha256": 5}, {"webhook_url": None}])
def test_a_token_that_lacks_a_claim_is_refused(
    webhook: GongWebhook, key: rsa.RSAPrivateKey, claims: dict[str, Any]
) -> None:
    with pytest.raises(Unauthorized):
        webhook.read(signed(key, **claims), BODY)


def test_a_body_that_was_changed_by_one_byte_is_refused(webhook: GongWebhook, key: rsa.RSAPrivateKey) -> None:
    with pytest.raises(Unauthorized, match="another body"):
        webhook.read(signed(key), BODY + b" ")


def test_a_hash_in_capitals_is_the_same_hash(webhook: GongWebhook, key: rsa.RSAPrivateKey) -> None:
    token = signed(key, body_sha256=hashlib.sha256(BODY).hexdigest().upper())
    assert webhook.read(token, BODY).call.id == "7"


def test_no_other_algorithm_is_accepted_not_even_with_the_public_key_as_a_secret(
    webhook: GongWebhook, key: rsa.RSAPrivateKey
) -> None:
    claims = {"webhook_url": URL, "body_sha256": hashlib.sha256(BODY).hexdigest(), "exp": int(time.time()) + 60}
    for token in (
        jwt.encode(claims, bare(key.public_key()), algorithm="HS256"),
        jwt.encode(claims, "", algorithm="none"),
        jwt.encode(claims, key, algorithm="RS512"),
    ):
        with pytest.raises(Unauthorized, match="not valid"):
            webhook.read(token, BODY)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "not JSON"),
        (b"\xff\xfe\xfa", "not JSON"),
        (b"[" * 200_000, "not JSON"),
        (b"[]", "callData"),
        (b'{"callData": null}', "callData"),
        (b'{"callData": {"metaData": {}}}', "metaData.id"),
    ],
)
def test_a_proven_delivery_that_cannot_be_read_says_why(
    webhook: GongWebhook, key: rsa.RSAPrivateKey, body: bytes, said: str
) -> None:
    with pytest.raises(Rejected, match=said):
        webhook.read(signed(key, body), body)


@pytest.mark.parametrize("variant", list(Variant))
def test_what_the_sandboxs_gong_sends_is_read_and_its_wrong_variants_are_refused(
    services: Services, variant: Variant
) -> None:
    webhook = GongWebhook(services.server.credentials.gong_webhook_public_key, URL)
    sent = delivery(services.server.frame, services.call_id(0), URL, variant)
    if variant in (Variant.SIGNED, Variant.WITHOUT_BEARER):
        assert webhook.read(sent.headers["Authorization"], sent.body).call.id == services.call_id(0)
    else:
        with pytest.raises(Unauthorized):
            webhook.read(sent.headers.get("Authorization"), sent.body)


def test_a_key_with_a_frame_and_line_breaks_is_the_same_key(key: rsa.RSAPrivateKey) -> None:
    pem = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    assert GongWebhook(pem.decode(), URL).read(signed(key), BODY).call.id == "7"


def test_a_key_that_is_none_is_a_wrong_setting() -> None:
    weak = rsa.generate_private_key(public_exponent=65537, key_size=1024).public_key()
    for text in ("", "not base64!", base64.b64encode(b"nothing").decode(), bare(weak),
                 bare(ec.generate_private_key(ec.SECP256R1()).public_key())):  # fmt: skip
        with pytest.raises(ConfigurationError) as raised:
            GongWebhook(text, URL)
        assert "SOPHIA_GONG_WEBHOOK_PUBLIC_KEY" in (raised.value.next_step or "")


def test_half_a_webhook_in_the_settings_is_refused_and_none_is_none(key: rsa.RSAPrivateKey) -> None:
    public = bare(key.public_key())
    assert GongWebhook.from_settings(Settings()) is None
    assert GongWebhook.from_settings(Settings(gong_webhook_public_key=public, gong_webhook_url=URL)) is not None
    with pytest.raises(ConfigurationError):
        GongWebhook.from_settings(Settings(gong_webhook_public_key=public))
