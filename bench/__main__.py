"""Runs the benchmarks and prints a table: `python -m bench [NAME ...]`, all of them without a name."""

import argparse
import sys
from importlib import import_module
from pkgutil import iter_modules

from rich.console import Console
from rich.table import Table

import bench
from bench.figure import Figure

NOT_BENCHMARKS = {"__main__", "asked", "figure", "servers", "world"}


def names() -> list[str]:
    """The benchmarks there are: every module of this package with a `measure` function."""
    return sorted(module.name for module in iter_modules(bench.__path__) if module.name not in NOT_BENCHMARKS)


def main() -> None:
    """Parse the command line, run, print."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of: {', '.join(names())}")
    wanted = parser.parse_args().names or names()
    if unknown := set(wanted) - set(names()):
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    table = Table("what", "measured", "beside", "goal", title="Sophia, measured on this machine")
    for name in wanted:
        print(f"{name} ...", file=sys.stderr, flush=True)
        figures: list[Figure] = import_module(f"bench.{name}").measure()
        for figure in figures:
            table.add_row(*figure.row())
    Console().print(table)


if __name__ == "__main__":
    main()
