"""`sophia ask`: one question, or one from each line of a file."""

import json
import sys
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from api.ask_json import answer_json, understood_json
from api.ask_shown import Screen
from api.asking import Asking, Question, open_asking
from api.demo_world import open_demo_world
from api.logs import settings_with_logs
from api.terminal import BadInput
from api.wiring import open_services
from core.people import TERMINAL, Person
from core.settings import Settings


@dataclass(frozen=True)
class Asked:
    """What the person at the terminal gave; `now` without a time zone is this machine's."""

    question: str | None = None
    email: str | None = None
    thread: str | None = None
    now: datetime | None = None
    as_json: bool = False
    parse: bool = False
    demo: bool = False
    data: Path | None = None

    @property
    def who(self) -> str | Person:
        """Who asks: the colleague that was named, else whoever sits here, who holds the database already."""
        return self.email or TERMINAL


async def answer(asked: Asked) -> int | None:
    """The command: answers and prints, words as they come where somebody watches."""
    if not (asked.question or "").strip():
        raise BadInput("nothing was asked", next_step="Give a question in quotes, or --batch FILE; see --help.")
    async with opened(asked) as asking:
        if asked.parse:
            _print(await _understood(asking, asked, asked.question or ""))
            return None
        with closing(Screen(quiet=asked.as_json)) as screen:
            said = await asking.ask(_question(asked, asked.question or "", screen), asked.who)
        if asked.as_json:
            _print(answer_json(said))
        else:
            screen.show(said)
    return None


async def answer_batch(asked: Asked, file: Path) -> int | None:
    """The command for a file: a JSON object on a line of its own for each question, in their order.

    Every line is a conversation of its own, unless a thread is named for all.
    """
    questions = list(_lines(file))
    async with opened(asked) as asking:
        for text in questions:
            if asked.parse:
                told = await _understood(asking, asked, text)
            else:
                told = answer_json(await asking.ask(_question(asked, text, Screen(quiet=True)), asked.who))
            _print({"question": text, **told}, indent=None)
    return None


@asynccontextmanager
async def opened(asked: Asked) -> AsyncIterator[Asking]:
    """Everything that questions need: over the owner's settings, or over the demo's world."""
    settings = settings_with_logs()
    async with AsyncExitStack() as stack:
        if asked.demo:
            settings = await stack.enter_async_context(open_demo_world(settings, asked.data))
        services = await stack.enter_async_context(open_services(_at(settings, asked.now), asking=True))
        yield await stack.enter_async_context(open_asking(services))


def _at(settings: Settings, now: datetime | None) -> Settings:
    """The settings with time standing still at the moment that was given."""
    if now is None:
        return settings
    return settings.model_copy(update={"fixed_clock": now if now.tzinfo else now.astimezone()})


def _question(asked: Asked, text: str, screen: Screen) -> Question:
    return Question(text=text, thread=asked.thread or uuid.uuid4().hex, tell=screen.tell)


async def _understood(asking: Asking, asked: Asked, text: str) -> dict[str, object]:
    """What was understood of a question, and what its actions would need; nothing is changed."""
    return understood_json(await asking.understood(_question(asked, text, Screen(quiet=True)), asked.who))


def _lines(file: Path) -> Iterator[str]:
    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(
            f"{file} cannot be read: {error}", next_step="Give a text file with a question a line."
        ) from error
    return (line.strip() for line in text.split("\n") if line.strip())


def _print(told: dict[str, object], indent: int | None = 2) -> None:
    sys.stdout.write(json.dumps(told, indent=indent, ensure_ascii=False) + "\n")
    sys.stdout.flush()
