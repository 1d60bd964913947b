"""A service that is not set up yet: `sophia serve` starts all the same, keeps what comes in, and says what to set."""

from collections.abc import Callable
from typing import Never, Protocol, TypeVar

import structlog

from core.errors import ConfigurationError, Unauthorized
from core.settings import Settings

log = structlog.get_logger(__name__)


class Closing(Protocol):
    """What every client can do."""

    async def close(self) -> None: ...


C = TypeVar("C", bound=Closing)


class NotSetUp:
    """Stands where a client would: everything asked of it is refused as a missing credential is."""

    def __init__(self, service: str, reason: ConfigurationError) -> None:
        self._service = service
        self._reason = reason

    def __getattr__(self, name: str) -> Never:
        if name.startswith("__"):
            raise AttributeError(name)
        raise Unauthorized(self._service, str(self._reason), next_step=self._reason.next_step)

    async def close(self) -> None:
        """There is nothing to close."""


def client_or_refusal(make: Callable[[Settings], C], settings: Settings, service: str) -> C | NotSetUp:
    """The client of these settings; where they lack it, one that refuses, and a line in the log."""
    try:
        return make(settings)
    except ConfigurationError as reason:
        log.warning("service.not_set_up", service=service, next_step=reason.next_step)
        return NotSetUp(service, reason)
