"""The signed delivery of Gong's automation rule, checked the way a receiver has to."""

import base64
import hashlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import httpx
import jwt
import pytest
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from sandbox.gong.webhook import UnknownCall, Variant, delivery
from sandbox.server import SandboxServer

URL = "http://127.0.0.1:9/webhooks/gong"


@dataclass
class Receiver:
    """A server that keeps what it is sent."""

    url: str = ""
    headers: list[dict[str, str]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    async def receive(self, request: web.Request) -> web.Response:
        self.headers.append(dict(request.headers))
        self.bodies.append(await request.read())
        return web.Response(status=202)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/webhooks/gong", receiver.receive)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    receiver.url = f"http://{host}:{port}/webhooks/gong"
    yield receiver
    await runner.cleanup()


def public_key(sandbox: SandboxServer) -> RSAPublicKey:
    key = load_der_public_key(base64.b64decode(sandbox.credentials.gong_webhook_public_key))
    assert isinstance(key, RSAPublicKey)
    return key


def claims(sandbox: SandboxServer, authorization: str) -> dict[str, str]:
    """What the token says, when its signature and expiry hold."""
    token = authorization.removeprefix("Bearer ")
    read: dict[str, str] = jwt.decode(token, public_key(sandbox), algorithms=["RS256"], options={"require": ["exp"]})
    return read


async def test_a_delivery_is_signed_for_its_address_and_its_body(sandbox: SandboxServer, receiver: Receiver) -> None:
    async with httpx.AsyncClient(base_url=sandbox.url) as control:
        answer = await control.post("/_sandbox/gong/webhook", json={"call_id": "7001", "url": receiver.url})

    assert answer.json() == {"status": 202}
    (headers,), (body,) = receiver.headers, receiver.bodies
    assert headers["Authorization"].startswith("Bearer ")
    told = claims(sandbox, headers["Authorization"])
    assert told["webhook_url"] == receiver.url
    assert told["body_sha256"] == hashlib.sha256(body).hexdigest()
    content = json.loads(body)
    assert content["callData"]["metaData"]["id"] == "7001"
    assert content["isTest"] is False


def test_a_delivery_may_come_without_bearer(sandbox: SandboxServer) -> None:
    made = delivery(sandbox.frame, "7001", URL, Variant.WITHOUT_BEARER, is_test=True)

    assert claims(sandbox, made.headers["Authorization"])["webhook_url"] == URL
    assert not made.headers["Authorization"].startswith("Bearer")
    assert json.loads(made.body)["isTest"] is True


@pytest.mark.parametrize(
    ("variant", "error"),
    [
        (Variant.WRONG_KEY, jwt.InvalidSignatureError),
        (Variant.EXPIRED, jwt.ExpiredSignatureError),
        (Variant.WITHOUT_EXPIRY, jwt.MissingRequiredClaimError),
    ],
)
def test_a_wrong_token_does_not_hold(sandbox: SandboxServer, variant: Variant, error: type[Exception]) -> None:
    made = delivery(sandbox.frame, "7001", URL, variant)

    with pytest.raises(error):
        claims(sandbox, made.headers["Authorization"])


def test_a_token_may_be_signed_for_another_body_or_address(sandbox: SandboxServer) -> None:
    other_body = delivery(sandbox.frame, "7001", URL, Variant.WRONG_HASH)
    told = claims(sandbox, other_body.headers["Authorization"])
    assert told["body_sha256"] != hashlib.sha256(other_body.body).hexdigest()

    other_url = delivery(sandbox.frame, "7001", URL, Variant.WRONG_URL)
    assert claims(sandbox, other_url.headers["Authorization"])["webhook_url"] != URL


def test_a_delivery_may_have_no_token_at_all(sandbox: SandboxServer) -> None:
    assert "Authorization" not in delivery(sandbox.frame, "7001", URL, Variant.UNSIGNED).headers


def test_a_call_that_gong_does_not_have_is_not_sent(sandbox: SandboxServer) -> None:
    with pytest.raises(UnknownCall):
        delivery(sandbox.frame, "1", URL)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"call_id": "1", "url": URL}, 404),
        ({"call_id": "7001", "url": URL}, 502),
        ({"call_id": "7001", "url": "nowhere"}, 502),
        ({"call_id": "7001", "url": URL, "variant": "odd"}, 400),
        ({"url": URL}, 400),
        ([], 400),
    ],
)
async def test_the_switch_says_what_went_wrong(sandbox: SandboxServer, body: object, status: int) -> None:
    async with httpx.AsyncClient(base_url=sandbox.url) as control:
        answer = await control.post("/_sandbox/gong/webhook", json=body)

    assert answer.status_code == status
    assert answer.json()["error"]
