"""What the tests of `sophia serve` do to a process: wait for it, deliver to it, ask it how it is."""

from typing import Any

import httpx

from sandbox.gong.webhook import delivery
from sandbox.server import SandboxServer

URL = "http://127.0.0.1/webhooks/gong"
CALLS = ("3351298813304244839", "8985511615544123761", "945901450174836796")


async def up(until: Any, port: int) -> None:
    """Returns once the process answers that it is ready."""

    async def ready() -> bool:
        try:
            async with httpx.AsyncClient() as client:
                return (await client.get(f"http://127.0.0.1:{port}/readyz")).status_code == 200
        except httpx.TransportError:
            return False

    await until(ready)


async def tell(sandbox: SandboxServer, port: int, call_id: str) -> int:
    """Delivers a webhook for a call as Gong would, to the process on this port."""
    made = delivery(sandbox.frame, call_id, URL)
    async with httpx.AsyncClient() as client:
        answer = await client.post(f"http://127.0.0.1:{port}/webhooks/gong", content=made.body, headers=made.headers)
    return answer.status_code


async def inbox(port: int) -> dict[str, float]:
    """How many calls stand in each status, as /metrics tells."""
    async with httpx.AsyncClient() as client:
        lines = (await client.get(f"http://127.0.0.1:{port}/metrics")).text.splitlines()
    named = (line.split() for line in lines if line.startswith('sophia_inbox{kind="call"'))
    return {name.split('"')[3]: float(count) for name, count in named}
