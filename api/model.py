"""The owner's language model as the settings name it: the pool of its servers, and the analyst that judges with it."""

from dataclasses import dataclass

from api.model_counted import counted_in
from core.llm.configured import Prices, pool_from
from core.llm.pool import ModelPool
from core.metrics import Metrics
from core.settings import Settings
from nodes.call_analysis.judging import Allowance, JudgingAnalyst


@dataclass(frozen=True)
class Model:
    """`pool` asks the servers, and is closed at the end; `analyst` judges calls with it."""

    pool: ModelPool
    analyst: JudgingAnalyst


def model_from(settings: Settings, metrics: Metrics | None = None) -> Model | None:
    """The model of these settings, every request to it counted where `metrics` are given; None when none is set up."""
    observe = None if metrics is None else counted_in(metrics, Prices.from_settings(settings))
    pool = pool_from(settings, observe)
    if pool is None:
        return None
    return Model(pool, JudgingAnalyst(pool, Allowance.from_settings(settings)))
