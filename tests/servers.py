"""Redis, PostgreSQL and a llama.cpp server of our own on free ports; tests may stop and start them.

Each is there where its program is installed; for llama.cpp also the small weights, see `weights`.
"""

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import httpx
import psycopg
import pytest
from psycopg import sql

ROOT = Path(__file__).parents[1]
WEIGHTS = Path(os.environ.get("SOPHIA_TEST_MODEL") or ROOT / ".weights" / "smollm2.gguf")

START_SECONDS = 30
"""How long a server may take before a test is told that it did not start."""

MEMORY = Path("/dev/shm")
PLENTY = 4 * 1024**3
"""Bytes: each database takes eight million, and each of four processes of tests makes a hundred at most."""

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


class LlamaServer:
    """The embedded model server as a process of its own, on a port that stays its own."""

    name = "small"
    key = "key-of-the-tests"
    context = 4096

    def __init__(self, weights: Path, folder: Path, context: int = context) -> None:
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}/v1"
        self.context = context
        self._folder = folder
        model = folder / f"{self.name}.gguf"
        model.symlink_to(weights)
        size = ["--context", str(self.context), "--parallel", "2", "--threads", "1"]
        command = [sys.executable, "-m", "api.cli", "model", "serve"]
        self._command = [*command, "--model", str(model), "--port", str(self.port), *size]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts it and waits until the model is loaded."""
        own = {"PYTHONPATH": str(ROOT), "SOPHIA_MODEL_KEY": self.key, "SOPHIA_DATA_DIR": str(self._folder)}
        with (self._folder / "out").open("wb") as output:
            self._process = subprocess.Popen(
                self._command, cwd=self._folder, env=os.environ | own, stdout=output, stderr=output
            )
        _wait_until(self._answers, "llama.cpp")

    def kill(self) -> None:
        """Ends it with SIGKILL, as a crash would."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """Ends it in good order and returns its exit code."""
        return self._end(signal.SIGTERM)

    def busy(self) -> bool:
        """Whether it is writing an answer at this moment."""
        return any(slot["is_processing"] for slot in self._get("/slots").json())

    def _end(self, how: signal.Signals) -> int:
        if self._process is None:
            return 0
        self._process.send_signal(how)
        code = self._process.wait()
        self._process = None
        return code

    def _answers(self) -> bool:
        try:
            return self._get("/health").is_success
        except httpx.HTTPError:
            return False

    def _get(self, path: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.key}"}
        return httpx.get(f"http://127.0.0.1:{self.port}{path}", headers=headers, verify=False, timeout=10)


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

    def new_database(self, like: str | None = None) -> str:
        """Makes an empty database, or a copy of the one at the address `like`, and returns its address."""
        name = f"sophia_{secrets.token_hex(6)}"
        template = "template0" if like is None else like.rpartition("/")[2]
        names = sql.Identifier(name), sql.Identifier(template)
        self.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*names))
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
    with tempfile.TemporaryDirectory(prefix="sophia-postgres-", dir=_quickest_folder()) as folder:
        server = PostgresServer(programs, Path(folder))
        server.start()
        yield server
        server.stop("immediate")


@pytest.fixture(scope="session")
def weights() -> Path:
    """The small weights that CI fetches (.ci/run), or those that SOPHIA_TEST_MODEL names."""
    if not WEIGHTS.is_file():
        pytest.skip(f"there are no weights: set SOPHIA_TEST_MODEL, or see .ci/run for {WEIGHTS.name}")
    return WEIGHTS


@pytest.fixture(scope="session")
def llama_process(weights: Path) -> Iterator[LlamaServer]:
    """A llama.cpp server; whoever kills it starts it again."""
    if find_spec("xllamacpp") is None:
        pytest.skip("xllamacpp is not installed")
    with tempfile.TemporaryDirectory(prefix="sophia-llama-") as folder:
        server = LlamaServer(weights, Path(folder))
        server.start()
        yield server
        server.stop()


def postgres_programs() -> Path | None:
    """The folder of initdb: that on the PATH, or Debian's newest."""
    on_path = shutil.which("initdb")
    if on_path is not None:
        return Path(on_path).resolve().parent
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    return max(found, key=lambda folder: float(folder.parent.name), default=None)


def _quickest_folder() -> Path:
    """Memory where there is plenty, which halves what a new database costs; it is small in many a container."""
    return MEMORY if os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= PLENTY else Path("/tmp")


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
