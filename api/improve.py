"""What was analysed without the model, because it was away, is improved when it is back: a few calls at a time.

The call goes through the same inbox and workflow as ever, so rules, ledger and turns hold for what comes of it. While
the model does not answer nothing is queued, and what waits stays marked.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

import structlog
from langchain_core.messages import HumanMessage

from api.intake import Intake
from core.clock import Clock
from core.errors import Rejected, ServiceError
from core.jobs import Jobs
from core.llm import LanguageModel, Role
from core.metrics import Metrics
from memory.records import Records

JOB: Final = "improve"
SOURCE: Final = "improve"
REASON: Final = "the model is back: the analysis made without it is improved"

INTERVAL: Final = timedelta(minutes=2)
AT_ONCE: Final = 4
"""Calls under way at once: new calls come first, and one of an hour keeps a model busy for minutes."""

NEXT_TIME: Final = timedelta(days=1)
"""When a call is looked at again that its run left as it was: parked, or taken back by a person."""

Answers = Callable[[], Awaitable[None]]
"""Raises a ServiceError when the model does not answer."""

log = structlog.get_logger(__name__)


class Improvement:
    """Queues analyses that wait for the model. `clock` is the one that the records are dated with."""

    def __init__(self, records: Records, intake: Intake, answers: Answers, metrics: Metrics, clock: Clock) -> None:
        self._records = records
        self._intake = intake
        self._answers = answers
        self._metrics = metrics
        self._clock = clock

    async def improve(self, _argument: str = "") -> None:
        """The job: one round. A model that does not answer ends it, which is logged only while calls wait for it."""
        due = await self._due()
        if not due:
            return
        try:
            await self._answers()
        except ServiceError as error:
            log.warning("improve.model_away", waiting=len(due), detail=str(error), next_step=error.next_step)
            self._metrics.improved("model_away")
            return
        again = await self._intake.accept_again(due, SOURCE, REASON)
        await self._records.calls.put_model_off(due, self._clock.now() + NEXT_TIME)
        await self._intake.queue_many(again)
        self._metrics.improved("queued", len(again))
        log.info("improve.queued", calls=len(again))

    async def _due(self) -> list[str]:
        """As many calls as may be begun now, beside those of former rounds that are still under way."""
        under_way = [item for item in await self._records.inbox.unfinished() if item.source == SOURCE]
        room = AT_ONCE - len(under_way)
        return await self._records.calls.awaiting_model(self._clock.now(), room) if room > 0 else []


def asking(model: LanguageModel) -> Answers:
    """A question to the deep model that costs a few tokens, only to see whether it answers."""

    async def ask() -> None:
        try:
            await model.ask([HumanMessage("Answer with the word yes.")], role=Role.DEEP, max_tokens=4)
        except Rejected:  # it said more than a word: it is there
            return

    return ask


def schedule_improvement(jobs: Jobs, improvement: Improvement) -> None:
    """Registers the rounds, the first of them at the start."""
    jobs.register(JOB, improvement.improve)
    jobs.every(JOB, INTERVAL)
