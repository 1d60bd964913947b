"""What every command is declared with."""

from collections.abc import Awaitable, Callable
from typing import Annotated

import typer

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout, nothing else.")]


def carry_out(context: typer.Context, work: Callable[[], Awaitable[int | None]]) -> None:
    """Runs a command's work; what that imports counts as its work, so that an error there is told like any other."""
    from api import terminal

    terminal.carry_out(work, debug=context.obj)
