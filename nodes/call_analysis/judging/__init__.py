"""The model analyst: judgement by the owner's language model, every word of it proved by code or dropped."""

from nodes.call_analysis.judging.analyst import Allowance, JudgingAnalyst

__all__ = ["Allowance", "JudgingAnalyst"]
