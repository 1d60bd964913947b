"""What the worker and those who do its work say to each other about one try at one delivery."""

import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Literal

from langgraph.runtime import RunControl

from core.analysis import Frozen
from core.clock import SystemClock
from memory.inbox import Delivery, Progress

NOTHING_YET = "the beginning"
"""Where a try stands that has not told of any step."""


class Ended(Frozen):
    """How a try came to its end without an error, and why.

    With `retry_at`, in the time of the world, it is to be tried again then, which is no failed try; `failed` says that
    no further try can succeed.
    """

    reason: str | None = None
    retry_at: datetime | None = None
    failed: bool = False


class Attempt(RunControl):
    """A try under way: how it is asked to stop after the step it is at, and where it tells each step that begins."""

    __slots__ = ("_progressed", "progress_made")

    def __init__(self) -> None:
        super().__init__()
        self.progress_made: Progress | None = None
        """The step it stands at; None before the first one was told."""
        self._progressed = time.monotonic()

    def progress(self, step: str) -> None:
        """Says that this step begins."""
        self.progress_made = Progress(step=step, since=SystemClock().now())
        self._progressed = time.monotonic()

    @property
    def step(self) -> str:
        """The step it stands at, in words."""
        return NOTHING_YET if self.progress_made is None else self.progress_made.step

    @property
    def still_s(self) -> float:
        """Seconds since it last came further."""
        return time.monotonic() - self._progressed


Handler = Callable[[Delivery, Attempt], Awaitable[Ended]]
"""Carries out what a delivery of its kind asks for. An attempt is a RunControl: a graph that is run with it drains."""

Tell = Callable[[Delivery, Literal["waiting", "parked"], str], Awaitable[None]]
"""Told, with the reason, when a delivery of its kind now waits or was parked."""
