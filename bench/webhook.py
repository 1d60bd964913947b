"""How soon `sophia serve` answers ten webhooks a second, beside /healthz. Gong is not set up: no call is analysed."""

import base64
import hashlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx
import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

import sandbox
from bench.figure import Figure, percentile

DELIVERIES = 300
A_SECOND = 10
"""Far more than a sales team's calls; each is stored, and worked on until it finds that Gong is not set up."""
START_TIMEOUT_S = 60.0
URL = "https://sophia.example/webhooks/gong"


def measure() -> list[Figure]:
    """Milliseconds from sending a signed delivery to its answer, at p99, over one kept connection."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        server = subprocess.Popen(
            [sys.executable, "-m", "api.cli", "serve"],
            env=os.environ | _settings(folder, port, key),
            stderr=subprocess.DEVNULL,
        )
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
                _wait_until_up(client)
                bare = [_milliseconds(client, "GET", "/healthz") for _ in range(DELIVERIES)]
                told = [_deliver(client, number, key) for number in range(DELIVERIES)]
        finally:
            server.terminate()
            server.wait()
    return [
        Figure(
            f"webhook answered, p{share}",
            percentile(told, share / 100),
            "ms",
            percentile(bare, share / 100),
            "GET /healthz",
            "under 20 ms" if share == 99 else "",
        )
        for share in (50, 99)
    ]


def _settings(folder: str, port: int, key: rsa.RSAPrivateKey) -> dict[str, str]:
    public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return {
        "SOPHIA_DATA_DIR": folder,
        "SOPHIA_PORT": str(port),
        "SOPHIA_GONG_WEBHOOK_PUBLIC_KEY": base64.b64encode(public).decode(),
        "SOPHIA_GONG_WEBHOOK_URL": URL,
    }


def _deliver(client: httpx.Client, number: int, key: rsa.RSAPrivateKey) -> float:
    """One delivery of a call nobody has told of before, at its moment in an even row."""
    body = json.dumps({"callData": _call(str(10**18 + number)), "isTest": False}).encode()
    claims = {"webhook_url": URL, "body_sha256": hashlib.sha256(body).hexdigest(), "exp": int(time.time()) + 300}
    token = jwt.encode(claims, key, algorithm="RS256")
    time.sleep(1 / A_SECOND)
    return _milliseconds(client, "POST", "/webhooks/gong", content=body, headers={"Authorization": f"Bearer {token}"})


def _milliseconds(client: httpx.Client, method: str, path: str, **request: Any) -> float:
    begin = time.perf_counter()
    answer = client.request(method, path, **request)
    taken = (time.perf_counter() - begin) * 1000
    if not answer.is_success:
        raise SystemExit(f"{method} {path} was answered with {answer.status_code}: {answer.text}")
    return taken


def _call(id: str) -> dict[str, Any]:
    """A recorded call's metadata under another id."""
    recorded = next((Path(sandbox.__file__).parent / "data" / "calls").glob("*.json"))
    extensive: dict[str, Any] = json.loads(recorded.read_text())["extensive"]
    return extensive | {"metaData": {**extensive["metaData"], "id": id}}


def _wait_until_up(client: httpx.Client) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        try:
            if client.get("/readyz").is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise SystemExit(f"sophia serve was not ready within {START_TIMEOUT_S:.0f} s")


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        port: int = door.getsockname()[1]
        return port
