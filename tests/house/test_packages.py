"""pyproject.toml names every package of ours, so that an installed Sophia lacks none."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
NOT_SHIPPED = {"bench", "tests", "docs", "deploy"}


def on_disk() -> set[str]:
    """Every folder with Python in it, as a package's name."""
    modules = (path.relative_to(ROOT) for path in ROOT.glob("*/**/*.py"))
    folders = {module.parent for module in modules if not module.parts[0].startswith(".")}
    return {".".join(folder.parts) for folder in folders if folder.parts[0] not in NOT_SHIPPED}


def test_every_package_is_listed() -> None:
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    assert on_disk() == set(listed)


def test_everything_that_is_not_python_is_listed() -> None:
    setuptools = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    shipped = {
        path
        for package, patterns in setuptools["package-data"].items()
        for pattern in patterns
        for path in (ROOT / package.replace(".", "/")).glob(pattern)
    }
    needed = {
        path
        for room in ("nodes", "sandbox", "tools", "memory", "core", "graphs", "api")
        for path in (ROOT / room).rglob("*")
        if path.is_file() and path.suffix != ".py" and "__pycache__" not in path.parts
    }
    assert needed - shipped == set()
