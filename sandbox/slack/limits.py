"""Slack's rate limits: so many requests a minute of each method, and one message a second in each channel."""

from sandbox.limits import Limits, Window

MINUTE_S = 60
MESSAGES_A_SECOND = 1


class Quotas:
    """Sliding windows by name: one for each method, one for each channel."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._windows: dict[str, Window] = {}

    def of_method(self, name: str, per_minute: int) -> float | None:
        """None when one more request of this method fits, else how many of the service's seconds until one does."""
        return self._take(name, per_minute, MINUTE_S)

    def of_channel(self, id: str) -> float | None:
        """None when one more message fits into this channel, else how many of the service's seconds until one does."""
        return self._take(id, MESSAGES_A_SECOND, 1)

    def _take(self, name: str, limit: int, seconds: float) -> float | None:
        if name not in self._windows:
            self._windows[name] = self._limits.window(limit, seconds)
        return self._windows[name].take()
