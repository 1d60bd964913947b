"""One reading for all who ask for the same at once in this process."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, Generic, TypeVar

from core.errors import Unavailable
from memory.cache.entry import Place

CANCEL_AGAIN_S: Final = 0.1

T = TypeVar("T")


@dataclass
class Flight(Generic[T]):
    """A reading under way. Once it is `closed`, who asks then waits for its end and begins another."""

    closed: bool = False
    waiting: int = 0
    left_alone: bool = False
    """Somebody did not want to wait, and relies on its going on."""
    task: asyncio.Task[T] = field(init=False)


class Flights(Generic[T]):
    """The readings under way by place. Each is a task of its own, so that whoever began it may be cancelled."""

    def __init__(self) -> None:
        self._under_way: dict[Place, Flight[T]] = {}
        self._tasks: set[asyncio.Task[T]] = set()

    async def share(
        self, place: Place, begin: Callable[[Flight[T]], Coroutine[Any, Any, T]], patience_s: float | None
    ) -> T | None:
        """What the reading gives that is under way or that begins now; None when it takes longer than the patience.

        It ends with the last who waits for it, unless somebody lost patience: then it goes on for who comes next.
        """
        flight = await self._joined(place, begin)
        flight.waiting += 1
        try:
            await asyncio.wait({flight.task}, timeout=patience_s)
        except asyncio.CancelledError:
            if flight.waiting == 1 and not flight.left_alone:
                self._remove(place, flight)
                flight.task.cancel()
            raise
        finally:
            flight.waiting -= 1
        if not flight.task.done():
            flight.left_alone = True
            return None
        return _result(flight.task)

    async def close(self) -> None:
        """Ends every reading."""
        await end(tuple(self._tasks))

    async def _joined(self, place: Place, begin: Callable[[Flight[T]], Coroutine[Any, Any, T]]) -> Flight[T]:
        while (flight := self._of(place)) is not None and flight.closed:
            await asyncio.wait({flight.task})
        if flight is None:
            flight = self._under_way[place] = Flight()
            flight.task = asyncio.create_task(begin(flight))
            self._tasks.add(flight.task)
            flight.task.add_done_callback(partial(self._ended, place, flight))
        return flight

    def _of(self, place: Place) -> Flight[T] | None:
        """The one under way. One that has just ended may not have been removed yet, and is none any more."""
        flight = self._under_way.get(place)
        return None if flight is None or flight.task.done() else flight

    def _ended(self, place: Place, flight: Flight[T], task: asyncio.Task[T]) -> None:
        self._tasks.discard(task)
        self._remove(place, flight)

    def _remove(self, place: Place, flight: Flight[T]) -> None:
        if self._under_way.get(place) is flight:  # not another that has begun in the meantime
            del self._under_way[place]


def _result(task: asyncio.Task[T]) -> T:
    if task.cancelled():
        raise Unavailable("cache", "the reading was ended before it was done", next_step="Ask again.")
    return task.result()


async def end(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancels tasks until they have ended: a library may lose a cancellation, as `wait_for` of Python 3.11 does."""
    while pending := {task for task in tasks if not task.done()}:
        for task in pending:
            task.cancel()
        await asyncio.wait(pending, timeout=CANCEL_AGAIN_S)
