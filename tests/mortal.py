"""A process that dies at one of its writes, before it or once it has happened, as a test brings it about."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any


class Crash(BaseException):
    """The end of the process: nothing catches it."""


@dataclass
class Death:
    """Dies at the `at`th write (from 0), before it happens or once it has."""

    at: int
    after: bool
    seen: int = 0

    async def around(self, write: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        number, self.seen = self.seen, self.seen + 1
        if number == self.at and not self.after:
            raise Crash
        result = await write(*arguments, **named)
        if number == self.at:
            raise Crash
        return result


class Mortal:
    """A store or a service in whose `writes`, named so, the process may die."""

    def __init__(self, whole: Any, death: Death, writes: Collection[str]) -> None:
        self._whole = whole
        self._death = death
        self._writes = writes

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._whole, name)
        if name not in self._writes:
            return method
        return lambda *arguments, **named: self._death.around(method, *arguments, **named)
