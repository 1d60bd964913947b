"""The command `sophia` as tests run it: forked from a process that has imported it, or a process of its own.

To import all of Sophia takes a process some three seconds, which every command would spend once more. See tests/warm.py.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

from tests.chaos.forks import Forks, Streams

ROOT = Path(__file__).parents[1]
GIVE_UP_S = 240.0
"""How long a command may take before the test says that it hangs."""

PYTHON = {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "default"}
"""What the interpreter is told when it starts."""


class Warm:
    """Commands from one process of the tests' own, which is started for the first of them; to be used with `with`."""

    def __init__(self) -> None:
        self._forks: Forks | None = None
        self._open = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def run(
        self,
        *arguments: str,
        folder: Path,
        environment: Mapping[str, str],
        stdin: str | None = None,
        first: Path | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Runs a command to its end in this folder; `first` is a program that its process runs before it."""
        if self._forks is None:
            self._forks = self._open.enter_context(Forks("tests.warm", PYTHON))
        with tempfile.TemporaryDirectory(prefix="sophia-streams-") as kept:
            streams = Streams(Path(kept, "output"), Path(kept, "errors"), Path(kept, "input") if stdin else NOTHING)
            if stdin:
                streams.input.write_text(stdin)
            run = self._forks.run(arguments, environment, folder, first, streams)
            try:
                code = run.wait(GIVE_UP_S)
            finally:
                run.kill()
            output, errors = (Path(kept, name).read_text() for name in ("output", "errors"))
        return subprocess.CompletedProcess(["sophia", *arguments], code, output, errors)


NOTHING = Path(os.devnull)


class Sophia:
    """The command as a process of its own, in a folder of the test, with these variables."""

    def __init__(self, folder: Path, environment: Mapping[str, str], warm: Warm) -> None:
        self._folder = folder
        kept = {name: value for name, value in os.environ.items() if not name.startswith("SOPHIA_")}
        self._environment = kept | PYTHON | environment
        self._warm = warm
        self._started: list[subprocess.Popen[str]] = []

    def run(self, *arguments: str, stdin: str | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
        """Runs a command to its end; what Python itself is told is for a process that starts from nothing."""
        if any(name.startswith("PYTHON") for name in environment):
            return self.run_cold(*arguments, stdin=stdin, **environment)
        return self._warm.run(*arguments, folder=self._folder, environment=self._environment | environment, stdin=stdin)

    def run_cold(
        self, *arguments: str, stdin: str | None = None, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Runs a command to its end as a person does: Python starts, and imports what the command needs."""
        return self._run("-m", "api.cli", *arguments, stdin=stdin, **environment)

    def run_python(self, program: str) -> subprocess.CompletedProcess[str]:
        """Runs a few lines of Python as the command would run."""
        return self._run("-c", program)

    def _run(self, *arguments: str, stdin: str | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=self._folder,
            env=self._environment | environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=GIVE_UP_S,
        )

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        """Starts a command and leaves it running; the test's end ends it."""
        process = subprocess.Popen(
            [sys.executable, "-m", "api.cli", *arguments],
            cwd=self._folder,
            env=self._environment | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._started.append(process)
        return process

    def end(self) -> None:
        """Kills what is still running."""
        for process in self._started:
            if process.poll() is None:
                process.kill()
            process.communicate()


@pytest.fixture(scope="session")
def warm() -> Iterator[Warm]:
    """The process that commands are forked from."""
    with Warm() as process:
        yield process
