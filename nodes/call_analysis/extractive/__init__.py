"""The extractive analyst: findings without a language model, every one proved by sentences of the call."""

from nodes.call_analysis.extractive.analyst import ExtractiveAnalyst

__all__ = ["ExtractiveAnalyst"]
