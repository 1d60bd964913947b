"""Runs of the command `sophia` from the fork server: started within milliseconds, killed, waited for, read."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Self

import sandbox
from tests.chaos.forkserver import Command

ROOT = Path(sandbox.__file__).parents[1]
GIVE_UP_S = 90.0
"""How long anything may take before the test says that it hangs."""

KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "SSL_CERT_FILE")
"""What a run takes over from the environment of the tests."""


@dataclass(frozen=True)
class Streams:
    """The files that a run reads and writes; without one for `errors`, they go where the output goes."""

    output: Path
    errors: Path | None = None
    input: Path = Path(os.devnull)


class Run:
    """One process that carries a command out."""

    def __init__(self, output: Path) -> None:
        self.output = output
        self.started: Future[int] = Future()
        self.ended: Future[int] = Future()

    @property
    def pid(self) -> int:
        return self.started.result(GIVE_UP_S)

    @property
    def is_over(self) -> bool:
        return self.ended.done()

    def wait(self, seconds: float = GIVE_UP_S) -> int:
        """Its exit code, or minus the signal that ended it, once it is over; raises TimeoutError with what it said."""
        try:
            return os.waitstatus_to_exitcode(self.ended.result(seconds))
        except TimeoutError:
            raise TimeoutError(f"the run goes on and on:\n{self.said()}") from None

    def give_up(self) -> None:
        """Tells whoever waits for it that nobody will hear of its end: the fork server is gone."""
        for awaited in (self.started, self.ended):
            if not awaited.done():
                awaited.set_exception(RuntimeError("the fork server ended; it says why on stderr"))

    def terminate(self) -> None:
        """Asks it to come to its end."""
        self.send(signal.SIGTERM)

    def kill(self) -> None:
        """Ends it as a crash would: nothing of it happens any more once this returns."""
        self.send(signal.SIGKILL)
        while not self.is_over and _state_of(self.pid) not in "ZX":
            pass  # the kernel takes microseconds

    def send(self, number: signal.Signals) -> None:
        """Sends it a signal, unless it has ended."""
        if not self.is_over:
            os.kill(self.pid, number)

    def said(self) -> str:
        """What it has printed so far."""
        return self.output.read_text(errors="replace") if self.output.exists() else ""


class Forks:
    """The fork server, to be used with `with`; `program` is the module that serves, with `environment` besides ours."""

    def __init__(
        self, program: str = "tests.chaos.forkserver", environment: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        self._program = program
        self._environment = environment
        self._numbers = count(1)
        self._runs: dict[int, Run] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("SOPHIA_")}
        self._server = subprocess.Popen(
            [sys.executable, "-m", self._program],
            cwd=ROOT,
            # OpenBLAS would start threads when it is imported.
            env={**environment, **self._environment, "OPENBLAS_NUM_THREADS": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        ready: Future[bool] = Future()
        self._reader = threading.Thread(target=self._read, args=(ready,), name="forks")
        self._reader.start()
        if not ready.result(GIVE_UP_S):
            self.__exit__(None, None, None)
            raise RuntimeError("the fork server did not start; it says why on stderr")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for run in self._runs.values():
            run.kill()
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.close()
        self._server.wait(GIVE_UP_S)
        self._reader.join()
        self._server.stdout.close()

    def run(
        self,
        arguments: tuple[str, ...],
        environment: Mapping[str, str],
        folder: Path,
        first: Path | None = None,
        streams: Streams | None = None,
    ) -> Run:
        """Starts a command in this folder; `first` is a program that the process runs before it.

        Without other streams, what it prints goes into a file of the folder.
        """
        assert self._server.stdin is not None
        kept = {name: value for name, value in os.environ.items() if name in KEPT}
        number = next(self._numbers)
        streams = streams or Streams(folder / f"{number}.out")
        run = Run(streams.output)
        command = Command(
            id=number,
            arguments=list(arguments),
            environment={**kept, **environment},
            folder=str(folder),
            output=str(streams.output),
            first=None if first is None else str(first),
            input=str(streams.input),
            errors=None if streams.errors is None else str(streams.errors),
        )
        with self._lock:
            self._runs[number] = run
            self._server.stdin.write(json.dumps(asdict(command)) + "\n")
            self._server.stdin.flush()
        return run

    def _read(self, ready: Future[bool]) -> None:
        assert self._server.stdout is not None
        for line in self._server.stdout:
            told = json.loads(line)
            if "ready" in told:
                ready.set_result(True)
            elif "pid" in told:
                self._runs[told["id"]].started.set_result(told["pid"])
            else:
                self._runs[told["id"]].ended.set_result(told["status"])
        if not ready.done():
            ready.set_result(False)
        for run in self._runs.values():
            run.give_up()


def _state_of(pid: int) -> str:
    """The letter that Linux gives the state of a process; X when it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "X"
