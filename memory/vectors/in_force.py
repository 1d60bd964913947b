"""Which embedding model is in force among all processes at one database (a row of sync_cursor).

Otherwise two processes with different embedders would carry out the change to their own model by turns, for ever.
"""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

from core.clock import SystemClock
from core.errors import ServiceError, Unavailable
from memory.cursors import Cursors
from memory.database import Database

NAME: Final = "memory:embedder"

AGAIN: Final = timedelta(minutes=1)
"""How often a process that mends says its model again."""

SILENCE: Final = timedelta(minutes=10)
"""How long nobody must have said the model in force before another one may take its place."""

NEXT_STEP: Final = (
    "Set the same SOPHIA_EMBEDDER for all, or stop the other. "
    f"The change is carried out {SILENCE.seconds // 60} minutes after that."
)


class ModelInForce:
    """Says the model of this process, and whether it is the one in force. Goes by the machine's own time."""

    def __init__(self, database: Database, model: str) -> None:
        self._model = model
        self._clock = SystemClock()
        self._cursors = Cursors(database, self._clock)
        self._said_at: datetime | None = None

    async def say(self) -> str:
        """Puts this model in force, unless another one is; returns the one that is. Writes once a minute at most."""
        now = self._clock.now()
        if self._said_at is not None and now - self._said_at < AGAIN:
            return self._model
        in_force = await self._cursors.claim(NAME, self._model, now - SILENCE)
        self._said_at = now if in_force == self._model else None
        return in_force

    async def insist(self) -> None:
        """As `say`; raises Unavailable when another model is in force."""
        in_force = await self.say()
        if in_force != self._model:
            raise Unavailable("embedding", f"another Sophia embeds by {in_force}", next_step=NEXT_STEP)

    async def withdraw(self) -> None:
        """Says no longer what this process has said, at its end: another model may take its place at once."""
        if self._said_at is not None:
            with suppress(ServiceError):  # it lapses
                await self._cursors.remove(NAME, self._model)
