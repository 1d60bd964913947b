"""Checks a message's blocks as Slack does: shape and lengths, each problem with a JSON pointer to its place.

The blocks that Sophia writes are checked whole; of the others only their type and block_id.
"""

from collections.abc import Callable, Generator, Iterator
from typing import Any

BLOCKS_MOST = 50
BLOCK_ID_MOST = 255
SECTION_MOST = 3_000
FIELD_MOST = 2_000
FIELDS_MOST = 10
HEADER_MOST = 150
CONTEXT_MOST = 10
ACTIONS_MOST = 25
MARKDOWN_MOST = 12_000
BUTTON_TEXT_MOST = 75
BUTTON_VALUE_MOST = 2_000
URL_MOST = 3_000
ALT_TEXT_MOST = 2_000
MESSAGE_MOST = 13_200
"""Characters in all blocks of a message together."""

TEXT_KEYS = frozenset({"type", "text", "emoji", "verbatim"})

Problems = Iterator[str]
Check = Callable[[dict[str, Any], str], Problems]


def block_problems(blocks: Any) -> list[str]:
    """What is wrong with a message's blocks, in Slack's form; empty when they are good."""
    if not isinstance(blocks, list):
        return ["must be an array [json-pointer:/blocks]"]
    problems = [problem for index, block in enumerate(blocks) for problem in _block(block, f"/blocks/{index}")]
    if len(blocks) > BLOCKS_MOST:
        problems.insert(0, f"no more than {BLOCKS_MOST} items allowed [json-pointer:/blocks]")
    return problems


def text_length(value: Any) -> int:
    """How many characters of text stand in blocks, whatever their type."""
    length = 0
    left = [value]
    while left:
        part = left.pop()
        if isinstance(part, list):
            left.extend(part)
        elif isinstance(part, dict):
            left.extend(part.values())
            length += len(part["text"]) if isinstance(part.get("text"), str) else 0
    return length


def _block(block: Any, at: str) -> Problems:
    if not isinstance(block, dict):
        yield f"must be an object [json-pointer:{at}]"
        return
    kind = block.get("type")
    if not isinstance(kind, str) or (kind not in CHECKS and kind not in UNCHECKED):
        yield f"unsupported type: {kind} [json-pointer:{at}/type]"
        return
    id = block.get("block_id")
    if id is not None and (not isinstance(id, str) or len(id) > BLOCK_ID_MOST):
        yield _too_long(BLOCK_ID_MOST, f"{at}/block_id")
    if kind in CHECKS:
        check, keys = CHECKS[kind]
        yield from _unknown_keys(block, keys | {"type", "block_id"}, at)
        yield from check(block, at)


def _section(block: dict[str, Any], at: str) -> Problems:
    if block.get("text") is None and not block.get("fields"):
        yield f"missing required field: text [json-pointer:{at}]"
    if block.get("text") is not None:
        yield from _text(block["text"], SECTION_MOST, f"{at}/text")
    if block.get("fields") is not None:
        for index, field in enumerate((yield from _list(block["fields"], FIELDS_MOST, f"{at}/fields"))):
            yield from _text(field, FIELD_MOST, f"{at}/fields/{index}")
    if block.get("accessory") is not None:
        yield from _element(block["accessory"], f"{at}/accessory")


def _header(block: dict[str, Any], at: str) -> Problems:
    yield from _text(block.get("text"), HEADER_MOST, f"{at}/text", only="plain_text")


def _context(block: dict[str, Any], at: str) -> Problems:
    for index, element in enumerate((yield from _list(block.get("elements"), CONTEXT_MOST, f"{at}/elements"))):
        if isinstance(element, dict) and element.get("type") == "image":
            yield from _image(element, f"{at}/elements/{index}")
        else:
            yield from _text(element, SECTION_MOST, f"{at}/elements/{index}")


def _actions(block: dict[str, Any], at: str) -> Problems:
    for index, element in enumerate((yield from _list(block.get("elements"), ACTIONS_MOST, f"{at}/elements"))):
        yield from _element(element, f"{at}/elements/{index}")


def _image(block: dict[str, Any], at: str) -> Problems:
    yield from _string(block.get("alt_text"), ALT_TEXT_MOST, f"{at}/alt_text")
    if block.get("slack_file") is None:
        yield from _string(block.get("image_url"), URL_MOST, f"{at}/image_url")


def _markdown(block: dict[str, Any], at: str) -> Problems:
    yield from _string(block.get("text"), MARKDOWN_MOST, f"{at}/text")


def _nothing(block: dict[str, Any], at: str) -> Problems:
    return iter(())


def _element(element: Any, at: str) -> Problems:
    if not isinstance(element, dict) or not isinstance(element.get("type"), str):
        yield f"must be an object with a type [json-pointer:{at}]"
    elif element["type"] == "button":
        yield from _text(element.get("text"), BUTTON_TEXT_MOST, f"{at}/text", only="plain_text")
        for name, most in (("value", BUTTON_VALUE_MOST), ("url", URL_MOST), ("action_id", BLOCK_ID_MOST)):
            if element.get(name) is not None:
                yield from _string(element[name], most, f"{at}/{name}")
    elif element["type"] == "image":
        yield from _image(element, at)


def _text(value: Any, most: int, at: str, only: str | None = None) -> Problems:
    """A text object of at least one character and at most `most`."""
    if not isinstance(value, dict):
        yield f"must be a text object [json-pointer:{at}]"
        return
    kinds = (only,) if only else ("plain_text", "mrkdwn")
    if value.get("type") not in kinds:
        yield f"must be one of {', '.join(kinds)} [json-pointer:{at}/type]"
    yield from _unknown_keys(value, TEXT_KEYS, at)
    yield from _string(value.get("text"), most, f"{at}/text")


def _string(value: Any, most: int, at: str) -> Problems:
    if not isinstance(value, str):
        yield f"must be a string [json-pointer:{at}]"
    elif not value:
        yield f"must be more than 0 characters [json-pointer:{at}]"
    elif len(value) > most:
        yield _too_long(most, at)


def _list(value: Any, most: int, at: str) -> Generator[str, None, list[Any]]:
    """Yields the problems of a list of 1 to `most` items, and returns those items that can be looked at."""
    if not isinstance(value, list):
        yield f"must be an array [json-pointer:{at}]"
        return []
    if not 1 <= len(value) <= most:
        yield f"must have 1 to {most} items [json-pointer:{at}]"
    return value


def _unknown_keys(value: dict[str, Any], known: frozenset[str] | set[str], at: str) -> Problems:
    return (f"invalid additional property: {key} [json-pointer:{at}]" for key in value if key not in known)


def _too_long(most: int, at: str) -> str:
    return f"must be less than {most + 1} characters [json-pointer:{at}]"


CHECKS: dict[str, tuple[Check, frozenset[str]]] = {
    "section": (_section, frozenset({"text", "fields", "accessory", "expand"})),
    "header": (_header, frozenset({"text"})),
    "context": (_context, frozenset({"elements"})),
    "actions": (_actions, frozenset({"elements"})),
    "image": (_image, frozenset({"alt_text", "image_url", "slack_file", "title"})),
    "markdown": (_markdown, frozenset({"text"})),
    "divider": (_nothing, frozenset()),
}
UNCHECKED = frozenset(
    {
        "alert",
        "call",
        "card",
        "carousel",
        "container",
        "context_actions",
        "data_table",
        "file",
        "input",
        "plan",
        "rich_text",
        "table",
        "task_card",
        "video",
    }
)
