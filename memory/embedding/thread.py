"""A thread of its own for work that would hold up the event loop: reading a model and computing with it."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


class OwnThread:
    """Does one piece of work after the other, in the order in which they are given. It begins at the first one."""

    def __init__(self, name: str) -> None:
        self._executor = ThreadPoolExecutor(1, thread_name_prefix=name)

    async def run(self, work: Callable[[], T]) -> T:
        """The result of `work`, done in this thread; raises what it raises."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)

    async def close(self) -> None:
        """Ends the thread after the piece it is at; what waits is dropped."""
        await asyncio.to_thread(self._executor.shutdown, wait=True, cancel_futures=True)
