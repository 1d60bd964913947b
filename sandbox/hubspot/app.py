"""The double as one ASGI app: its routes behind the gate, and HubSpot's body for every error."""

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response

from sandbox.frame import Frame
from sandbox.hubspot.batches import batch_routes
from sandbox.hubspot.errors import HubSpotError
from sandbox.hubspot.gate import Gate
from sandbox.hubspot.links import link_routes
from sandbox.hubspot.objects import object_routes
from sandbox.hubspot.portal import Portal
from sandbox.hubspot.search import search_routes
from sandbox.hubspot.settings import settings_routes
from sandbox.hubspot.switches import switch_routes


def build(frame: Frame) -> Starlette:
    """HubSpot over this frame, to be mounted under /hubspot; its switches are in `state.switches`."""
    portal = Portal(frame)
    app = Starlette(
        routes=[
            *batch_routes(portal),
            *search_routes(portal),
            *object_routes(portal),
            *link_routes(portal),
            *settings_routes(portal),
        ],
        middleware=[Middleware(Gate, frame)],
        exception_handlers={HubSpotError: _refused, HTTPException: _unrouted},
    )
    app.state.switches = switch_routes(portal)
    return app


async def _refused(request: Request, error: Exception) -> Response:
    if not isinstance(error, HubSpotError):
        raise error
    return error.response()


async def _unrouted(request: Request, error: Exception) -> Response:
    """404 or 405: there is no such endpoint."""
    if not isinstance(error, HTTPException):
        raise error
    category = "METHOD_NOT_ALLOWED" if error.status_code == 405 else "NOT_FOUND"
    return HubSpotError(error.status_code, category, "resource not found", headers=error.headers).response()
