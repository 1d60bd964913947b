"""The one place that puts clients, database and jobs together; everything else is handed them."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final, TypeVar, cast

from api.approvals_expiry import schedule_expiry
from api.approvals_work import approval_handler, then_opening_approvals
from api.attempt import Handler
from api.collect import Collector
from api.handlers import call_handler, call_teller
from api.hubspot_events import schedule_events
from api.hubspot_poll import schedule_poll
from api.improve import Improvement, asking, schedule_improvement
from api.intake import KIND, Intake
from api.memory import Need, OpenMemory, open_memory
from api.model import Model, open_model, patience_of
from api.policy_file import policy_in_force
from api.poll import Poller
from api.prune import prune_on_schedule
from api.storage import database_url
from api.undo_orders import undo_handler
from api.unset import Closing, client_or_refusal
from api.worker import Worker
from core.clock import Clock, SystemClock, clock_at
from core.jobs import Jobs
from core.metrics import Metrics
from core.retry import RetryPolicy
from core.settings import Settings
from graphs.approval_workflow import ApprovalWorkflow, build_approval_workflow, open_approval
from graphs.call_workflow import build_call_workflow
from memory.approvals import KIND as APPROVAL
from memory.checkpoints import Checkpoints, open_checkpoints
from memory.database import Database
from memory.forgetting.forgetting import Forgetting
from memory.inbox import Delivery
from memory.records import Records
from memory.retention import Retention
from nodes.acting.finishing import finish_left
from nodes.call_analysis.extractive import ExtractiveAnalyst
from nodes.changing_crm import ChangingCrm
from nodes.context import Analyst, Context, WorkflowOptions
from nodes.state import CHECKPOINTED
from nodes.turns import SharedTurns
from nodes.undo.request import KIND as UNDO
from tools.gong.client import GongClient
from tools.hubspot.client import HubSpotClient
from tools.slack.client import SlackClient

REQUEUE_INTERVAL: Final = timedelta(seconds=30)
"""How soon work is taken up that a dead process or a forgetful queue has left behind."""

RETENTION_INTERVAL: Final = timedelta(hours=1)

FORGETTING_INTERVAL: Final = timedelta(minutes=5)

WHILE_SOMEBODY_WAITS: Final = RetryPolicy(attempts=3, total_seconds=10)
"""Of HubSpot, for a person at a terminal: what is known already is told then, or that it is away."""

C = TypeVar("C", bound=Closing)


@dataclass(frozen=True)
class Services:
    """Everything an embedded Sophia is made of. `clock` is the time of the world, `wall` that of leases and queues."""

    settings: Settings
    clock: Clock
    wall: Clock
    database: Database
    records: Records
    jobs: Jobs
    metrics: Metrics
    context: Context
    intake: Intake
    worker: Worker
    collector: Collector
    poller: Poller
    retention: Retention
    checkpoints: Checkpoints
    approvals: ApprovalWorkflow
    memory: OpenMemory
    forgetting: Forgetting
    model: Model | None = None

    def schedule(self) -> None:
        """Registers what `sophia serve` does by itself: looking for new calls, and taking up what was left."""
        self.jobs.register("poll", self.poller.poll)
        self.jobs.every("poll", timedelta(minutes=self.settings.poll_minutes))
        schedule_events(self.jobs, self.context, self.metrics)
        schedule_poll(self.jobs, self.context, self.metrics, self.settings.hubspot_poll_minutes)
        schedule_expiry(self)
        self.schedule_improvement()
        self.schedule_retention()
        self.schedule_forgetting()
        self.schedule_requeue()

    def schedule_improvement(self) -> None:
        """Registers the improvement of what was analysed without the model, where one is set up."""
        if self.model is not None:
            answers = asking(self.model.pool)
            improvement = Improvement(self.records, self.intake, answers, self.metrics, self.clock)
            schedule_improvement(self.jobs, improvement)

    def schedule_retention(self) -> None:
        """Registers the removal of what is older than the owner keeps it."""

        async def prune(_argument: str) -> None:
            await prune_on_schedule(self.retention, self.settings)

        self.jobs.register("retention", prune)
        self.jobs.every("retention", RETENTION_INTERVAL)

    def schedule_forgetting(self) -> None:
        """Registers the end of what somebody asked to be forgotten, where a process died over it."""

        async def forget(_argument: str) -> None:
            await self.forgetting.resume()

        self.jobs.register("forgetting", forget)
        self.jobs.every("forgetting", FORGETTING_INTERVAL)

    async def open_approval(self, approval_id: str) -> None:
        """Brings what a conversation asks of people to where it waits for their answer."""
        await open_approval(self.approvals, self.context, approval_id)

    async def carry_out(self, delivery: Delivery) -> None:
        """Works on a delivery now; what cannot be done now is tried again as every other."""
        await self.worker.work(str(delivery.id))

    async def keep_index(self) -> None:
        """Keeps the vector index true to the database until it is cancelled; one that is away is tried again."""
        if self.memory.upkeep is not None:
            await self.memory.upkeep.run()

    def schedule_requeue(self) -> None:
        """Registers the taking up of what was left alone: for as long as jobs run."""

        async def requeue(_argument: str) -> None:
            await self.intake.requeue()
            await finish_left(self.context)

        self.jobs.register("requeue", requeue)
        self.jobs.when_back(self.intake.requeue)
        self.jobs.every("requeue", REQUEUE_INTERVAL)


@asynccontextmanager
async def open_services(settings: Settings, *, serving: bool = False, asking: bool = False) -> AsyncIterator[Services]:
    """All services, closed in reverse order at the end. Raises ConfigurationError that says what is not set.

    With `serving` a service may be missing, and Redis away: what needs it waits then, and says for what. Only then,
    too, jobs are shared through Redis; a command has a queue of its own, since it does not know every job of a server.
    With `asking` Gong and Slack may be missing, and the vector index is used when no other process has it.
    """
    policy = policy_in_force(settings)
    async with AsyncExitStack() as stack:
        gong = _client(stack, GongClient.from_settings, settings, "Gong" if serving or asking else None)
        patience = WHILE_SOMEBODY_WAITS if asking else None
        of_hubspot = partial(HubSpotClient.from_settings, retry=patience)
        hubspot = _client(stack, of_hubspot, settings, "HubSpot" if serving else None)
        slack = _client(stack, SlackClient.from_settings, settings, "Slack" if serving or asking else None)
        database = await Database.open(database_url(settings))
        stack.push_async_callback(database.close)
        saver = await stack.enter_async_context(open_checkpoints(database_url(settings), CHECKPOINTED))
        redis = settings.redis_url.get_secret_value() if serving and settings.redis_url else None
        metrics = Metrics()
        drain = timedelta(seconds=settings.drain_seconds)
        jobs = await stack.enter_async_context(
            Jobs(redis, "sophia", settings.concurrency, drain=drain, observe=metrics.job, patient=serving)
        )
        clock = clock_at(settings.fixed_clock)
        records = Records.over(database, clock)
        model = await stack.enter_async_context(open_model(settings, metrics))
        memory = await stack.enter_async_context(
            open_memory(settings, database, clock, index=_index(serving, asking), observe=metrics.cache_asked)
        )
        context = Context(
            calls=gong,
            crm=ChangingCrm(hubspot, memory.cache),
            messenger=slack,
            records=records,
            analyst=_analyst(stack, settings.analysis_processes),
            clock=clock,
            options=_options(settings),
            turns=SharedTurns(records.turns),
            policy=policy,
            model_analyst=model.analyst if model else None,
            memory=memory.kept,
            cache=memory.cache,
        )
        yield _assemble(settings, jobs, metrics, context, saver, memory, model)


def _index(serving: bool, asking: bool) -> Need:
    """How the vector index is wanted: a command that only writes what is remembered does without."""
    return "when used" if serving else "if free" if asking else "none"


def _client(stack: AsyncExitStack, make: Callable[[Settings], C], settings: Settings, optional: str | None) -> C:
    """A client that the stack closes; one of an optional service, named so, refuses where it is not set up."""
    made = make(settings) if optional is None else cast("C", client_or_refusal(make, settings, optional))
    stack.push_async_callback(made.close)
    return made


def _analyst(stack: AsyncExitStack, processes: int) -> Analyst:
    """The extractive analyst, in this process or, ended with the stack, in some of its own."""
    if not processes:
        return ExtractiveAnalyst()
    from nodes.call_analysis.extractive.processes import ProcessAnalyst

    analyst = ProcessAnalyst(processes)
    stack.callback(analyst.close)
    return analyst


def _options(settings: Settings) -> WorkflowOptions:
    return WorkflowOptions(
        channel=settings.slack_channel,
        transcript_patience=timedelta(hours=settings.transcript_patience_hours),
        model_patience=patience_of(settings),
    )


def _assemble(
    settings: Settings,
    jobs: Jobs,
    metrics: Metrics,
    context: Context,
    saver: Checkpoints,
    memory: OpenMemory,
    model: Model | None,
) -> Services:
    graph = build_call_workflow(saver)

    records, clock = context.records, context.clock
    intake = Intake(records, jobs, metrics)
    collector = Collector(context.calls, records, intake)
    approvals = build_approval_workflow(saver)
    handlers: dict[str, Handler] = {
        KIND: then_opening_approvals(call_handler(graph, context), approvals, context),
        APPROVAL: approval_handler(approvals, context, intake),
        UNDO: undo_handler(context),
    }
    worker = _worker(settings, records, intake, handlers, metrics, clock)
    for kind in handlers:
        jobs.register(kind, worker.work)
    overlap = timedelta(hours=settings.poll_overlap_hours)
    return Services(
        settings=settings,
        clock=clock,
        wall=SystemClock(),
        database=memory.database,
        records=records,
        jobs=jobs,
        metrics=metrics,
        context=context,
        intake=intake,
        worker=worker,
        collector=collector,
        poller=Poller(context.calls, collector, records.cursors, metrics, clock, overlap),
        retention=Retention(memory.database, saver, clock),
        checkpoints=saver,
        approvals=approvals,
        memory=memory,
        forgetting=memory.forgetting(saver),
        model=model,
    )


def _worker(
    settings: Settings,
    records: Records,
    intake: Intake,
    handlers: Mapping[str, Handler],
    metrics: Metrics,
    clock: Clock,
) -> Worker:
    return Worker(
        records,
        intake,
        handlers,
        metrics,
        clock,
        max_attempts=settings.max_attempts,
        speed=settings.service_speed,
        stuck_after=timedelta(minutes=settings.stuck_after_minutes),
        tell={KIND: call_teller(records)},
    )
