"""Serves the page at / and each call's transcript at /calls/{id}, under a policy that lets nothing else in."""

import base64
import hashlib
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from sandbox.frame import Frame
from sandbox.page.render import call_page, page

STYLE = Path(__file__).parent / "style.css"


def build(frame: Frame) -> Starlette:
    """The page over this frame, to be mounted at /."""
    style = STYLE.read_text(encoding="utf-8")
    headers = _headers(style)

    async def everything(request: Request) -> Response:
        return HTMLResponse(page(frame, style), headers=headers)

    async def one_call(request: Request) -> Response:
        call = frame.store.table("gong.calls").get(request.path_params["id"])
        if call is None:
            return PlainTextResponse("There is no such call.", status_code=404, headers=headers)
        return HTMLResponse(call_page(call, style), headers=headers)

    return Starlette(routes=[Route("/", everything), Route("/calls/{id}", one_call)])


def _headers(style: str) -> dict[str, str]:
    """Headers that allow this one style sheet and nothing else: no script, picture, frame, form or connection."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return {
        "Content-Security-Policy": (
            f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; "
            "frame-ancestors 'none'"
        ),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
    }
