"""Slack when it says no: tokens, scopes, limits and faults; and requests held to Slack's own types."""

from pathlib import Path
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.faults import Fault
from sandbox.server import SandboxServer

SLACK_TYPES = Path(__file__).parents[3] / "shared" / "slack-schemas"


async def refusal(asked: Any) -> Any:
    """The answer with which Slack refuses what is asked."""
    with pytest.raises(SlackApiError) as refused:
        await asked
    return refused.value.response


@pytest.mark.parametrize(("token", "error"), [(None, "not_authed"), ("xoxb-wrong", "invalid_auth")])
async def test_a_wrong_token_is_refused(sandbox: SandboxServer, token: str | None, error: str) -> None:
    stranger = AsyncWebClient(token=token, base_url=f"{sandbox.url}/slack/api/", retry_handlers=[])

    assert (await refusal(stranger.auth_test()))["error"] == error


async def test_a_missing_scope_is_named_with_those_there_are(sandbox: SandboxServer, slack: AsyncWebClient) -> None:
    sandbox.frame.scopes.withhold("slack", ["chat:write", "im:history"])

    refused = await refusal(slack.chat_postMessage(channel="sales-calls", text="hi"))

    assert (refused["error"], refused["needed"]) == ("missing_scope", "chat:write")
    assert "users:read" in refused["provided"].split(",")
    assert "chat:write" not in refused.headers["x-oauth-scopes"].split(",")


async def test_the_scope_for_history_is_that_of_the_kind_of_conversation(
    sandbox: SandboxServer, slack: AsyncWebClient
) -> None:
    dana = (await slack.users_lookupByEmail(email="dana@seller.example"))["user"]["id"]
    direct = (await slack.conversations_open(users=dana))["channel"]["id"]
    sandbox.frame.scopes.withhold("slack", ["im:history"])

    assert (await refusal(slack.conversations_history(channel=direct)))["needed"] == "im:history"
    assert (await slack.conversations_history(channel=sandbox.slack_channel or ""))["ok"] is True


async def test_addresses_are_hidden_without_their_scope(sandbox: SandboxServer, slack: AsyncWebClient) -> None:
    sandbox.frame.scopes.withhold("slack", ["users:read.email"])

    members = (await slack.users_list())["members"]
    assert [member["profile"].get("email") for member in members] == [None, None]
    refused = await refusal(slack.users_lookupByEmail(email="dana@seller.example"))
    assert refused["needed"] == "users:read.email"


async def test_a_channel_takes_one_message_a_second(
    sandbox: SandboxServer, slack: AsyncWebClient, ticks: list[float]
) -> None:
    channel = sandbox.slack_channel or ""
    dana = (await slack.users_lookupByEmail(email="dana@seller.example"))["user"]["id"]
    await slack.chat_postMessage(channel=channel, text="one")

    refused = await refusal(slack.chat_postMessage(channel=channel, text="two"))
    assert (refused.status_code, refused["error"], refused.headers["Retry-After"]) == (429, "ratelimited", "1")
    await slack.chat_postMessage(channel=dana, text="elsewhere")
    ticks[0] += 1
    await slack.chat_postMessage(channel=channel, text="two")

    texts = [message["text"] for message in (await slack.conversations_history(channel=channel))["messages"]]
    assert texts == ["two", "one"]
    assert sandbox.frame.requests.report()["slack"]["rate_limited"] == 1


async def test_a_method_has_its_own_limit_a_minute(slack: AsyncWebClient, ticks: list[float]) -> None:
    for _ in range(20):
        await slack.users_list()

    refused = await refusal(slack.users_list())
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "60")
    await slack.auth_test()
    ticks[0] += 60
    await slack.users_list()


async def test_time_to_wait_is_told_in_our_own_seconds(data: Path) -> None:
    with SandboxServer(data, speed=10, monotonic=lambda: 50.0) as sandbox:
        token = sandbox.credentials.slack_token
        slack = AsyncWebClient(token=token, base_url=f"{sandbox.url}/slack/api/", retry_handlers=[])
        for _ in range(20):
            await slack.users_list()

        assert (await refusal(slack.users_list())).headers["Retry-After"] == "6"


@pytest.mark.parametrize(
    ("kind", "status", "error", "retry_after"),
    [
        ("rate_limited", 429, "ratelimited", "7"),
        ("rate_limited_without_retry_after", 429, "ratelimited", None),
        ("revoked_token", 200, "token_revoked", None),
        ("refused_ip", 200, "access_denied", None),
        ("server_error", 500, "internal_error", None),
    ],
)
async def test_a_fault_meets_as_many_requests_as_it_says(
    sandbox: SandboxServer, slack: AsyncWebClient, kind: Any, status: int, error: str, retry_after: str | None
) -> None:
    sandbox.frame.faults.add(Fault(service="slack", kind=kind, path=r"chat\.", seconds=7))

    await slack.auth_test()
    refused = await refusal(slack.chat_postMessage(channel="sales-calls", text="hi"))
    await slack.chat_postMessage(channel="sales-calls", text="hi")

    assert (refused.status_code, refused["error"]) == (status, error)
    assert refused.headers.get("Retry-After") == retry_after
    assert len(sandbox.frame.store.table("slack.messages")) == 1


async def test_a_slow_answer_is_the_whole_answer(sandbox: SandboxServer, slack: AsyncWebClient) -> None:
    sandbox.frame.faults.add(Fault(service="slack", kind="slow", seconds=0.01))

    assert (await slack.auth_test())["ok"] is True
    assert sandbox.frame.faults.active() == []


async def test_a_message_whose_answer_was_lost_is_found_by_reading_back(
    sandbox: SandboxServer, slack: AsyncWebClient
) -> None:
    sandbox.frame.faults.add(Fault(service="slack", kind="timeout_after_commit", path="postMessage"))
    metadata = {"event_type": "sophia_call", "event_payload": {"key": "k1"}}

    with pytest.raises(aiohttp.ClientError):
        await slack.chat_postMessage(channel="sales-calls", text="lost?", metadata=metadata)

    found = await slack.conversations_history(channel=sandbox.slack_channel or "", include_all_metadata=True)
    assert [message["metadata"] for message in found["messages"]] == [metadata]


async def test_a_method_that_is_not_there_is_named(slack: AsyncWebClient) -> None:
    refused = await refusal(slack.api_call("chat.whisper"))

    assert (refused["error"], refused["req_method"]) == ("unknown_method", "chat.whisper")


@pytest.mark.skipif(not SLACK_TYPES.is_dir(), reason="Slack's own types (slack-schemas) are not on this machine")
async def test_requests_are_held_to_slacks_own_types_when_these_are_given(data: Path, ticks: list[float]) -> None:
    with SandboxServer(data, slack_schemas=SLACK_TYPES, monotonic=lambda: ticks[0]) as sandbox:
        token = sandbox.credentials.slack_token
        slack = AsyncWebClient(token=token, base_url=f"{sandbox.url}/slack/api/", retry_handlers=[])
        dana = (await slack.users_lookupByEmail(email="dana@seller.example"))["user"]["id"]
        await slack.conversations_open(users=[dana], return_im=True)
        await slack.conversations_history(channel=sandbox.slack_channel or "", limit=5, include_all_metadata=True)
        block = {"type": "section", "text": {"type": "mrkdwn", "text": "x"}}
        metadata = {"event_type": "sophia_call", "event_payload": {"key": "k1"}}
        await slack.chat_postMessage(
            channel=dana, text="x", blocks=[block], metadata=metadata, unfurl_links=False, unfurl_media=False
        )
        ticks[0] += 1

        misspelt = slack.chat_postMessage(channel=dana, text="x", blocks=[block], unfurl_link=False)
        assert (await refusal(misspelt))["error"] == "invalid_arguments"
        wrong = {"type": "video", "title": "not a text object"}  # a block that the double itself does not look into
        assert (await refusal(slack.chat_postMessage(channel=dana, text="x", blocks=[wrong])))["error"] == (
            "invalid_arguments"
        )
