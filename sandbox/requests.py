"""Counts what was asked of each service, so that a person or a benchmark can see what the work cost."""

import re
from collections import Counter
from collections.abc import Callable
from typing import Any, Literal

OnRequest = Callable[[Literal["before", "after"], str, str, str, int], None]
"""Told of every request to a service: when, the service, the method, the path within it, and which request it is.

*before* it is worked on, and *after* what it does was done but before its answer is sent. The number counts all
requests to all services from 1, and is the same both times.
"""

ID = re.compile(r"^(?:\d+|(?=[^/]*\d)[A-Za-z0-9_-]{16,})$")
"""A path segment that names one record: a number, or a long token with digits in it."""


class Requests:
    """Requests by service and path, and how many of them were refused for the rate limit."""

    def __init__(self) -> None:
        self._by_path: dict[str, Counter[str]] = {"gong": Counter(), "hubspot": Counter(), "slack": Counter()}
        self._rate_limited: Counter[str] = Counter()
        self._arrived = 0

    def arrived(self) -> int:
        """Which request this is, of those to all services since the counting began."""
        self._arrived += 1
        return self._arrived

    def count(self, service: str, method: str, path: str, status: int) -> None:
        """Counts one answered request; `path` is the path within the service, ids in it are put together."""
        self._by_path.setdefault(service, Counter())[f"{method} {collapsed(path)}"] += 1
        if status == 429:
            self._rate_limited[service] += 1

    def report(self) -> dict[str, dict[str, Any]]:
        """Per service: total, by_path and rate_limited."""
        return {
            service: {
                "total": paths.total(),
                "by_path": dict(paths.most_common()),
                "rate_limited": self._rate_limited[service],
            }
            for service, paths in self._by_path.items()
        }

    def clear(self) -> None:
        """Begins to count anew."""
        self._arrived = 0
        self._rate_limited.clear()
        for paths in self._by_path.values():
            paths.clear()


def collapsed(path: str) -> str:
    """The path with `{id}` for each segment that names one record."""
    return "/".join("{id}" if ID.match(segment) else segment for segment in path.split("/"))
