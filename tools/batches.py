"""Splitting many ids into as few requests as a service allows."""

from collections.abc import Iterable

BATCH_SIZE = 100
"""Inputs that Gong and HubSpot both take in one request."""


def batches(ids: Iterable[str], size: int = BATCH_SIZE) -> list[list[str]]:
    """The ids once each, in their order, without empty ones, in lists of at most `size`."""
    distinct = list(dict.fromkeys(id for id in ids if id))
    return [distinct[start : start + size] for start in range(0, len(distinct), size)]
