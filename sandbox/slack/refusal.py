"""How Slack says no: HTTP 200 with `ok: false` and a code, save for the rate limit."""

from typing import Any


class Refused(Exception):
    """A request that Slack refuses: `error` is its code, `details` what else stands in the answer."""

    def __init__(self, error: str, **details: Any) -> None:
        super().__init__(error)
        self.error = error
        self.details = details


class TooMany(Exception):
    """A request over the rate limit, which would fit in `seconds` of the service."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"{seconds} s to wait")
        self.seconds = seconds


def wrong_arguments(*problems: str) -> Refused:
    """`invalid_arguments`, with each problem in the words of Slack's form."""
    return Refused("invalid_arguments", response_metadata={"messages": [f"[ERROR] {problem}" for problem in problems]})
