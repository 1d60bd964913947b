"""The double of Slack's Web API: `POST|GET /<method>`, answered with `ok` true or false as Slack does."""

from collections.abc import Mapping

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.door import through_faults
from sandbox.faults import Fault
from sandbox.frame import Frame
from sandbox.slack.arguments import Arguments, read_arguments
from sandbox.slack.limits import Quotas
from sandbox.slack.methods import GRANTED, Method, methods_of
from sandbox.slack.refusal import Refused, TooMany, wrong_arguments
from sandbox.slack.schemas import RequestSchemas
from sandbox.slack.workspace import Workspace
from sandbox.store import Document

BEARER = "bearer "


def build(frame: Frame) -> Starlette:
    """The Web API over this frame, to be mounted at /slack/api."""
    web_api = WebApi(frame, Workspace(frame))
    return Starlette(routes=[Route("/{method}", web_api.answer, methods=["GET", "POST"])])


class WebApi:
    """Answers requests: faults, token, scopes, rate limits, and then the method itself."""

    def __init__(self, frame: Frame, workspace: Workspace) -> None:
        self._frame = frame
        self._quotas = Quotas(frame.limits)
        self._methods: Mapping[str, Method] = methods_of(workspace, self._quotas)
        self._schemas = None if frame.slack_schemas is None else RequestSchemas(frame.slack_schemas)

    async def answer(self, request: Request) -> Response:
        """One request, with the faults that are switched on for it."""
        return await through_faults(
            self._frame, "slack", request, lambda: self._answer(request), lambda fault: self._refuse(fault)
        )

    async def _answer(self, request: Request) -> Response:
        try:
            return self._said({"ok": True, **self._document(request, await read_arguments(request))})
        except Refused as refused:
            return self._said({"ok": False, "error": refused.error, **refused.details})
        except TooMany as limited:
            return self._limited(self._frame.pace.retry_after(limited.seconds))

    def _document(self, request: Request, arguments: Arguments) -> Document:
        name = request.path_params["method"]
        method = self._methods.get(name)
        if method is None:
            raise Refused("unknown_method", req_method=name)
        self._check_token(request, arguments)
        seconds = self._quotas.of_method(name, method.per_minute)
        if seconds is not None:
            raise TooMany(seconds)
        self._check_scopes(method, arguments)
        self._check_schema(name, arguments)
        with self._frame.store.batch():
            return method.answer(arguments)

    def _check_token(self, request: Request, arguments: Arguments) -> None:
        header = request.headers.get("authorization", "")
        token = header[len(BEARER) :] if header.lower().startswith(BEARER) else arguments.text("token")
        if not token:
            raise Refused("not_authed")
        if token.strip() != self._frame.credentials.slack_token:
            raise Refused("invalid_auth")

    def _check_scopes(self, method: Method, arguments: Arguments) -> None:
        missing = self._frame.scopes.missing("slack", method.needs(arguments))
        if missing:
            raise Refused("missing_scope", needed=",".join(missing), provided=self._granted())

    def _check_schema(self, name: str, arguments: Arguments) -> None:
        if self._schemas is None:
            return
        problems = self._schemas.problems(name, arguments.values)
        if problems:
            raise wrong_arguments(*problems)

    def _refuse(self, fault: Fault) -> Response:
        if fault.kind == "rate_limited":
            return self._limited(self._frame.pace.retry_after(fault.seconds))
        if fault.kind == "rate_limited_without_retry_after":
            return self._limited(None)
        if fault.kind == "server_error":
            return JSONResponse({"ok": False, "error": "internal_error"}, status_code=500)
        return self._said({"ok": False, "error": REFUSALS[fault.kind]})

    def _limited(self, retry_after: str | None) -> Response:
        headers = {} if retry_after is None else {"Retry-After": retry_after}
        return JSONResponse({"ok": False, "error": "ratelimited"}, status_code=429, headers=headers)

    def _said(self, document: Document) -> Response:
        return JSONResponse(document, headers={"x-oauth-scopes": self._granted()})

    def _granted(self) -> str:
        return ",".join(sorted(GRANTED - set(self._frame.scopes.missing("slack", GRANTED))))


REFUSALS = {"revoked_token": "token_revoked", "refused_ip": "access_denied"}
