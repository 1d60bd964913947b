"""How many calls a minute one `sophia serve` works through, over Redis and PostgreSQL, beside embedded SQLite."""

import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from bench.figure import Figure
from bench.servers import spread_out
from bench.webhook import free_port
from bench.world import many_calls
from sandbox.server import SandboxServer

CALLS = 150
SPEED = 2000.0
"""The services' limits are out of the way: what is measured is Sophia, with the sandbox on the other core."""
GIVE_UP_S = 600.0
LOOK_S = 0.2


def measure() -> list[Figure]:
    """Calls a minute, from the first that was done to the last, extractive analyst, eight at once."""
    embedded = _calls_a_minute({})
    with spread_out() as variables:
        if variables is None:
            return [Figure("calls a minute, embedded", embedded, "", embedded, "redis or postgresql is not installed")]
        return [Figure("calls a minute, Redis and PostgreSQL", _calls_a_minute(variables), "", embedded,
                       "embedded SQLite", "50")]  # fmt: skip


def _calls_a_minute(variables: dict[str, str]) -> float:
    with tempfile.TemporaryDirectory() as place:
        folder, port = Path(place), free_port()
        with SandboxServer(many_calls(folder / "data", CALLS), speed=SPEED) as sandbox:
            own = {
                "SOPHIA_DATA_DIR": place,
                "SOPHIA_SERVICE_SPEED": f"{SPEED:g}",
                "SOPHIA_PORT": str(port),
                "SOPHIA_POLL_OVERLAP_HOURS": str(24 * 366),
            }
            environment = {**os.environ, **sandbox.environment(), **own, **variables}
            command = [sys.executable, "-m", "api.cli"]
            subprocess.run([*command, "setup"], env=environment, check=True, stdout=subprocess.DEVNULL)
            server = subprocess.Popen([*command, "serve"], env=environment, stderr=subprocess.DEVNULL)
            try:
                return _rate(port)
            finally:
                server.terminate()
                server.wait()


def _rate(port: int) -> float:
    """Calls a minute between the first look that finds one done and the one that finds all done."""
    deadline = time.monotonic() + GIVE_UP_S
    begin, before = 0.0, 0
    while time.monotonic() < deadline:
        done = _done(port)
        if done and not before:
            begin, before = time.monotonic(), done
        if done == CALLS:
            return (done - before) / (time.monotonic() - begin) * 60
        time.sleep(LOOK_S)
    raise SystemExit(f"{CALLS} calls were not done within {GIVE_UP_S:.0f} s")


def _done(port: int) -> int:
    try:
        with urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
            found = re.search(r'sophia_inbox\{kind="call",status="done"\} ([0-9.]+)', answer.read().decode())
    except (URLError, ConnectionError):
        return 0
    return int(float(found[1])) if found else 0


if __name__ == "__main__":
    print(measure())
