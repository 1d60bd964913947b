"""Redis and PostgreSQL of our own on free ports, where the programs are installed; tests may stop and start them."""

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import psycopg
import pytest
from psycopg import sql

START_SECONDS = 30
"""How long a server may take before a test is told that it did not start."""

INITDB = ("--auth", "trust", "--encoding", "UTF8", "--lc-messages", "C", "--no-sync")

POSTGRES_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "fsync": "off",  # the machine does not lose power within a test
    "max_connections": "200",
    "timezone": "UTC",
}


class RedisServer:
    """A Redis on a port that stays its own, with its data kept over kills."""

    def __init__(self, program: str, folder: Path) -> None:
        self.port = _free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._command = [program, "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", ""]
        self._command += [
            "--appendonly",
            "yes",
            "--appendfsync",
            "no",
        ]  # written before the answer: a kill loses nothing
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts it with the data it had, and waits until it answers."""
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)
        _wait_until(self._answers, "redis-server")

    def kill(self) -> None:
        """Ends it with SIGKILL, as a crash would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Ends it in good order."""
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait()
            self._process = None

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")  # not while it is still reading its data
        except OSError:
            return False


class PostgresServer:
    """A PostgreSQL cluster in a folder of its own, on a port that stays its own.

    `user` needs no password; `guarded_user` needs one, and has none that would do.
    """

    user = "sophia"
    guarded_user = "guarded"

    def __init__(self, programs: Path, folder: Path) -> None:
        self.port = _free_port()
        self._programs = programs
        self._folder = folder
        self._account = _account()
        if self._account is not None:
            shutil.chown(folder, self._account)
        self._run("initdb", "--username", self.user, *INITDB)
        access = folder / "data" / "pg_hba.conf"
        access.write_text(f"host all {self.guarded_user} all scram-sha-256\n{access.read_text()}")
        settings = {**POSTGRES_SETTINGS, "port": str(self.port), "unix_socket_directories": str(folder)}
        with (folder / "data" / "postgresql.conf").open("a") as file:
            file.writelines(f"{name} = '{value}'\n" for name, value in settings.items())

    def start(self) -> None:
        """Starts it with the data it had, and waits until it answers."""
        self._run("pg_ctl", "start", "--wait", "--timeout", str(START_SECONDS), "--log", str(self._folder / "log"))

    def stop(self, mode: Literal["smart", "fast", "immediate"] = "fast") -> None:
        """Stops it: `fast` ends every connection in good order, `immediate` is a crash."""
        self._run("pg_ctl", "stop", "--wait", "--mode", mode)

    def restart(self, mode: Literal["fast", "immediate"] = "fast") -> None:
        """Stops and starts it."""
        self.stop(mode)
        self.start()

    def url(self, database: str, *, user: str = user) -> str:
        """The address of a database for a user."""
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}"

    def new_database(self) -> str:
        """Makes an empty database and returns its address."""
        name = f"sophia_{secrets.token_hex(6)}"
        self.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
        return self.url(name)

    def execute(self, statement: sql.Composed | sql.SQL) -> None:
        """Carries out a statement as the cluster's superuser."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / program), "-D", str(self._folder / "data"), *arguments]
        with (self._folder / f"{program}.out").open("wb") as output:
            # A file, not a pipe: the server would keep a pipe open for as long as it runs.
            done = subprocess.run(command, user=self._account, cwd=self._folder, stdout=output, stderr=output)
        if done.returncode:
            raise RuntimeError(f"{program}: {(self._folder / f'{program}.out').read_text()}")


@pytest.fixture(scope="session")
def redis_process() -> Iterator[RedisServer]:
    """A Redis that is empty at first and gone afterwards; whoever kills it starts it again."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("redis-server is not installed")
    with tempfile.TemporaryDirectory(prefix="sophia-redis-") as folder:
        server = RedisServer(program, Path(folder))
        server.start()
        yield server
        server.stop()


@pytest.fixture(scope="session")
def redis_server(redis_process: RedisServer) -> str:
    """The URL of a Redis."""
    return redis_process.url


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL without databases of ours at first and gone afterwards; whoever stops it starts it again."""
    programs = postgres_programs()
    if programs is None:
        pytest.skip("initdb of PostgreSQL is not installed")
    with tempfile.TemporaryDirectory(prefix="sophia-postgres-", dir="/tmp") as folder:
        server = PostgresServer(programs, Path(folder))
        server.start()
        yield server
        server.stop("immediate")


def postgres_programs() -> Path | None:
    """The folder of initdb: that on the PATH, or Debian's newest."""
    on_path = shutil.which("initdb")
    if on_path is not None:
        return Path(on_path).resolve().parent
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    return max(found, key=lambda folder: float(folder.parent.name), default=None)


def _account() -> str | None:
    """Who runs PostgreSQL: root may not, so another user does then; None for whoever runs the tests."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody") if name in known)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _wait_until(answers: Callable[[], bool], program: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not answers():
        if time.monotonic() > deadline:
            raise RuntimeError(f"{program} did not start")
        time.sleep(0.02)
