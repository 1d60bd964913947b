"""Holds blocks to what Slack takes: its own types as JSON schemas, the SDK's models, the sandbox's limits, enums."""

import json
import logging
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from jsonschema import Draft7Validator
from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block

from sandbox.slack.blocks import MESSAGE_MOST, block_problems, text_length

SLACK_TYPES: Final = Path(__file__).parents[4] / "shared" / "slack-schemas"
"""Slack's own types; not everywhere: the other checks hold without them."""

OF_SDK: Final = frozenset({"section", "context", "header", "divider", "actions", "markdown"})
"""Blocks that the SDK has a model for; it has none for a data table."""

TYPES: Final = frozenset(
    {"section", "context", "data_table", "mrkdwn", "raw_text", "raw_number", "rich_text", "rich_text_section", "link"}
)
"""What Sophia's answers are made of; anything else is a new kind of block, to be looked at."""


def problems_of(blocks: Sequence[Any]) -> list[str]:
    """Everything that Slack would refuse; empty when it takes the message."""
    given = json.loads(json.dumps(list(blocks)))
    found = [*block_problems(given), *_of_types(given), *_of_sdk(given), *_of_enums(given), *_of_tables(given)]
    if text_length(given) > MESSAGE_MOST:
        found.append(f"{text_length(given)} letters in a message")
    return found


def _of_types(blocks: list[Any]) -> list[str]:
    validator = _validator()
    return [error.message[:300] for error in validator.iter_errors(blocks)] if validator else []


@lru_cache
def _validator() -> Draft7Validator | None:
    path = SLACK_TYPES / "KnownBlocks.schema.json"
    return Draft7Validator(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else None


def _of_sdk(blocks: list[Any]) -> Iterator[str]:
    logging.getLogger("slack_sdk").setLevel(logging.ERROR)
    for block in blocks:
        if block["type"] not in OF_SDK:
            continue
        parsed = Block.parse(block)
        if parsed is None:
            yield f"the SDK knows no {block['type']}"
            continue
        try:
            parsed.to_dict()
        except SlackObjectFormationError as error:
            yield str(error)


def _of_enums(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if "type" in part and part["type"] not in TYPES:
            yield f"no type of ours: {part['type']}"
        for value in part.values():
            yield from _of_enums(value)
    elif isinstance(part, list):
        for value in part:
            yield from _of_enums(value)


def _of_tables(blocks: list[Any]) -> Iterator[str]:
    """What Slack's reference says of data tables, and its types do not."""
    for table in (block for block in blocks if block["type"] == "data_table"):
        rows = table["rows"]
        if not 2 <= len(rows) <= 101:
            yield f"{len(rows)} rows in a table"
        if not 1 <= len(rows[0]) <= 20 or any(len(row) != len(rows[0]) for row in rows):
            yield "rows of other lengths than 1 to 20, or not of one"
        if not 1 <= table["page_size"] <= 100 or not table["caption"]:
            yield "a page of other than 1 to 100 rows, or no caption"
        if any(cell["type"] == "rich_text" for cell in rows[0]):
            yield "rich text in the head of a table"
        if any(not cell.get("text", "x") for row in rows for cell in row) or text_length(rows) > 10_000:
            yield "an empty cell, or too many letters in all"
