"""Messages in Slack: posted, found again, changed, deleted, and refused."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.models.blocks import DividerBlock, HeaderBlock, SectionBlock
from slack_sdk.models.metadata import Metadata
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.server import SandboxServer
from sandbox.slack.app import build

KEYED = {"event_type": "sophia_call", "event_payload": {"key": "k1"}}


class StandingClock:
    """A clock that stands still."""

    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC)


def section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


@pytest.fixture
def channel(sandbox: SandboxServer) -> str:
    """The channel that is told of calls."""
    assert sandbox.slack_channel is not None
    return sandbox.slack_channel


@pytest.fixture
async def dana(slack: AsyncWebClient) -> str:
    """The user id of the one owner who has an account."""
    return str((await slack.users_lookupByEmail(email="dana@seller.example"))["user"]["id"])


async def error_of(asked: Any) -> str:
    """The code with which Slack refuses what is asked."""
    with pytest.raises(SlackApiError) as refused:
        await asked
    return str(refused.value.response["error"])


async def history(slack: AsyncWebClient, channel: str, **arguments: Any) -> list[dict[str, Any]]:
    answer = await slack.conversations_history(channel=channel, **arguments)
    return list(answer["messages"])


async def test_a_message_is_found_again_by_its_metadata(slack: AsyncWebClient, channel: str) -> None:
    posted = await slack.chat_postMessage(
        channel=channel, text="Larch Court", blocks=[section("*Larch Court*")], metadata=KEYED, unfurl_links=False
    )

    with_metadata = await history(slack, channel, include_all_metadata=True, limit=10)
    without = await history(slack, channel)

    assert [(message["ts"], message["metadata"]) for message in with_metadata] == [(posted["ts"], KEYED)]
    assert "metadata" not in without[0]
    assert "metadata" not in posted["message"]
    assert without[0]["blocks"][0]["text"] == {"type": "mrkdwn", "text": "*Larch Court*"}
    assert without[0]["blocks"][0]["block_id"]


async def test_the_sdks_own_blocks_and_metadata_are_taken(slack: AsyncWebClient, channel: str) -> None:
    blocks = [HeaderBlock(text="Larch Court"), DividerBlock(), SectionBlock(text="Two risks")]

    posted = await slack.chat_postMessage(
        channel=channel, text="Larch Court", blocks=blocks, metadata=Metadata("sophia_call", {"key": "k2"})
    )

    assert [block["type"] for block in posted["message"]["blocks"]] == ["header", "divider", "section"]


async def test_timestamps_only_grow_even_while_the_clock_stands_still(data: Path, ticks: list[float]) -> None:
    with SandboxServer(data, clock=StandingClock(), monotonic=lambda: ticks[0]) as sandbox:
        token, base_url = sandbox.credentials.slack_token, f"{sandbox.url}/slack/api/"
        slack = AsyncWebClient(token=token, base_url=base_url, retry_handlers=[])
        stamps = []
        for _ in range(3):
            ticks[0] += 1
            stamps.append((await slack.chat_postMessage(channel="sales-calls", text="again"))["ts"])

    assert stamps == ["1767225600.000000", "1767225600.000001", "1767225600.000002"]


async def test_a_message_to_a_person_opens_their_direct_messages(slack: AsyncWebClient, dana: str) -> None:
    posted = await slack.chat_postMessage(channel=dana, text="For you")
    opened = await slack.conversations_open(users=dana)

    assert posted["channel"].startswith("D")
    assert opened["channel"]["id"] == posted["channel"]
    assert opened["already_open"] is True
    assert [message["text"] for message in await history(slack, posted["channel"])] == ["For you"]


async def test_a_channel_is_known_by_its_name_too(slack: AsyncWebClient, channel: str, ticks: list[float]) -> None:
    assert (await slack.chat_postMessage(channel="#sales-calls", text="by name"))["channel"] == channel
    ticks[0] += 1
    assert (await slack.chat_postMessage(channel="sales-calls", text="by name"))["channel"] == channel


async def test_history_is_newest_first_and_can_be_cut(slack: AsyncWebClient, channel: str, ticks: list[float]) -> None:
    stamps = []
    for number in range(5):
        ticks[0] += 1
        stamps.append((await slack.chat_postMessage(channel=channel, text=f"{number}"))["ts"])

    async def texts(**arguments: Any) -> list[str]:
        return [message["text"] for message in await history(slack, channel, **arguments)]

    assert await texts() == ["4", "3", "2", "1", "0"]
    assert await texts(oldest=stamps[1]) == ["4", "3", "2"]
    assert await texts(oldest=stamps[1], latest=stamps[3]) == ["2"]
    assert await texts(oldest=stamps[1], latest=stamps[3], inclusive=True) == ["3", "2", "1"]


async def test_history_comes_in_pages(slack: AsyncWebClient, channel: str, ticks: list[float]) -> None:
    for number in range(5):
        ticks[0] += 1
        await slack.chat_postMessage(channel=channel, text=f"{number}")

    pages = []
    async for page in await slack.conversations_history(channel=channel, limit=2):
        pages.append(([message["text"] for message in page["messages"]], page["has_more"]))

    assert pages == [(["4", "3"], True), (["2", "1"], True), (["0"], False)]
    assert await error_of(slack.conversations_history(channel=channel, cursor="made up")) == "invalid_cursor"
    assert await error_of(slack.conversations_history(channel=channel, limit=1000)) == "invalid_limit"


async def test_a_reply_stands_in_its_thread_and_not_in_the_history(
    slack: AsyncWebClient, channel: str, ticks: list[float]
) -> None:
    parent = await slack.chat_postMessage(channel=channel, text="parent")
    ticks[0] += 1
    reply = await slack.chat_postMessage(channel=channel, text="reply", thread_ts=parent["ts"])

    assert reply["message"]["thread_ts"] == parent["ts"]
    assert [message["text"] for message in await history(slack, channel)] == ["parent"]
    ticks[0] += 1
    gone = slack.chat_postMessage(channel=channel, text="reply", thread_ts="1.000001")
    assert await error_of(gone) == "thread_not_found"


async def test_a_thread_is_its_parent_and_its_replies_oldest_first(
    slack: AsyncWebClient, channel: str, ticks: list[float]
) -> None:
    parent = await slack.chat_postMessage(channel=channel, text="parent")
    for text in ("other", "one", "two"):
        ticks[0] += 1
        thread = None if text == "other" else parent["ts"]
        await slack.chat_postMessage(channel=channel, text=text, thread_ts=thread, metadata=KEYED)
    answer = await slack.conversations_replies(channel=channel, ts=parent["ts"], include_all_metadata=True)
    assert [message["text"] for message in answer["messages"]] == ["parent", "one", "two"]
    assert answer["messages"][1]["metadata"] == KEYED
    first = await slack.conversations_replies(channel=channel, ts=parent["ts"], limit=2)
    assert (first["has_more"], "metadata" in first["messages"][1]) == (True, False)
    assert await error_of(slack.conversations_replies(channel=channel, ts="1.000001")) == "thread_not_found"


async def test_a_changed_message_keeps_what_was_not_given(slack: AsyncWebClient, channel: str) -> None:
    posted = await slack.chat_postMessage(channel=channel, text="old", blocks=[section("old")], metadata=KEYED)

    await slack.chat_update(channel=channel, ts=posted["ts"], text="new")

    (message,) = await history(slack, channel, include_all_metadata=True)
    assert message["text"] == "new"
    assert message["blocks"][0]["text"]["text"] == "old"
    assert message["metadata"] == KEYED
    assert message["edited"]["user"] == message["user"]


async def test_only_our_own_messages_can_be_changed_or_deleted(
    sandbox: SandboxServer, slack: AsyncWebClient, channel: str, dana: str
) -> None:
    ts = "1700000000.000100"
    sandbox.frame.store.table("slack.messages")[f"{channel}:{ts}"] = {
        "channel": channel,
        "message": {"type": "message", "user": dana, "text": "mine", "ts": ts},
        "ephemeral_to": None,
        "unfurl_links": False,
        "unfurl_media": False,
    }

    assert await error_of(slack.chat_update(channel=channel, ts=ts, text="ours")) == "cant_update_message"
    assert await error_of(slack.chat_delete(channel=channel, ts=ts)) == "cant_delete_message"


async def test_a_deleted_message_is_gone(slack: AsyncWebClient, channel: str) -> None:
    posted = await slack.chat_postMessage(channel=channel, text="oops")

    await slack.chat_delete(channel=channel, ts=posted["ts"])

    assert await history(slack, channel) == []
    assert await error_of(slack.chat_delete(channel=channel, ts=posted["ts"])) == "message_not_found"
    assert await error_of(slack.chat_update(channel=channel, ts=posted["ts"], text="x")) == "message_not_found"
    assert await error_of(slack.chat_getPermalink(channel=channel, message_ts=posted["ts"])) == "message_not_found"


async def test_a_link_leads_to_the_message(slack: AsyncWebClient, channel: str) -> None:
    posted = await slack.chat_postMessage(channel=channel, text="here")

    answer = await slack.chat_getPermalink(channel=channel, message_ts=posted["ts"])

    assert answer["permalink"].endswith(f"/archives/{channel}/p{posted['ts'].replace('.', '')}")


async def test_what_one_person_is_shown_is_in_no_history(slack: AsyncWebClient, channel: str, dana: str) -> None:
    shown = await slack.chat_postEphemeral(channel=channel, user=dana, text="only you")

    assert shown["message_ts"]
    assert await history(slack, channel) == []
    stranger = slack.chat_postEphemeral(channel=channel, user="U0NOBODY", text="only you")
    assert await error_of(stranger) == "user_not_in_channel"


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"channel": "C0NOWHERE", "text": "hi"}, "channel_not_found"),
        ({"channel": "sales-calls"}, "no_text"),
        ({"channel": "", "text": "hi"}, "invalid_arguments"),
        ({"channel": "sales-calls", "text": "x" * 40_001}, "msg_too_long"),
        ({"channel": "sales-calls", "text": "hi", "blocks": "nonsense"}, "invalid_blocks_format"),
        ({"channel": "sales-calls", "text": "hi", "metadata": {"event_type": ""}}, "invalid_metadata_format"),
        ({"channel": "sales-calls", "text": "hi", "attachments": "[1]"}, "invalid_attachments"),
    ],
)
async def test_a_message_that_cannot_be_posted_is_refused_with_a_code(
    slack: AsyncWebClient, arguments: dict[str, Any], error: str
) -> None:
    asked = slack.api_call("chat.postMessage", json=arguments)

    assert await error_of(asked) == error


async def test_arguments_come_as_a_form_too(sandbox: SandboxServer, channel: str) -> None:
    blocks = '[{"type": "section", "text": {"type": "plain_text", "text": "formed"}}]'
    form = {"token": sandbox.credentials.slack_token, "channel": channel, "text": "x", "blocks": blocks}

    async with httpx.AsyncClient(base_url=f"{sandbox.url}/slack/api") as http:
        answer = (await http.post("/auth.test", data={"token": sandbox.credentials.slack_token})).json()
        stored = sandbox.frame.store.table("slack.messages")
        assert answer["ok"] is True
        assert len(stored) == 0
        # The schema of the SDK's exchanges knows JSON only for this method, so the double is asked about it directly.
        await post_form(sandbox, form)

    assert [message["message"]["blocks"][0]["text"]["text"] for message in stored.values()] == ["formed"]


async def post_form(sandbox: SandboxServer, form: dict[str, str]) -> None:
    """chat.postMessage as a form, straight to a Web API over the same frame."""
    transport = httpx.ASGITransport(app=build(sandbox.frame))
    async with httpx.AsyncClient(transport=transport, base_url="http://slack.invalid") as http:
        assert (await http.post("/chat.postMessage", data=form)).json()["ok"] is True


@pytest.mark.parametrize(
    ("content", "kind", "error"),
    [
        (b"{", "application/json", "invalid_json"),
        (b"[]", "application/json", "json_not_object"),
        (b'{"text": "\\ud800"}', "application/json", "invalid_json"),
        (b"\xff=1", "application/x-www-form-urlencoded", "invalid_form_data"),
        (b"x", "text/plain", "invalid_post_type"),
    ],
)
async def test_a_body_that_cannot_be_read_is_refused(
    sandbox: SandboxServer, content: bytes, kind: str, error: str
) -> None:
    headers = {"Content-Type": kind, "Authorization": f"Bearer {sandbox.credentials.slack_token}"}

    async with httpx.AsyncClient(base_url=f"{sandbox.url}/slack/api", headers=headers) as http:
        answer = await http.post("/chat.postMessage", content=content)

    assert answer.json() == {"ok": False, "error": error}


async def test_messages_are_there_after_a_restart(data: Path, tmp_path: Path) -> None:
    state = tmp_path / "state.db"

    async def session(post: str) -> list[str]:
        async with SandboxServer(data, state) as sandbox:
            token, base_url = sandbox.credentials.slack_token, f"{sandbox.url}/slack/api/"
            slack = AsyncWebClient(token=token, base_url=base_url, retry_handlers=[])
            channel = sandbox.slack_channel or ""
            await slack.chat_postMessage(channel=channel, text=post)
            return [message["text"] for message in await history(slack, channel)]

    assert await session("first") == ["first"]
    assert await session("second") == ["second", "first"]
