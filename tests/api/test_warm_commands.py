"""A command forked from the warm process is told, answers and ends as one that Python starts, and leaves nothing."""

import json
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.commands import Sophia, Warm

STATE = """
import gc, json, logging, os, random, sys, threading, warnings
from functools import _lru_cache_wrapper
import numpy, structlog

rooms = ("api.", "core.", "graphs.", "memory.", "nodes.", "tools.")
gc.unfreeze()
caches = [found for found in gc.get_objects() if isinstance(found, _lru_cache_wrapper)]
ours = {f"{cache.__module__}.{cache.__qualname__}": cache for cache in caches if cache.__module__.startswith(rooms)}
print(json.dumps({
    "environment": dict(os.environ),
    "cached": sorted(name for name, cache in ours.items() if cache.cache_info().currsize),
    "caches": len(ours),
    "log handlers": [repr(each) for each in logging.getLogger().handlers],
    "log level": logging.getLogger().level,
    "structlog": structlog.is_configured(),
    "drawn": numpy.random.get_state()[2],
    "threads": len(os.listdir("/proc/self/task")),
    "files": sorted(os.path.basename(link) for link in map(read, os.listdir("/proc/self/fd")) if link.startswith("/")),
    "loaded": len(sys.modules),
    "warnings": [str(each[:3]) for each in warnings.filters],
    "folder": os.getcwd(),
}))
"""

READ = """
import os

def read(number):
    try:
        return os.readlink(f"/proc/self/fd/{number}")
    except OSError:
        return ""
"""

SPOIL = """
import os, sys, threading
import numpy
from core.logs import log_to_stderr
from core.settings import load_settings
from graphs.registry import installed

os.environ["SOPHIA_PORT"] = "1"
log_to_stderr(load_settings(), at_least="debug", tracebacks=True)
installed()
numpy.random.random()
sys.modules["spoilt"] = sys
threading.Thread(target=threading.Event().wait, daemon=True).start()
"""


@pytest.fixture
def program(tmp_path: Path) -> Any:
    """Writes a program that a process runs before its command."""

    def write(content: str) -> Path:
        file = tmp_path / "first.py"
        file.write_text(content)
        return file

    return write


@pytest.mark.parametrize(
    ("arguments", "environment"),
    [
        (("ledger", "--help"), {}),
        (("backfill", "--since", "90d"), {}),
        (("inbox",), {"SOPHIA_PORT": "many"}),
        (("analyze", "--file", "-", "--json"), {}),
        (("no-such-command",), {}),
    ],
)
def test_it_says_and_ends_as_a_process_that_python_starts(
    alone: Sophia, arguments: tuple[str, ...], environment: dict[str, str]
) -> None:
    warm, cold = (run(*arguments, stdin='{"extensive": ', **environment) for run in (alone.run, alone.run_cold))
    assert (warm.returncode, warm.stdout, warm.stderr) == (cold.returncode, cold.stdout, cold.stderr)
    assert warm.stdout or warm.stderr


def test_it_leaves_nothing_to_the_next(warm: Warm, program: Any, tmp_path: Path) -> None:
    def state() -> dict[str, Any]:
        told: dict[str, Any] = json.loads(
            warm.run(
                "--help", folder=tmp_path, environment={"OWN": "1"}, first=program(READ + STATE)
            ).stdout.splitlines()[0]
        )
        return told

    before = state()
    assert "OWN" in before["environment"] and not [name for name in before["environment"] if name.startswith("SOPHIA_")]
    assert (before["cached"], before["log handlers"], before["structlog"], before["threads"]) == ([], [], False, 1)
    assert before["caches"] > 0 and before["files"]
    spoilt = warm.run("--help", folder=tmp_path, environment={}, first=program(SPOIL + READ + STATE)).stdout
    spoilt_state = json.loads(spoilt.splitlines()[0])
    assert {name for name, value in before.items() if spoilt_state[name] != value} >= {
        *("environment", "cached", "log handlers", "structlog", "drawn", "threads", "loaded"),
    }
    assert state() == before


def test_it_sees_no_terminal_and_nobody_who_types(warm: Warm, program: Any, tmp_path: Path) -> None:
    told = warm.run(
        "--help",
        folder=tmp_path,
        environment={},
        first=program(
            "import sys; print([each.isatty() for each in (sys.stdin, sys.stdout, sys.stderr)], sys.stdin.read())"
        ),
    )
    assert told.stdout.startswith("[False, False, False] \n")


@pytest.mark.parametrize(
    ("ending", "code", "complaint"),
    [
        ("raise SystemExit", 0, ""),
        ("raise SystemExit(3)", 3, ""),
        ("raise SystemExit('This is why.')", 1, "This is why.\n"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", -signal.SIGKILL, ""),
        ("import atexit, sys; atexit.register(print, 'Bye.', file=sys.stderr); raise SystemExit(0)", 0, "Bye.\n"),
    ],
)
def test_its_end_is_that_of_python(
    warm: Warm, program: Any, tmp_path: Path, ending: str, code: int, complaint: str
) -> None:
    told = warm.run("--help", folder=tmp_path, environment={}, first=program(ending))
    assert (told.returncode, told.stdout, told.stderr) == (code, "", complaint)


def test_an_error_that_nobody_caught_is_told_as_python_tells_it(warm: Warm, program: Any, tmp_path: Path) -> None:
    told = warm.run("--help", folder=tmp_path, environment={}, first=program("raise OSError('This is why.')"))
    assert told.returncode == 1
    assert told.stderr.startswith("Traceback") and told.stderr.endswith("OSError: This is why.\n")


def test_what_was_left_open_is_told(warm: Warm, program: Any, tmp_path: Path) -> None:
    left = "import socket; socket.socket(); first = [socket.socket()]; first.append(first); del first"
    told = warm.run("--help", folder=tmp_path, environment={}, first=program(left))
    assert told.stderr.count("ResourceWarning: unclosed") == 2
