"""How commands speak to a person: results on stdout, everything else on stderr, errors in one line with a next step."""

import asyncio
import os
import sys
import traceback
from collections.abc import Awaitable, Callable

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from core.errors import ConfigurationError, SophiaError
from core.logs import log_to_stderr
from core.settings import Settings

FAILED = 1
WRONG_USE = 2
INTERRUPTED = 130
FILE_WIDTH = 160


class BadInput(SophiaError):
    """What the person gave (a file, a folder, a date) cannot be used."""


def results() -> Console:
    """Where results go: as wide as the terminal, or wide enough for a table in a file."""
    return Console(width=None if sys.stdout.isatty() else FILE_WIDTH)


def notices() -> Console:
    """Where progress, hints and errors go, so that stdout holds nothing but the result."""
    return Console(stderr=True)


def plain(text: str) -> str:
    """Text of others without what a terminal would obey."""
    return "".join(letter if letter.isprintable() or letter == "\n" else " " for letter in text)


def progress(console: Console) -> Progress:
    """A progress bar for a countable piece of work."""
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
    )


def carry_out(action: Callable[[], Awaitable[int | None]], *, debug: bool) -> None:
    """Runs a command to its end and leaves with its exit code; an error becomes one line and what to do next."""
    # The defaults, until the command has read its own settings: those may be what is wrong.
    log_to_stderr(Settings.model_construct(), at_least="warning", tracebacks=debug)
    try:
        with asyncio.Runner(loop_factory=_fast_loop()) as runner:
            code = runner.run(_awaited(action))
    except KeyboardInterrupt:
        notices().print("Interrupted.")
        code = INTERRUPTED
    except BrokenPipeError:
        # The reader of our output went away (`| head`); nothing is left to tell anybody.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        code = FAILED
    except Exception as error:
        code = tell(error, debug=debug)
    raise typer.Exit(code or 0)


def tell(error: BaseException, *, debug: bool) -> int:
    """Prints an error for a person and returns the exit code that goes with it."""
    if debug:
        traceback.print_exception(error)
    console = notices()
    if isinstance(error, SophiaError):
        console.print(f"[red]Error:[/red] {escape(str(error))}", soft_wrap=True)
        if error.next_step:
            console.print(f"Next: {escape(error.next_step)}", soft_wrap=True)
        return WRONG_USE if isinstance(error, ConfigurationError | BadInput) else FAILED
    said = escape(f"{type(error).__name__}: {error}".splitlines()[0])
    console.print(f"[red]Error:[/red] {said}", soft_wrap=True)
    if not debug:
        console.print("Next: this was not expected; run `sophia --debug …` for the traceback.")
    return FAILED


def _fast_loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop, which answers twice the requests a second, where there is one."""
    try:
        import uvloop
    except ImportError:  # on Windows
        return None
    return uvloop.new_event_loop


async def _awaited(action: Callable[[], Awaitable[int | None]]) -> int | None:
    return await action()
