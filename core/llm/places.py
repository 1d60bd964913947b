"""The queue before the model servers: who asked first goes first, to whichever server is free."""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from core.llm.load import Load, Place, least_loaded


@dataclass(eq=False)
class Waiting:
    """Somebody who would go to any of these; is given a place, or None when all of them are failing."""

    loads: Sequence[Load]
    given: asyncio.Future[Place | None]

    def wakes_in(self) -> float | None:
        """Seconds until one of them may be tried again; None when nothing but another's end can help."""
        return min((load.cooling for load in self.loads if load.cooling), default=None)


class Places:
    """Gives out the places at all servers of a pool."""

    def __init__(self) -> None:
        self._queue: deque[Waiting] = deque()

    async def take(self, loads: Sequence[Load]) -> Place | None:
        """A place at one of these, waited for as long as it takes; None when none of them is well.

        It must be left (`with`) and then `serve` called.
        """
        waiting = Waiting(loads, asyncio.get_running_loop().create_future())
        self._queue.append(waiting)
        try:
            self.serve()
            while not waiting.given.done():
                await asyncio.wait({waiting.given}, timeout=waiting.wakes_in())
                self.serve()
            return waiting.given.result()
        except asyncio.CancelledError as cancelled:
            self._leave(waiting, cancelled)
            raise

    def serve(self) -> None:
        """Gives what is free to those who wait, in their order."""
        for waiting in tuple(self._queue):
            load = least_loaded(waiting.loads)
            if load is not None:
                self._give(waiting, load.take())
            elif all(load.hopeless for load in waiting.loads):
                self._give(waiting, None)

    def _give(self, waiting: Waiting, place: Place | None) -> None:
        self._queue.remove(waiting)
        waiting.given.set_result(place)

    def _leave(self, waiting: Waiting, cancelled: BaseException) -> None:
        """Takes somebody out of the queue, and a place back that was given at the very moment they left."""
        if waiting in self._queue:
            self._queue.remove(waiting)
        elif waiting.given.done() and (place := waiting.given.result()) is not None:
            place.load.give_back(place, cancelled)
            self.serve()
