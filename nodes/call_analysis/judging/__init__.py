"""The model analyst: judgement by the owner's language model, every word of it proved by code or dropped."""

from nodes.call_analysis.judging.agreement import Agreement
from nodes.call_analysis.judging.analyst import MORE_ROOM, Allowance, JudgingAnalyst, least_context

__all__ = ["MORE_ROOM", "Agreement", "Allowance", "JudgingAnalyst", "least_context"]
