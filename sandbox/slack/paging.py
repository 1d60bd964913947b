"""Slack's paging: `limit` items at a time, and a cursor that names the first item of the next page."""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import TypeVar

from sandbox.slack.arguments import Arguments
from sandbox.slack.refusal import Refused
from sandbox.store import Document

Item = TypeVar("Item")


def page(
    items: Sequence[Item], arguments: Arguments, key: Callable[[Item], str], default: int, most: int
) -> tuple[list[Item], Document]:
    """The page that is asked for, and the `response_metadata` with the cursor of the next ("" when it is the last).

    Raises Refused(invalid_cursor) for a cursor that names no item.
    """
    limit = arguments.number("limit", default, most)
    start = _start(items, arguments.text("cursor"), key)
    end = start + limit
    following = _cursor(key(items[end])) if end < len(items) else ""
    return list(items[start:end]), {"next_cursor": following}


def _start(items: Sequence[Item], cursor: str | None, key: Callable[[Item], str]) -> int:
    if not cursor:
        return 0
    try:
        wanted = base64.b64decode(cursor, validate=True).decode().removeprefix("next:")
    except (binascii.Error, ValueError):
        raise Refused("invalid_cursor") from None
    for index, item in enumerate(items):
        if key(item) == wanted:
            return index
    raise Refused("invalid_cursor")


def _cursor(key: str) -> str:
    return base64.b64encode(f"next:{key}".encode()).decode()
