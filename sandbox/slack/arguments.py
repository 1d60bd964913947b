"""A method's arguments as Slack takes them: in the query, as a form, or as JSON, with flags and numbers as text."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request

from sandbox.slack.refusal import Refused, wrong_arguments

FLAGS = {"1": True, "true": True, "0": False, "false": False, "": False}


@dataclass(frozen=True)
class Arguments:
    """The arguments of one request, by name."""

    values: Mapping[str, Any]

    def text(self, name: str) -> str | None:
        """An argument as text, None when it is not given; raises Refused when it is not plain."""
        value = self.values.get(name)
        if value is None or isinstance(value, str):
            return value
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
        raise wrong_arguments(f"must be a string [json-pointer:/{name}]")

    def needed(self, name: str) -> str:
        """An argument that must be there and not be empty."""
        value = self.text(name)
        if not value:
            raise wrong_arguments(f"missing required field: {name}")
        return value

    def flag(self, name: str, default: bool = False) -> bool:
        """An argument that is true or false."""
        value = self.values.get(name)
        if value is None or isinstance(value, bool):
            return default if value is None else value
        known = FLAGS.get(str(value).lower())
        if known is None:
            raise wrong_arguments(f"must be a boolean [json-pointer:/{name}]")
        return known

    def number(self, name: str, default: int, most: int) -> int:
        """A whole number from 1 to `most`."""
        value = self.text(name)
        if value is None:
            return default
        if not value.isascii() or not value.isdigit() or not 1 <= int(value[:9]) <= most or len(value) > 9:
            raise Refused("invalid_limit")
        return int(value)

    def structure(self, name: str, error: str) -> Any:
        """An argument that is JSON, or JSON written as text; raises Refused(error) when the text is not."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        try:
            return _json(value)
        except (ValueError, RecursionError):
            raise Refused(error) from None


async def read_arguments(request: Request) -> Arguments:
    """The arguments of a request; what stands in the body goes before what stands in the query."""
    return Arguments({**dict(request.query_params), **await _in_body(request)})


async def _in_body(request: Request) -> dict[str, Any]:
    body = await request.body()
    if request.method == "GET" or not body:
        return {}
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        return _json_object(body)
    if kind != "application/x-www-form-urlencoded":
        raise Refused("invalid_post_type")
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True))
    except ValueError:
        raise Refused("invalid_form_data") from None


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        value = _json(body)
    except (ValueError, RecursionError):
        raise Refused("invalid_json") from None
    if not isinstance(value, dict):
        raise Refused("json_not_object")
    return value


def _json(text: str | bytes) -> Any:
    """The JSON value; raises ValueError also for text that could not be sent back (half of a surrogate pair)."""
    value = json.loads(text)
    json.dumps(value, ensure_ascii=False).encode()
    return value
