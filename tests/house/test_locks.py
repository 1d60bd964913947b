"""The locks pin everything that pyproject.toml asks for, with hashes and without anybody's address."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements.lock", "requirements-dev.lock")


def pinned(lock: str) -> dict[str, str]:
    text = (ROOT / lock).read_text()
    return {name.lower().replace("_", "-"): version for name, version in re.findall(r"^([\w.-]+)==(\S+)", text, re.M)}


def wanted(requirement: str) -> str:
    return re.split(r"[\[<>=!; ]", requirement, maxsplit=1)[0].lower().replace("_", "-")


def project() -> dict[str, object]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


@pytest.mark.parametrize("lock", LOCKS)
def test_no_address_stands_in_a_lock(lock: str) -> None:
    assert "://" not in (ROOT / lock).read_text()


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_has_a_hash(lock: str) -> None:
    entries = re.split(r"^(?=[\w.-]+==)", (ROOT / lock).read_text(), flags=re.M)
    assert [entry.split("==")[0] for entry in entries if "==" in entry and "--hash=sha256:" not in entry] == []


def test_every_dependency_is_pinned() -> None:
    dependencies = project()["project"]["dependencies"]  # type: ignore[index]
    assert {wanted(line) for line in dependencies} - set(pinned("requirements.lock")) == set()


def test_every_development_dependency_is_pinned() -> None:
    group = project()["dependency-groups"]["dev"]  # type: ignore[index]
    assert {wanted(line) for line in group} - set(pinned("requirements-dev.lock")) == set()


def test_both_locks_agree() -> None:
    runtime, development = pinned("requirements.lock"), pinned("requirements-dev.lock")
    assert {name: version for name, version in runtime.items() if development.get(name) != version} == {}
