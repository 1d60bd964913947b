"""How long an answer from the cache takes, in this process and over Redis, beside reading the sandbox's HubSpot."""

import asyncio
import shutil
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import sandbox
from bench.figure import Figure, percentile
from core.clock import SystemClock
from memory.cache.port import Cache
from memory.cache.process import ProcessStore
from memory.cache.shared import SharedStore
from memory.cache.store import Store
from nodes.cached_crm import CachedCrm
from sandbox.server import SandboxServer
from tests.servers import RedisServer
from tools.hubspot.client import HubSpotClient

HITS = 1000
READS = 100
SPEED = 1000.0
"""The sandbox' own delays and limits are out of the way: what it takes is the client and the wire."""

DEAL, PROPERTIES = "30418", ("dealname", "amount", "dealstage", "closedate")


def measure() -> list[Figure]:
    """Milliseconds at p50 for one deal with its contacts, one question at a time."""
    return asyncio.run(_measure())


async def _measure() -> list[Figure]:
    with SandboxServer(Path(sandbox.__file__).parent / "data", speed=SPEED) as world:
        hubspot = HubSpotClient(f"{world.url}/hubspot", world.credentials.hubspot_token, requests_per_10s=10**6)
        try:
            read = await _p50(lambda: hubspot.read("deals", [DEAL], PROPERTIES, ["contacts"]), READS)
            figures = [_figure("in this process", await _hit(hubspot, ProcessStore(SystemClock())), read)]
            with tempfile.TemporaryDirectory(dir="/tmp") as folder:
                program = shutil.which("redis-server")
                if program is not None:
                    figures.append(_figure("over Redis", await _hit_over_redis(hubspot, program, folder), read))
            return figures
        finally:
            await hubspot.close()


async def _hit_over_redis(hubspot: HubSpotClient, program: str, folder: str) -> float:
    server = RedisServer(program, Path(folder))
    server.start()
    try:
        return await _hit(hubspot, SharedStore(server.url))
    finally:
        server.stop()


async def _hit(hubspot: HubSpotClient, store: Store) -> float:
    cache = Cache(store, SystemClock())
    try:
        crm = CachedCrm(hubspot, cache, SystemClock())
        return await _p50(lambda: crm.read("deals", [DEAL], PROPERTIES, ["contacts"]), HITS)
    finally:
        await cache.close()


async def _p50(ask: Callable[[], Awaitable[object]], times: int) -> float:
    samples = []
    await ask()
    for _ in range(times):
        begin = time.perf_counter()
        await ask()
        samples.append((time.perf_counter() - begin) * 1000)
    return percentile(samples, 0.5)


def _figure(where: str, hit: float, read: float) -> Figure:
    return Figure(f"a deal from the cache {where}, p50", hit, "ms", read, "read from the sandbox's HubSpot")
