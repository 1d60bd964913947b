"""`sophia chat`: a conversation on a terminal, turn by turn on one thread."""

import asyncio
import sys
import uuid

from api.ask import Asked, opened
from api.ask_shown import Screen
from api.asking import Question
from api.terminal import notices, tell
from core.errors import ConfigurationError, SophiaError

ENDS = frozenset({"", "bye", "exit", "quit", "/quit", "/exit"})


async def converse(asked: Asked) -> None:
    """The command: answers line by line until an empty one; an error ends a turn, not the conversation."""
    thread = asked.thread or uuid.uuid4().hex
    async with opened(asked) as asking:
        notices().print("Ask away; an empty line ends it. For example: my overdue tasks", markup=False)
        while (line := await _next()) is not None:
            screen = Screen()
            try:
                screen.show(await asking.ask(Question(text=line, thread=thread, tell=screen.tell), asked.who))
            except ConfigurationError:
                raise
            except SophiaError as error:
                tell(error, debug=False)
            finally:
                screen.close()
    if asked.thread is None:
        notices().print(f"Go on later with: sophia chat --thread {thread}", markup=False)


async def _next() -> str | None:
    """The next line, None at the end; read in a thread, so that what runs beside goes on."""
    if sys.stdin.isatty():
        notices().print("> ", end="")
        await _line_is_there()
    line = await asyncio.to_thread(sys.stdin.readline)
    said = line.strip()
    return None if not line or said.lower() in ENDS else said


async def _line_is_there() -> None:
    """Until a line stands on the terminal, waited for by the loop: a thread that reads could not be interrupted."""
    loop, there = asyncio.get_running_loop(), asyncio.Event()
    try:
        loop.add_reader(sys.stdin.fileno(), there.set)
    except NotImplementedError:  # on Windows
        return
    try:
        await there.wait()
    finally:
        loop.remove_reader(sys.stdin.fileno())
