"""The few errors Sophia raises. Each says what happened and, where somebody can act, what to do next."""

from datetime import timedelta


class SophiaError(Exception):
    """The root of Sophia's own errors; `next_step` tells a person what to do about it."""

    def __init__(self, message: str, *, next_step: str | None = None) -> None:
        super().__init__(message)
        self.next_step = next_step


class ConfigurationError(SophiaError):
    """A setting is missing or wrong."""


class RecordConflict(SophiaError):
    """What was asked of Sophia's own records contradicts them: an unknown id, a step backwards, a lost lease."""


class ServiceError(SophiaError):
    """A service outside (HubSpot, Gong, Slack) did not do what was asked; `service` names it."""

    def __init__(self, service: str, message: str, *, next_step: str | None = None, status: int | None = None) -> None:
        super().__init__(f"{service}: {message}", next_step=next_step)
        self.service = service
        self.status = status


class Unavailable(ServiceError):
    """The service is down, too slow or over its limit: the same request may succeed later.

    `retry_after` is what the service asked for, None when it said nothing. `maybe_done` is true when a write may
    have been carried out although no answer came: read back before sending again.
    """

    def __init__(
        self,
        service: str,
        message: str,
        *,
        retry_after: timedelta | None = None,
        maybe_done: bool = False,
        status: int | None = None,
        next_step: str | None = None,
    ) -> None:
        super().__init__(service, message, status=status, next_step=next_step)
        self.retry_after = retry_after
        self.maybe_done = maybe_done


class Unauthorized(ServiceError):
    """The credential is wrong, expired, revoked, or lacks a scope: a person must act."""


class NotFound(ServiceError):
    """What was asked for does not exist (any more)."""


class Rejected(ServiceError):
    """The service refused the request itself (400, 409, 422): repeating it will not help."""


class NotAllowed(SophiaError):
    """Somebody asked for what is not theirs to ask for."""


class NotUsable(SophiaError):
    """What a person gave (a value, a choice) cannot be used; the message names what can."""


class LimitReached(SophiaError):
    """A turn of a conversation has taken all that it may take."""
