"""Slack's limits of blocks: what breaks one is refused with its place, what just keeps to it is taken."""

from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.server import SandboxServer


def section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


@pytest.fixture
def channel(sandbox: SandboxServer) -> str:
    """The channel that is told of calls."""
    assert sandbox.slack_channel is not None
    return sandbox.slack_channel


async def error_of(asked: Any) -> str:
    """The code with which Slack refuses what is asked."""
    with pytest.raises(SlackApiError) as refused:
        await asked
    return str(refused.value.response["error"])


def button(**over: Any) -> dict[str, Any]:
    element = {"type": "button", "text": {"type": "plain_text", "text": "Approve"}, "action_id": "a", **over}
    return {"type": "actions", "elements": [element]}


WRONG_BLOCKS: list[tuple[Any, str]] = [
    (section("x" * 3001), "/blocks/0/text/text"),
    (section(""), "/blocks/0/text/text"),
    ({"type": "section"}, "/blocks/0"),
    ({"type": "section", "fields": [{"type": "mrkdwn", "text": "x" * 2001}]}, "/blocks/0/fields/0/text"),
    ({"type": "section", "fields": [{"type": "mrkdwn", "text": "x"}] * 11}, "/blocks/0/fields"),
    ({**section("x"), "colour": "red"}, "/blocks/0"),
    ({"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}, "/blocks/0/text/text"),
    ({"type": "header", "text": {"type": "mrkdwn", "text": "x"}}, "/blocks/0/text/type"),
    ({"type": "context", "elements": [{"type": "mrkdwn", "text": "x"}] * 11}, "/blocks/0/elements"),
    ({"type": "actions", "elements": []}, "/blocks/0/elements"),
    (button(value="x" * 2001), "/blocks/0/elements/0/value"),
    (button(text={"type": "plain_text", "text": "x" * 76}), "/blocks/0/elements/0/text/text"),
    ({"type": "image", "image_url": "https://a.example/x.png"}, "/blocks/0/alt_text"),
    ({"type": "markdown", "text": "x" * 12_001}, "/blocks/0/text"),
    ({"type": "banner"}, "/blocks/0/type"),
    ({"type": "divider", "block_id": "x" * 256}, "/blocks/0/block_id"),
    ("text", "/blocks/0"),
]


async def test_a_block_that_breaks_a_limit_is_refused_with_its_place(slack: AsyncWebClient, channel: str) -> None:
    for block, pointer in WRONG_BLOCKS:
        with pytest.raises(SlackApiError) as refused:
            await slack.chat_postMessage(channel=channel, text="x", blocks=[block])

        answer = refused.value.response
        assert answer["error"] == "invalid_blocks"
        assert f"[json-pointer:{pointer}]" in "".join(answer["response_metadata"]["messages"])


async def test_blocks_at_their_limits_are_taken(slack: AsyncWebClient, channel: str, ticks: list[float]) -> None:
    blocks = [
        {"type": "header", "text": {"type": "plain_text", "text": "x" * 150}},
        section("x" * 3000),
        button(value="x" * 2000, text={"type": "plain_text", "text": "x" * 75}),
        *({"type": "divider"} for _ in range(47)),
    ]

    await slack.chat_postMessage(channel=channel, text="x", blocks=blocks)

    ticks[0] += 1
    more = slack.chat_postMessage(channel=channel, text="x", blocks=[*blocks, {"type": "divider"}])
    assert await error_of(more) == "invalid_blocks"
    long = slack.chat_postMessage(channel=channel, text="x", blocks=[section("x" * 3000)] * 5)
    assert await error_of(long) == "msg_blocks_too_long"
