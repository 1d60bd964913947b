"""`sophia memory forget` and `export`: what is known of a person, a thread, a call or a record, taken out or told."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import typer
from rich.text import Text

from api.logs import settings_with_logs
from api.memory import Need, open_database, open_memory
from api.storage import database_url
from api.terminal import FAILED, BadInput, notices, results
from core.clock import clock_at
from core.people import TERMINAL
from memory.checkpoints import open_checkpoints
from memory.forgetting.export import Export
from memory.forgetting.forgetting import Forgetting
from memory.forgetting.receipts import Receipt
from nodes.state import CHECKPOINTED

FOR_OWNER_ONLY: Final = 0o600


async def forget(subject: str, *, yes: bool, as_json: bool) -> int:
    """The command: asks, forgets, prints the receipt; 1 when the person says no, or something must wait."""
    async with _forgetting("if free") as forgetting:
        if not yes and not await _agreed(await forgetting.export(subject)):
            notices().print("Nothing was forgotten.")
            return FAILED
        receipt = await forgetting.forget(subject, TERMINAL.name)
    if as_json:
        sys.stdout.write(receipt.model_dump_json(indent=2) + "\n")
    else:
        for line in _lines(receipt):
            results().print(Text(line), soft_wrap=True)
    for waiting in receipt.waiting:
        told = f"Not done yet: {waiting}. `sophia serve` goes on with it, or the same command again."
        notices().print(Text(told), soft_wrap=True)
    return 0 if receipt.done_at else FAILED


async def export(subject: str, out: Path | None) -> None:
    """The command: writes all that is known of a subject as JSON, to a file that only its owner may read."""
    async with _forgetting("none") as forgetting:
        text = (await forgetting.export(subject)).model_dump_json(indent=2) + "\n"
    if out is None:
        sys.stdout.write(text)
        return
    await asyncio.to_thread(_write, out, text)
    notices().print(Text(f"Written to {out}."), soft_wrap=True)


@asynccontextmanager
async def _forgetting(index: Need) -> AsyncIterator[Forgetting]:
    settings = settings_with_logs()
    clock = clock_at(settings.fixed_clock)
    async with (
        open_database(settings) as database,
        open_checkpoints(database_url(settings), CHECKPOINTED) as checkpoints,
        open_memory(settings, database, clock, index=index) as memory,
    ):
        yield memory.forgetting(checkpoints)


async def _agreed(known: Export) -> bool:
    """Says how much there is and asks for a yes; raises BadInput where nobody can be asked."""
    if not sys.stdin.isatty():
        raise BadInput("nobody is here to say yes", next_step="Look with `sophia memory export`, then give --yes.")
    told = ", ".join(f"{len(section)} {name}" for name, section in known.sections.items()) or "nothing"
    notices().print(Text(f"Known of {known.subject}: {told}."), soft_wrap=True)
    return await asyncio.to_thread(typer.confirm, "Forget it for good?", err=True)


def _lines(receipt: Receipt) -> Iterator[str]:
    removed = ", ".join(f"{count} {name}" for name, count in receipt.removed.items()) or "nothing was there"
    asked = f"asked by {receipt.asked_by} at {receipt.asked_at:%Y-%m-%d %H:%M} UTC"
    yield f"Receipt {receipt.id}: {receipt.subject}, {asked}."
    yield f"Removed: {removed}."
    for elsewhere in receipt.not_reached:
        yield f"Not reached: {elsewhere}"


def _write(out: Path, text: str) -> None:
    try:
        handle = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FOR_OWNER_ONLY)
    except OSError as error:
        step = "Give another name with --out."
        raise BadInput(f"{out} cannot be written: {error.strerror}", next_step=step) from error
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
