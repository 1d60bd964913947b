"""Packages that add agents, as pip leaves them on a machine: their modules and a `.dist-info` beside them."""

import shutil
import tomllib
from pathlib import Path

HERE = Path(__file__).parent
COMMISSION = HERE / "commission"
"""A package as somebody would write it."""


def install(package: Path, site: Path) -> None:
    """Puts a package into the folder `site`, as `pip install --target` does without asking anybody."""
    project = tomllib.loads((package / "pyproject.toml").read_text(encoding="utf-8"))
    about = project["project"]
    for name in project["tool"]["setuptools"]["packages"]:
        shutil.copytree(package / name, site / name, ignore=shutil.ignore_patterns("__pycache__"))
    written_down(site, about["name"], about["version"], about["entry-points"]["sophia.agents"])


def install_module(site: Path, name: str, text: str, attribute: str = "SPEC") -> None:
    """Puts a package of one module into `site` that says that it adds an agent."""
    site.mkdir(exist_ok=True)
    (site / f"{name}.py").write_text(text, encoding="utf-8")
    written_down(site, name, "0.1", {name: f"{name}:{attribute}"})


def written_down(site: Path, name: str, version: str, agents: dict[str, str]) -> None:
    """What pip writes down of a package, by which its entry points are found."""
    folder = site / f"{name.replace('-', '_')}-{version}.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(f"Metadata-Version: 2.4\nName: {name}\nVersion: {version}\n", encoding="utf-8")
    lines = [f"{entry} = {value}" for entry, value in agents.items()]
    (folder / "entry_points.txt").write_text("\n".join(["[sophia.agents]", *lines, ""]), encoding="utf-8")
    (folder / "INSTALLER").write_text("pip\n", encoding="utf-8")
