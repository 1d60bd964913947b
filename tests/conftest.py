"""What holds for every test: the network is loopback only, and no setting comes from the developer's own machine."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_socket import socket_allow_hosts

pytest_plugins = ["tests.servers", "tests.databases", "tests.commands"]


@pytest.fixture(autouse=True)
def _loopback_only() -> None:
    """Refuse every connection but to this machine."""
    socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Forget SOPHIA_ variables and any .env: each test says what it needs."""
    for name in [name for name in os.environ if name.startswith(("SOPHIA_", "LANGSMITH_", "LANGCHAIN_"))]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    yield


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Where every service binary is installed (TESTS_MAY_SKIP=0), a skipped test is a failure."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("TESTS_MAY_SKIP") == "0" and reporter is not None and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
