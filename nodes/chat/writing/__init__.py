"""Answers in words by a language model: over what was looked up, with its sources, and held to them by code."""
