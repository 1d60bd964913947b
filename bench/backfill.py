"""What a backfill costs the services: requests a call over 200 calls, and how close to Gong's limit it goes."""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.request import urlopen

from bench.figure import Figure
from bench.world import BUNDLED, many_calls
from core.settings import load_settings
from sandbox.server import SandboxServer
from tools.gong.client import GongClient

CALLS = 200
SPEED = 50.0
PAGE = 100
GONG_PER_SECOND = 3
GONG_REQUESTS = 45
"""Fifteen seconds at the limit. The first one waits for nothing, so the rate is that of the others."""


def measure() -> list[Figure]:
    """Requests a call, and requests a second to Gong while its limit is all that is waited for."""
    gong, hubspot, slack = _requests_per_call()
    ours, sleeping = asyncio.run(_gong_rates())
    pages = -(-CALLS // PAGE)
    return [
        Figure(
            "Gong requests a call", gong, "", 2 * pages / CALLS, "floor: 100 calls and 100 transcripts each", "0.05"
        ),
        Figure(
            "HubSpot requests a call", hubspot, "", 4, "floor of one write a kind: note, tasks, contacts, deal", "8"
        ),
        Figure("Slack requests a call", slack, "", 2, "floor: owner and channel"),
        Figure("Gong requests a second", ours, "/s", sleeping, "sleeping a third of a second in between", "2.85"),
    ]


def _requests_per_call() -> list[float]:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        with SandboxServer(many_calls(folder / "data", CALLS), speed=SPEED) as server:
            settings = server.environment() | {"SOPHIA_DATA_DIR": place, "SOPHIA_SERVICE_SPEED": f"{SPEED:g}"}
            for command in (["setup"], ["backfill", "--since", "120d"]):
                subprocess.run(
                    [sys.executable, "-m", "api.cli", *command], env={**os.environ, **settings}, check=True,
                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                )  # fmt: skip
            with urlopen(f"{server.url}/_sandbox/requests") as answer:
                counts = json.load(answer)
    return [counts[service]["total"] / CALLS for service in ("gong", "hubspot", "slack")]


async def _gong_rates() -> tuple[float, float]:
    """Requests a second of our client and of one that sleeps, each against a fresh sandbox in real time."""
    return await _rate(_all_at_once), await _rate(_one_by_one)


async def _rate(way: Callable[[GongClient, str], Awaitable[float]]) -> float:
    with SandboxServer(BUNDLED) as server:
        fields = {name.removeprefix("SOPHIA_").lower(): value for name, value in server.environment().items() if value}
        client = GongClient.from_settings(load_settings(**fields))
        some_call = next((BUNDLED / "calls").glob("*.json")).stem
        try:
            return await way(client, some_call)
        finally:
            await client.close()


async def _all_at_once(client: GongClient, call_id: str) -> float:
    begin = time.perf_counter()
    await asyncio.gather(*(client.calls([call_id]) for _ in range(GONG_REQUESTS)))
    return (GONG_REQUESTS - 1) / (time.perf_counter() - begin)


async def _one_by_one(client: GongClient, call_id: str) -> float:
    begin = time.perf_counter()
    for _ in range(GONG_REQUESTS):
        await client.calls([call_id])
        await asyncio.sleep(1 / GONG_PER_SECOND)
    return (GONG_REQUESTS - 1) / (time.perf_counter() - begin)


if __name__ == "__main__":
    print(measure())
