"""The command `sophia` as tests run it: forked from a process that has imported it, or a process of its own.

To import all of Sophia takes a process some three seconds; see tests/warm.py.
"""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

from tests.chaos.forks import Forks, Run, Streams

ROOT = Path(__file__).parents[1]
NOTHING = Path(os.devnull)
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

    def start(self, *arguments: str, folder: Path, environment: Mapping[str, str], streams: Streams) -> Run:
        """Starts a command in this folder."""
        return self._started().run(arguments, environment, folder, streams=streams)

    def run(
        self,
        *arguments: str,
        folder: Path,
        environment: Mapping[str, str],
        stdin: str | None = None,
        first: Path | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Runs a command to its end in this folder; `first` is a program that its process runs before it."""
        with tempfile.TemporaryDirectory(prefix="sophia-streams-") as kept:
            streams = Streams(Path(kept, "output"), Path(kept, "errors"), Path(kept, "input") if stdin else NOTHING)
            if stdin:
                streams.input.write_text(stdin)
            run = self._started().run(arguments, environment, folder, first, streams)
            try:
                code = run.wait(GIVE_UP_S)
            finally:
                run.kill()
            output, errors = (Path(kept, name).read_text() for name in ("output", "errors"))
        return subprocess.CompletedProcess(["sophia", *arguments], code, output, errors)

    def _started(self) -> Forks:
        if self._forks is None:
            self._forks = self._open.enter_context(Forks("tests.warm", PYTHON))
        return self._forks


class Running:
    """A command that was started and left running, spoken to as to a subprocess.Popen."""

    def __init__(self, run: Run) -> None:
        self._run = run

    @property
    def returncode(self) -> int | None:
        """Its exit code, or minus the signal that ended it; None while it runs."""
        return self._run.wait() if self._run.is_over else None

    def poll(self) -> int | None:
        """Its exit code; None while it runs."""
        return self.returncode

    def said(self) -> str:
        """What it has printed and complained so far."""
        return self._run.said()

    def send_signal(self, number: signal.Signals) -> None:
        """Sends it a signal, unless it has ended."""
        self._run.send(number)

    def kill(self) -> None:
        """Ends it as a crash would."""
        self._run.kill()

    def wait(self, timeout: float = GIVE_UP_S) -> int:
        """Returns its exit code once it has ended."""
        return self._run.wait(timeout)

    def communicate(self, timeout: float = GIVE_UP_S) -> tuple[str, None]:
        """What it said until it ended."""
        self.wait(timeout)
        return self.said(), None


class Sophia:
    """The command as a process of its own, in a folder of the test, with these variables."""

    def __init__(self, folder: Path, environment: Mapping[str, str], warm: Warm) -> None:
        self._folder = folder
        kept = {name: value for name, value in os.environ.items() if not name.startswith("SOPHIA_")}
        self._environment = {**kept, **PYTHON, **environment}
        self._warm = warm
        self._open = ExitStack()

    def run(self, *arguments: str, stdin: str | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
        """Runs a command to its end; what Python itself is told is for a process that starts from nothing."""
        if self._is_for_python(environment):
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

    def start(self, *arguments: str, **environment: str) -> Running | subprocess.Popen[str]:
        """Starts a command and leaves it running, with its complaints among what it prints; the test's end ends it."""
        if self._is_for_python(environment):
            return self._start_cold(*arguments, **environment)
        output = Path(self._open.enter_context(tempfile.TemporaryDirectory(prefix="sophia-streams-")), "output")
        given = self._environment | environment
        run = self._warm.start(*arguments, folder=self._folder, environment=given, streams=Streams(output))
        self._open.callback(run.kill)
        return Running(run)

    def _start_cold(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "api.cli", *arguments],
            cwd=self._folder,
            env=self._environment | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._open.callback(process.communicate)
        self._open.callback(process.kill)
        return process

    @staticmethod
    def _is_for_python(environment: Mapping[str, str]) -> bool:
        """Whether the interpreter itself is told something, which it hears only when it starts."""
        return any(name.startswith("PYTHON") for name in environment)

    def end(self) -> None:
        """Kills what is still running."""
        self._open.close()


@pytest.fixture(scope="session")
def warm() -> Iterator[Warm]:
    """The process that commands are forked from."""
    with Warm() as process:
        yield process
