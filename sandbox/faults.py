"""Fault switches: what a double does wrong on purpose, how often, and on which requests."""

import re
from collections.abc import Collection
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

Service = Literal["gong", "hubspot", "slack"]

Kind = Literal[
    "rate_limited",
    "rate_limited_without_retry_after",
    "empty_404",
    "late_transcript",
    "partial_207",
    "conflict_409",
    "timeout_after_commit",
    "revoked_token",
    "server_error",
    "slow",
    "refused_ip",
]


class Fault(BaseModel):
    """One thing to do wrong.

    `path` is a regular expression searched in "METHOD /path" (the path within the service); none means every
    request. `times` is how many requests it meets, None until it is cleared. `seconds` is its length where it has
    one (slow, timeout_after_commit, the Retry-After of rate_limited, the delay of late_transcript).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    service: Service
    kind: Kind
    path: str | None = None
    times: int | None = Field(1, ge=1)
    seconds: float = Field(0.0, ge=0)

    @field_validator("path")
    @classmethod
    def _compiles(cls, value: str | None) -> str | None:
        try:
            re.compile(value or "")
        except re.error as error:
            raise ValueError(f"not a regular expression: {error}") from error
        return value

    def meets(self, service: str, method: str, path: str, kinds: Collection[str]) -> bool:
        """Whether this fault is meant for that request."""
        meant = self.service == service and self.kind in kinds
        return meant and (self.path is None or re.search(self.path, f"{method} {path}") is not None)


class Faults:
    """The faults switched on, in the order in which they were added."""

    def __init__(self) -> None:
        self._left: list[tuple[Fault, int | None]] = []

    def add(self, fault: Fault) -> None:
        """Switches a fault on, behind those that are on already."""
        self._left.append((fault, fault.times))

    def clear(self) -> None:
        """Switches every fault off."""
        self._left.clear()

    def active(self) -> list[Fault]:
        """The faults still on, with the times each has left."""
        return [fault.model_copy(update={"times": left}) for fault, left in self._left]

    def take(self, service: Service, method: str, path: str, kinds: Collection[str]) -> Fault | None:
        """The first fault of these kinds that meets this request, used up by one; None when there is none."""
        for index, (fault, left) in enumerate(self._left):
            if not fault.meets(service, method, path, kinds):
                continue
            if left is not None and left <= 1:
                del self._left[index]
            else:
                self._left[index] = (fault, None if left is None else left - 1)
            return fault
        return None
