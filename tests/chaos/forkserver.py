"""Starts the command `sophia` again and again within milliseconds: what it imports is imported once, then forked.

A program of its own, spoken to in lines of JSON: a `Command` comes in on stdin, and `{"id", "pid"}` and later
`{"id", "status"}` (a status as os.waitpid has it) go out on stdout. It stays single-threaded, as whoever forks must. A
child has its own environment, folder and streams and does what the installed command does. `tests.api.warm` serves the
same way with nothing but the modules.
"""

import atexit
import gc
import importlib
import json
import os
import pkgutil
import runpy
import selectors
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Never, Self

ROOMS = ("api", "core", "graphs", "memory", "nodes", "tools")
"""Rooms whose modules are imported before the first fork."""

LATE = (
    "alembic.command",
    "anyio._backends._asyncio",
    "dateutil.parser",
    "docket.tasks",
    "httpcore",
    "hubspot.crm.associations.v4",
    "hubspot.crm.objects",
    "hubspot.crm.owners",
    "hubspot.crm.pipelines",
    "hubspot.crm.properties",
    "psycopg",
    "redis.asyncio",
    "uvicorn",
    "uvloop",
)
"""What those import only when it is needed."""


@dataclass(frozen=True)
class Command:
    """One run of `sophia`: in `folder`, with `environment` and nothing else.

    It reads the file `input`, prints into the file `output` and complains into the file `errors`; without that, into
    `output` too. `first` is a program that runs in the child before the command, to do something to it on purpose.
    """

    id: int
    arguments: list[str]
    environment: dict[str, str]
    folder: str
    output: str
    first: str | None = None
    input: str = os.devnull
    errors: str | None = None

    @classmethod
    def parsed(cls, line: str) -> Self:
        """The command of one line."""
        return cls(**json.loads(line))


def main() -> None:
    """Serves with everything imported, and with the bundled calls read, so that no child has to."""
    serve(load_modules, read_bundled_calls)


def serve(*preparations: Callable[[], None]) -> None:
    """Prepares, and serves until stdin is closed; in a child, carries its command out."""
    for prepare in preparations:
        prepare()
    gc.collect()
    gc.freeze()  # what is never looked at by the collector stays shared with the children
    command = fork_for_each_line()
    if command is not None:
        carry_out(command)


def load_modules() -> None:
    """Imports all of Sophia, and what that imports late."""
    for name in (*(module for room in ROOMS for module in modules_of(room)), *LATE):
        importlib.import_module(name)


def read_bundled_calls() -> None:
    """Reads the analyst's model and the bundled calls."""
    from tests.chaos.read_before import read_before
    from tests.chaos.worlds import BUNDLED

    read_before(BUNDLED / "calls")  # the encoder has no threads, so a child may use it


def modules_of(room: str) -> Iterator[str]:
    """The room's modules but its migrations, which are read as files."""
    package = importlib.import_module(room)
    for module in pkgutil.walk_packages(package.__path__, f"{room}."):
        if ".migrations" not in module.name:
            yield module.name


def fork_for_each_line() -> Command | None:
    """None when there is no more to do; in a child, what it has to do."""
    ended, wakeup = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(wakeup)
    signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
    running: dict[int, int] = {}
    rest = b""
    with selectors.DefaultSelector() as events:
        events.register(0, selectors.EVENT_READ)
        events.register(ended, selectors.EVENT_READ)
        say(ready=os.getpid())
        while True:
            happened = {key.fd for key, _ in events.select()}
            if ended in happened:
                os.read(ended, 4096)
                tell_ended(running)
            if 0 in happened:
                read = os.read(0, 1 << 16)
                if not read:
                    return None
                *lines, rest = (rest + read).split(b"\n")
                for line in lines:
                    command = Command.parsed(line.decode())
                    pid = fork()
                    if pid == 0:
                        os.close(ended)
                        os.close(wakeup)
                        return command
                    running[pid] = command.id
                    say(id=command.id, pid=pid)


def fork() -> int:
    """os.fork, which must not happen while other threads may hold locks."""
    if threading.active_count() != 1:
        raise RuntimeError(f"threads were started before the fork: {threading.enumerate()}")
    pid = os.fork()
    if pid == 0:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    return pid


def tell_ended(running: dict[int, int]) -> None:
    """Tells of every child that has ended since."""
    while running:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        say(id=running.pop(pid), status=status)


def say(**about: int) -> None:
    """One line on stdout."""
    os.write(1, json.dumps(about).encode() + b"\n")


def carry_out(command: Command) -> None:
    """Becomes the command: ends with its exit code."""
    os.environ.clear()
    os.environ.update(command.environment)
    time.tzset()
    os.chdir(command.folder)
    point_streams(command)
    sys.argv = ["sophia", *command.arguments]
    from api.cli import main as sophia

    try:
        if command.first is not None:
            runpy.run_path(command.first)
        sophia()
    except SystemExit as end:
        leave(code_of(end))
    leave(0)


def point_streams(command: Command) -> None:
    """Puts the command's files where its stdin, stdout and stderr are."""
    append = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    output = os.open(command.output, append, 0o600)
    errors = output if command.errors is None else os.open(command.errors, append, 0o600)
    for place, file in enumerate((os.open(command.input, os.O_RDONLY), output, errors)):
        os.dup2(file, place)  # the files themselves are closed in any program that this one starts


def code_of(end: SystemExit) -> int:
    """The exit code that Python gives it, which prints what is no code."""
    if end.code is None or isinstance(end.code, int):
        return end.code or 0
    sys.stderr.write(f"{end.code}\n")
    return 1


def leave(code: int) -> Never:
    """Ends without tidying up what was imported, which takes longer than many a command."""
    threading._shutdown()  # type: ignore[attr-defined]  # waits for the threads, as Python does before it ends
    atexit._run_exitfuncs()
    gc.collect()  # whatever was left open says so
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
