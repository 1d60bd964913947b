"""A folder of installed packages that Python looks into, and the registry as it is read anew from it."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from graphs.registry import installed
from tests.api.conftest import alone
from tests.nodes.querying.conftest import house, world

__all__ = ["alone", "house", "world"]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder; what a test imports from it is forgotten again."""
    folder = tmp_path / "site"
    folder.mkdir()
    before = set(sys.modules)
    monkeypatch.syspath_prepend(str(folder))
    installed.cache_clear()
    yield folder
    installed.cache_clear()
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(folder)):
            del sys.modules[name]
