"""How soon a restarted process has taken up 1,000 pending calls: from its start until all of them were begun."""

import asyncio
import os
import subprocess
import sys
import tempfile
import time

from api.attempt import Attempt, Ended
from api.intake import KIND
from api.logs import settings_with_logs
from api.storage import open_records
from api.wiring import open_services
from api.worker import Worker
from bench.figure import Figure
from bench.servers import spread_out
from memory.inbox import Delivery

PENDING = 1000


def measure() -> list[Figure]:
    """Seconds from the start of the process until all are begun and until all are done, where the work is nothing."""
    figures = _figures("embedded", {})
    with spread_out() as variables:
        if variables is not None:
            figures += _figures("Redis and PostgreSQL", variables)
    return figures


def _figures(name: str, variables: dict[str, str]) -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "SOPHIA_DATA_DIR": folder, "SOPHIA_LOG_LEVEL": "error", **variables}
        idle = _child(environment, 0)
        queued, done = _child(environment, PENDING)[:2]
    baseline = "the start alone"
    return [
        Figure(f"{PENDING} pending on the queue, {name}", queued, "s", idle[0], baseline, "10 s"),
        Figure(f"{PENDING} pending done, {name}", done, "s", idle[1], baseline),
    ]


def _child(environment: dict[str, str], pending: int) -> list[float]:
    """Seconds after its start at which a process had queued everything, and had done it."""
    command = [sys.executable, "-m", "bench.restart"]
    if pending:
        subprocess.run([*command, "fill"], env=environment, check=True)
    begin = time.perf_counter()
    process = subprocess.Popen([*command, str(pending)], env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    moments = [time.perf_counter() - begin for _line in process.stdout]
    if process.wait() or len(moments) != 2:
        raise SystemExit("the restarted process failed")
    return moments


async def _fill() -> None:
    """Leaves deliveries behind as a process that died would."""
    async with open_records(settings_with_logs("error")) as records:
        await records.inbox.accept_many(KIND, [str(10**18 + number) for number in range(PENDING)], "webhook")


async def _take_up(pending: int) -> None:
    """What `sophia serve` does at its start, with work that is nothing; one line when all is queued, one when done."""
    done, count = asyncio.Event(), 0

    async def nothing(_delivery: Delivery, _attempt: Attempt) -> Ended:
        nonlocal count
        count += 1
        if count == pending:
            done.set()
        return Ended()

    async with open_services(settings_with_logs("error"), serving=True) as services:
        worker = Worker(
            services.records, services.intake, {KIND: nothing}, services.metrics, services.clock, max_attempts=3
        )
        services.jobs.register(KIND, worker.work)
        services.schedule_requeue()
        await services.intake.requeue()
        print("queued", flush=True)
        working = asyncio.create_task(services.jobs.run())
        if pending:
            await done.wait()
        print("done", flush=True)
        services.jobs.stop()
        await working


if __name__ == "__main__":
    asyncio.run(_fill() if sys.argv[1] == "fill" else _take_up(int(sys.argv[1])))
