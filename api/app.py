"""The HTTP doors: webhooks, approvals, undo and the health of the process, on services that are handed over."""

from fastapi import FastAPI

from api import approvals_routes, health, hubspot_webhooks, undo_routes, webhooks
from api.headers import SecurityHeaders
from api.problems import tell_problems
from api.wiring import Services
from core.settings import LOOPBACK_HOSTS


def build_app(services: Services) -> FastAPI:
    """The ASGI app. It describes itself at /openapi.json only when it listens on loopback."""
    local = services.settings.host in LOOPBACK_HOSTS
    app = FastAPI(
        title="Sophia",
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json" if local else None,
    )
    app.state.services = services
    app.state.gong_door = webhooks.open_gong_door(services.settings)
    app.state.hubspot_door = hubspot_webhooks.open_hubspot_door(services.settings)
    app.include_router(approvals_routes.router)
    app.include_router(undo_routes.router)
    app.include_router(health.router)
    app.include_router(webhooks.router)
    app.include_router(hubspot_webhooks.router)
    tell_problems(app)
    app.add_middleware(SecurityHeaders)
    return app
