"""Jobs: work that is done later, beside other work, and on a schedule. The engine is pydocket.

With Redis the jobs of all processes share one queue, and a job whose process died is given to another. Without it they
live in this process alone and are gone with it, and Redis may lose what it holds, so whatever must not be lost is first
a row of the inbox. For the same reason nothing is tried again here: a job that fails is logged and counted, and the
inbox decides what comes next. The engine goes on by itself when a Redis that was away is back, with its data or not.
"""

import asyncio
import os
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self
from uuid import uuid4

import structlog

from core.errors import ConfigurationError, SophiaError, Unavailable
from core.redis import ANSWER_S, ask, engine_quiet_on_outages, errors_of_redis, with_connections

if TYPE_CHECKING:
    from docket import Docket, Execution, Worker

Job = Callable[[str], Awaitable[None]]
"""A job takes one text: the id of what it works on."""

Observe = Callable[[str, Literal["done", "failed"], float], None]
"""Told of each job that ended: its name, how, and the seconds it took."""

CHECK_INTERVAL = timedelta(milliseconds=10)
"""How often the worker looks for free hands: at concurrency 8 about 700 jobs a second, for 5 % of a core when idle."""

SCHEDULE_INTERVAL = timedelta(milliseconds=100)
"""How often jobs that have become due are moved to the queue."""

REDELIVERY = timedelta(seconds=8)
"""A running job renews its claim four times in this time, so it does not limit how long a job may take."""

RECONNECTION = timedelta(seconds=1)
"""How often a Redis that is away is tried again."""

ENDED_JOB_LIFE = timedelta(seconds=60)
"""How long the trace of an ended job stays in Redis; nobody reads it."""

IDLE_CHECK_S = 0.02

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Queued:
    """A job to be put on the queue, for now or for `when`; while one with this key is pending it changes nothing."""

    name: str
    argument: str
    key: str
    when: datetime | None = None

    @property
    def whole_key(self) -> str:
        """The key among the jobs of every name."""
        return f"{self.name}:{self.key}"


class Jobs:
    """A queue of named jobs and the worker of this process, to be used with `async with`.

    `url` is Redis' (None: a queue in this process), `name` keeps the jobs of several installations on one Redis apart,
    `concurrency` is how many jobs run here at once, `drain` how long running jobs may go on after `stop`, and
    `redelivery` after how long without a sign of life a process's jobs are given to another. One that is `patient`
    begins though Redis is away, and works as soon as it is there.
    """

    def __init__(
        self,
        url: str | None,
        name: str,
        concurrency: int,
        *,
        drain: timedelta = timedelta(seconds=20),
        redelivery: timedelta = REDELIVERY,
        observe: Observe | None = None,
        patient: bool = False,
    ) -> None:
        self.is_shared = url is not None
        """Whether other processes share this queue."""
        self._url = f"memory://{uuid4()}" if url is None else with_connections(url, concurrency)
        self._name = f"sophia:{name}"
        self._concurrency = concurrency
        self._drain_s = drain.total_seconds()
        self._redelivery = redelivery
        self._observe = observe
        self._patient = patient
        self._on_return: Callable[[], Awaitable[object]] | None = None
        self._jobs: dict[str, Job] = {}
        self._intervals: dict[str, timedelta] = {}
        self._at_work: set[str] = set()
        self._again: dict[str, datetime] = {}
        self._connected: Docket | None = None
        self._stack = AsyncExitStack()
        self._stopping = asyncio.Event()
        self.running = False
        """Whether the worker of this process takes jobs."""

    async def __aenter__(self) -> Self:
        """Connects; raises Unavailable when Redis does not answer, unless this one is patient."""
        from docket import Docket  # takes a second to import

        docket = Docket(name=self._name, url=self._url, execution_ttl=ENDED_JOB_LIFE)
        async with AsyncExitStack() as stack:
            with errors_of_redis():
                await stack.enter_async_context(docket)
                if not self._patient:
                    await ask(docket)
            self._stack = stack.pop_all()
        self._connected = docket
        for name in self._jobs:
            docket.register(self._task(name), names=[name])
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._connected = None
        await self._stack.__aexit__(kind, error, traceback)

    def register(self, name: str, function: Job) -> None:
        """Says what the jobs of this name do; every process that queues or works on them registers them."""
        self._jobs[name] = function
        if self._connected is not None:
            self._connected.register(self._task(name), names=[name])

    def knows(self, name: str) -> bool:
        """Whether jobs of this name are registered."""
        return name in self._jobs

    def every(self, name: str, interval: timedelta) -> None:
        """Has a registered job run, with an empty argument, when `run` begins and then after every interval.

        It runs once, however many processes there are, and a failure does not end the series.
        """
        self._require(name)
        self._intervals[name] = interval

    async def enqueue(self, name: str, argument: str, key: str, when: datetime | None = None) -> None:
        """Queues a registered job, for now or for `when`; while one with this key is pending this changes nothing.

        Queued from this process while the job of this key runs, it runs once more afterwards, at the earliest of the
        moments asked for. Raises Unavailable when Redis does not answer.
        """
        await self.enqueue_many([Queued(name, argument, key, when)])

    async def enqueue_many(self, queued: Sequence[Queued]) -> None:
        """Queues jobs as `enqueue` does, in a few round trips for all of them.

        Raises Unavailable when Redis did not take every one of them; all may be queued again then.
        """
        for job in queued:
            self._require(job.name)
        docket = self._docket
        if not queued:
            return
        calls = [docket.call(job.name, when=job.when, key=job.whole_key)(job.argument, job.whole_key) for job in queued]
        with errors_of_redis():
            async with asyncio.timeout(ANSWER_S):
                executions = await docket.add_many(calls)
            for job, execution in zip(queued, executions, strict=True):
                self._note(job, execution)

    async def answers(self) -> bool:
        """Whether the queue can be reached; one in this process always can."""
        try:
            with errors_of_redis():
                await ask(self._docket)
        except Unavailable as error:
            log.debug("redis.silent", detail=str(error))
            return False
        return True

    def when_back(self, function: Callable[[], Awaitable[object]]) -> None:
        """Has this done, while jobs run here, each time Redis was away and is back: it may have lost what it held."""
        self._on_return = function

    async def run(self) -> None:
        """Works until `stop` is called or this is cancelled, then lets running jobs end within the drain time.

        Jobs that are still running then are cancelled; Redis gives them to another process.
        """
        async with self._worker(with_schedule=True) as worker, _watching(self._watch()):
            await self._work(worker, self._stopping.wait())

    async def run_until_idle(self) -> None:
        """Works until no job is running or due. Jobs for later stay queued, and periodic ones do not begin."""
        async with self._worker(with_schedule=False) as worker:
            await self._work(worker, self._idle_or_stopping())

    def stop(self) -> None:
        """Has `run` take no further job and come to its end; called before it began, it ends at once."""
        self._stopping.set()

    @property
    def _docket(self) -> "Docket":
        if self._connected is None:
            raise ConfigurationError("jobs are used outside of their `async with`")
        return self._connected

    def _note(self, job: Queued, execution: "Execution") -> None:
        """Raises what kept this job from the queue; one that runs here at this moment is noted for once more."""
        from docket import Disposition

        if execution.schedule_exception is not None:
            raise execution.schedule_exception
        if execution.disposition is Disposition.ALREADY_SCHEDULED and job.whole_key in self._at_work:
            wanted = job.when or datetime.now(UTC)
            self._again[job.whole_key] = min(wanted, self._again.get(job.whole_key, wanted))

    def _require(self, name: str) -> None:
        if name not in self._jobs:
            raise ConfigurationError(f"no job named {name} is registered")

    def _worker(self, *, with_schedule: bool) -> "Worker":
        from docket import Worker

        for name, interval in self._intervals.items() if with_schedule else ():
            self._docket.register(self._periodic_task(name, interval))
        return Worker(
            self._docket,
            name=f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}",
            concurrency=self._concurrency,
            redelivery_timeout=self._redelivery,
            reconnection_delay=RECONNECTION,
            minimum_check_interval=CHECK_INTERVAL,
            scheduling_resolution=SCHEDULE_INTERVAL,
            schedule_automatic_tasks=with_schedule,
        )

    async def _work(self, worker: "Worker", until: Coroutine[Any, Any, object]) -> None:
        working = asyncio.create_task(worker.run_forever())
        waiting = asyncio.create_task(until)
        self.running = True
        try:
            await asyncio.wait({working, waiting}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.running = False
            waiting.cancel()
            await self._end(working)
            self._stopping.clear()
        for task in (working, waiting):
            if task.done() and not task.cancelled():
                task.result()

    async def _watch(self) -> None:
        """Says when Redis goes away and when it is back; the engine itself tries again and again all the while."""
        away = False
        while self.is_shared:
            answers = await self.answers()
            if away and answers:
                log.info("redis.back")
                await self._returned()
            elif not away and not answers:
                log.error("redis.away", next_step="Start it again. What was accepted is safe and goes on by itself.")
            away = not answers
            await asyncio.sleep(RECONNECTION.total_seconds())

    async def _returned(self) -> None:
        try:
            if self._on_return is not None:
                await self._on_return()
        except SophiaError as error:
            log.warning("redis.return_failed", detail=str(error))

    async def _end(self, working: asyncio.Task[None]) -> None:
        """The worker takes a first cancellation as: nothing new, finish what runs. A second ends that too."""
        working.cancel()
        try:
            await asyncio.wait({working}, timeout=self._drain_s)
        finally:
            if not working.done():
                log.warning("jobs.cancelled", running=sorted(self._at_work), after_s=self._drain_s)
                working.cancel()
                await asyncio.wait({working})

    async def _idle_or_stopping(self) -> None:
        while not self._stopping.is_set():
            if await self._is_idle():
                return
            await asyncio.sleep(IDLE_CHECK_S)

    async def _is_idle(self) -> bool:
        with errors_of_redis():
            async with self._docket.redis() as redis, redis.pipeline() as pipeline:
                pipeline.xlen(self._docket.stream_key)  # queued or running: an entry goes when its job has ended
                pipeline.zcount(self._docket.queue_key, "-inf", datetime.now(UTC).timestamp())
                return not any(await pipeline.execute())

    def _task(self, name: str) -> Callable[[str, str], Awaitable[None]]:
        """The job as the engine knows it: with its key, so that a job can be queued again while it runs."""

        async def task(argument: str, key: str) -> None:
            self._at_work.add(key)
            try:
                await self._carry_out(name, argument)
            finally:
                self._at_work.discard(key)
                again = self._again.pop(key, None)
            if again is not None:
                with errors_of_redis():
                    await self._docket.replace(name, when=again, key=key)(argument, key)

        return task

    def _periodic_task(self, name: str, interval: timedelta) -> Callable[..., Awaitable[None]]:
        from docket import Perpetual

        async def task(every: Perpetual = Perpetual(every=interval, automatic=True)) -> None:
            await self._carry_out(name, "")

        task.__name__ = f"every:{name}"  # the engine's name and key of the series
        return task

    async def _carry_out(self, name: str, argument: str) -> None:
        began = time.perf_counter()
        result: Literal["done", "failed"] = "failed"
        try:
            with structlog.contextvars.bound_contextvars(job=name):
                await self._jobs[name](argument)
            result = "done"
        except Unavailable as error:  # no fault of the job: whoever gave it sees to it that it comes again
            log.warning("job.put_off", job=name, argument=argument, detail=str(error))
        except Exception as error:  # whatever it is, the worker and the other jobs go on
            log.error("job.failed", job=name, argument=argument, exc_info=error)
        finally:
            if self._observe is not None:
                self._observe(name, result, time.perf_counter() - began)


@asynccontextmanager
async def _watching(watch: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Has somebody watch Redis, who says once what the engine would say all the time."""
    watching = asyncio.create_task(watch)
    try:
        with engine_quiet_on_outages():
            yield
    finally:
        watching.cancel()
        await asyncio.wait((watching,))
