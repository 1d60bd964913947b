"""The owner's language model as the settings name it: the pool of its servers, and the analyst that judges with it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from api.model_counted import counted_in
from core.llm.configured import Prices, pool_from
from core.llm.pool import ModelPool
from core.metrics import Metrics
from core.settings import Settings
from nodes.call_analysis.judging import Agreement, Allowance, JudgingAnalyst

MODEL_SHARE: Final = 0.8
"""Of the time without a step forward that a try has: a slow model must end before the try is taken for stuck."""


@dataclass(frozen=True)
class Model:
    """`pool` asks the servers; `analyst` judges calls with it."""

    pool: ModelPool
    analyst: JudgingAnalyst


def patience_of(settings: Settings) -> timedelta:
    """How long the model may take over one call of the workflow, whatever SOPHIA_MODEL_CALL_SECONDS allows."""
    return MODEL_SHARE * timedelta(minutes=settings.stuck_after_minutes)


@asynccontextmanager
async def open_model(settings: Settings, metrics: Metrics) -> AsyncIterator[Model | None]:
    """The model of these settings, every request to it counted, its connections closed at the end.

    None when none is set up.
    """
    pool = pool_from(settings, counted_in(metrics, Prices.from_settings(settings)))
    if pool is None:
        yield None
        return
    agreement = Agreement(promotes=settings.model_promotes)
    try:
        yield Model(pool, JudgingAnalyst(pool, Allowance.from_settings(settings), agreement=agreement))
    finally:
        await pool.close()
