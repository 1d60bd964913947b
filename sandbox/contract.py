"""Holds every exchange with a double to the service's schema in sandbox/schemas, by openapi-core.

Imported only when the check is asked for: openapi-core and PyYAML are development dependencies.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from urllib.parse import parse_qsl

import yaml
from openapi_core import OpenAPI
from openapi_core.datatypes import RequestParameters
from starlette.datastructures import Headers as ScopeHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from werkzeug.datastructures import Headers, ImmutableMultiDict

from sandbox.wire import path_within

SCHEMAS = Path(__file__).parent / "schemas"
HOST = "http://sandbox.invalid"
UNKNOWN = frozenset({404, 405})


@dataclass
class Violations:
    """What broke its schema so far, in plain words, one exchange a line."""

    found: list[str] = field(default_factory=list)


@dataclass
class _Asked:
    """A request in the form openapi-core reads."""

    method: str
    path: str
    parameters: RequestParameters
    content_type: str
    body: bytes | None
    host_url: str = HOST


@dataclass
class _Answered:
    """A response in the form openapi-core reads."""

    status_code: int
    headers: Headers
    content_type: str
    data: bytes | None


def schema_path(service: str) -> Path:
    """Where the schema of a service lies."""
    return SCHEMAS / f"{service}.yaml"


def checked(service: str, app: ASGIApp, violations: Violations) -> ASGIApp:
    """The same app, with every request and response that passes it checked; one without a schema is left alone."""
    if not schema_path(service).exists():
        return app
    schema = _schema(schema_path(service))

    async def checking(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        asked, answered = await _whole_body(receive), _Collected()
        whole: list[Message] = [{"type": "http.request", "body": asked, "more_body": False}]

        async def hearing() -> Message:
            return whole.pop() if whole else await receive()

        await app(scope, hearing, answered.add)
        violations.found.extend(
            f"{service} {scope['method']} {path_within(scope)} -> {answered.status}: {problem}"
            for problem in _problems(schema, _request(scope, asked), answered)
        )
        for message in answered.messages:  # only now: who has the answer can already ask for its violations
            await send(message)

    return checking


@dataclass
class _Collected:
    status: int = 0
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytearray = field(default_factory=bytearray)
    messages: list[Message] = field(default_factory=list)

    async def add(self, message: Message) -> None:
        self.messages.append(message)
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in message["headers"]]
        elif message["type"] == "http.response.body":
            self.body.extend(message.get("body", b""))


async def _whole_body(receive: Receive) -> bytes:
    body = bytearray()
    more = True
    while more:
        message = await receive()
        body.extend(message.get("body", b""))
        more = message.get("more_body", False)
    return bytes(body)


@cache
def _schema(path: Path) -> OpenAPI:
    return OpenAPI.from_dict(yaml.safe_load(path.read_text(encoding="utf-8")))


def _request(scope: Scope, body: bytes) -> _Asked:
    headers = ScopeHeaders(scope=scope)
    return _Asked(
        method=scope["method"].lower(),
        path=path_within(scope),
        parameters=RequestParameters(
            query=ImmutableMultiDict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)),
            header=Headers(headers.items()),
        ),
        content_type=headers.get("content-type", ""),
        body=body or None,
    )


def _problems(schema: OpenAPI, request: _Asked, answered: _Collected) -> Iterable[str]:
    """What is wrong with one exchange. A wrong request is only a fault when the double took it."""
    if not answered.status:  # broken off on purpose: there is nothing to hold to a schema
        return
    taken = _taken(answered)
    headers = Headers(answered.headers)
    response = _Answered(
        answered.status, headers, headers.get("content-type", ""), bytes(answered.body) if answered.body else None
    )
    try:
        if taken:
            yield from (f"request: {_said(error)}" for error in schema.iter_request_errors(request))
        elif (answered.status in UNKNOWN or answered.status < 400) and not _known(schema, request):
            return  # the double refused a path that it does not have
        yield from (f"response: {_said(error)}" for error in schema.iter_response_errors(request, response))
    except Exception as error:  # whatever the checker cannot read is a violation, not a crash of the double
        yield f"not checkable: {error!r}"


def _taken(answered: _Collected) -> bool:
    """Whether the double did what was asked; Slack says no with status 200."""
    return answered.status < 400 and not answered.body.startswith(b'{"ok":false')


def _known(schema: OpenAPI, request: _Asked) -> bool:
    from openapi_core.templating.paths.exceptions import PathError

    return not any(isinstance(error, PathError) for error in schema.iter_request_errors(request))


def _said(error: Exception) -> str:
    """The error with what lies under it: openapi-core keeps the schema's own complaints one level down."""
    cause = error.__cause__
    inner = getattr(cause, "schema_errors", None)
    if inner:
        return "; ".join(f"{'/'.join(str(part) for part in e.path)}: {e.message}" for e in inner)
    return f"{error}" if cause is None else f"{error} ({cause})"
