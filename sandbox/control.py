"""The switches of the sandbox, under /_sandbox/: faults, scopes, counts, state, new calls."""

from collections.abc import Callable
from typing import Any

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.faults import Fault
from sandbox.frame import Frame
from sandbox.gong.webhook import webhook_routes
from sandbox.reading import WorldError
from sandbox.world import parse_recorded_call


class Control:
    """The endpoints under /_sandbox/ over one frame; they need no credential, since only this machine gets here."""

    def __init__(self, frame: Frame, violations: Callable[[], list[str]]) -> None:
        self._frame = frame
        self._violations = violations

    async def add_fault(self, request: Request) -> Response:
        """Switches a fault on (the form of Fault) and answers with all that are on."""
        try:
            self._frame.faults.add(Fault.model_validate_json(await request.body()))
        except ValidationError as error:
            return _refusal("; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()))
        return self._active()

    async def list_faults(self, request: Request) -> Response:
        """The faults that are on."""
        return self._active()

    async def clear_faults(self, request: Request) -> Response:
        """Switches every fault off."""
        self._frame.faults.clear()
        return self._active()

    async def withhold_scopes(self, request: Request) -> Response:
        """Takes `{"service", "missing": [scopes]}` from that service's credential; [] gives all back."""
        body = await _json(request)
        if not isinstance(body, dict) or body.get("service") not in {"gong", "hubspot", "slack"}:
            return _refusal('the body must be {"service": "gong|hubspot|slack", "missing": ["scope", …]}')
        self._frame.scopes.withhold(body["service"], [str(scope) for scope in body.get("missing") or []])
        return JSONResponse(self._frame.scopes.report())

    async def requests(self, request: Request) -> Response:
        """How much was asked of each service."""
        return JSONResponse(self._frame.requests.report())

    async def clear_requests(self, request: Request) -> Response:
        """Begins to count anew."""
        self._frame.requests.clear()
        return JSONResponse(self._frame.requests.report())

    async def state(self, request: Request) -> Response:
        """What is stored, which switches are on, and what of the data was left out."""
        frame = self._frame
        return JSONResponse(
            {
                "tables": frame.store.tables(),
                "notes": list(frame.notes),
                "faults": [fault.model_dump() for fault in frame.faults.active()],
                "scopes_withheld": frame.scopes.report(),
                "speed": frame.speed,
                "now": frame.clock.now().isoformat(),
            }
        )

    async def add_call(self, request: Request) -> Response:
        """A call appears in Gong (or is replaced), in the form of a file of calls/."""
        try:
            call = parse_recorded_call(await _json(request), "the call")
        except WorldError as error:
            return _refusal(str(error))
        self._frame.store.table("gong.calls")[call.id] = {
            "extensive": call.extensive,
            "transcript": call.transcript,
        }
        return JSONResponse({"id": call.id}, status_code=201)

    async def violations(self, request: Request) -> Response:
        """Exchanges that broke their schema."""
        return JSONResponse({"violations": self._violations()})

    def _active(self) -> Response:
        return JSONResponse({"faults": [fault.model_dump() for fault in self._frame.faults.active()]})


def control_routes(frame: Frame, violations: Callable[[], list[str]]) -> list[Route]:
    """The routes of the switches."""
    control = Control(frame, violations)
    return [
        Route("/_sandbox/faults", control.add_fault, methods=["POST"]),
        Route("/_sandbox/faults", control.list_faults, methods=["GET"]),
        Route("/_sandbox/faults", control.clear_faults, methods=["DELETE"]),
        Route("/_sandbox/scopes", control.withhold_scopes, methods=["POST"]),
        Route("/_sandbox/requests", control.requests, methods=["GET"]),
        Route("/_sandbox/requests", control.clear_requests, methods=["DELETE"]),
        Route("/_sandbox/state", control.state, methods=["GET"]),
        Route("/_sandbox/calls", control.add_call, methods=["POST"]),
        Route("/_sandbox/violations", control.violations, methods=["GET"]),
        *webhook_routes(frame),
    ]


async def _json(request: Request) -> Any:
    try:
        return await request.json()
    except ValueError:
        return None


def _refusal(problem: str) -> Response:
    return JSONResponse({"error": problem}, status_code=400)
