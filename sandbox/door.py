"""The faults that no service's own logic needs to know: slow, never answered, limited, revoked, broken."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from sandbox.faults import Fault, Service
from sandbox.frame import Frame
from sandbox.wire import NoAnswer, path_within

REFUSING = frozenset(
    {"rate_limited", "rate_limited_without_retry_after", "revoked_token", "refused_ip", "server_error"}
)
GENERAL = REFUSING | {"slow", "timeout_after_commit"}


async def through_faults(
    frame: Frame,
    service: Service,
    request: Request,
    answer: Callable[[], Awaitable[Response]],
    refuse: Callable[[Fault], Response],
) -> Response:
    """The answer to a request, or what the first fault that meets it makes of it.

    `answer` does the work; `refuse` says no in the service's own words to a fault of the kinds in REFUSING.
    """
    fault = frame.faults.take(service, request.method, path_within(request.scope), GENERAL)
    if fault is None:
        return await answer()
    if fault.kind in REFUSING:
        return refuse(fault)
    if fault.kind == "slow":
        await frame.pace.sleep(fault.seconds)
        return await answer()
    await answer()
    return NoAnswer(frame.pace, fault.seconds)
