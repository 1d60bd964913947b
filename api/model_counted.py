"""Counts what is asked of the owner's language model, and what it cost."""

from core.llm.configured import Prices
from core.llm.pool import Observe, Result
from core.llm.port import Role, Usage
from core.metrics import Metrics


def counted_in(metrics: Metrics, prices: Prices) -> Observe:
    """What a pool tells of every request, put into these figures."""

    def observe(server: str, role: Role, result: Result, usage: Usage) -> None:
        tokens = {
            "prompt": usage.prompt_tokens,
            "cached": usage.cached_tokens,
            "completion": usage.completion_tokens,
        }
        metrics.model(server, role, result, tokens, usage.seconds)
        metrics.model_cost(role, prices.of(usage))

    return observe
