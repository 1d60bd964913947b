"""How long `sophia --help` takes and how much memory a waiting `sophia serve` holds, beside bare Python."""

import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from bench.figure import Figure, percentile

RUNS = 7
IDLE_SECONDS = 5.0
START_TIMEOUT_S = 30.0


def measure() -> list[Figure]:
    """Wall seconds of `--help` (median of 7) and resident megabytes of an idle server after 5 seconds."""
    return [
        Figure("sophia --help", _median_seconds("-m", "api.cli", "--help"), "s",
               _median_seconds("-c", "pass"), "python -c pass", "under 0.5 s"),
        Figure("idle sophia serve, resident", _idle_megabytes(), "MB",
               _bare_megabytes(), "python that imports FastAPI", "under 300 MB"),
    ]  # fmt: skip


def _median_seconds(*arguments: str) -> float:
    samples = []
    for _ in range(RUNS):
        begin = time.perf_counter()
        subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
        samples.append(time.perf_counter() - begin)
    return percentile(samples, 0.5)


def _idle_megabytes() -> float:
    with tempfile.TemporaryDirectory() as folder, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        environment = {**os.environ, "SOPHIA_DATA_DIR": folder, "SOPHIA_PORT": str(port)}
        server = subprocess.Popen(
            [sys.executable, "-m", "api.cli", "serve"], env=environment, stderr=subprocess.DEVNULL
        )
        try:
            _wait_until_up(port)
            time.sleep(IDLE_SECONDS)
            return _resident_megabytes(server.pid)
        finally:
            server.terminate()
            server.wait()


def _wait_until_up(port: int) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        try:
            with urlopen(f"http://127.0.0.1:{port}/healthz"):
                return
        except (URLError, ConnectionError):
            time.sleep(0.1)
    raise SystemExit(f"sophia serve did not answer within {START_TIMEOUT_S:.0f} s")


def _bare_megabytes() -> float:
    bare = subprocess.Popen(
        [sys.executable, "-c", "import fastapi; print(flush=True); input()"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert bare.stdout is not None
    bare.stdout.readline()
    try:
        return _resident_megabytes(bare.pid)
    finally:
        bare.kill()
        bare.wait()


def _resident_megabytes(pid: int) -> float:
    match = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    if match is None:
        raise SystemExit("this machine does not tell a process's memory in /proc")
    return int(match[1]) / 1024
