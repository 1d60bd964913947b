"""The Slack client over the real SDK, against the sandbox and, for what it would never say, canned answers."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from core.errors import ConfigurationError, NotFound, Rejected, Unauthorized, Unavailable
from core.settings import Settings
from tools.slack.client import SlackClient

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.tools.conftest import Canned, Services, Stopwatch

BLOCKS: list[dict[str, Any]] = [{"type": "section", "text": {"type": "mrkdwn", "text": "*Hello*"}}]
LOOK_UP, POST = "GET /users.lookupByEmail", "POST /chat.postMessage"


@pytest.fixture
async def canned_slack(canned: Canned, watch: Stopwatch) -> AsyncIterator[SlackClient]:
    client = SlackClient(canned.url, "xoxb-1", limiter=watch.limiter("Slack"), retry=watch.retry())
    yield client
    await client.close()


async def channel_of(slack: SlackClient, email: str = "ana@us.example") -> str:
    person = await slack.user_by_email(email)
    assert person is not None
    return await slack.direct_channel(person.id)


async def test_a_person_is_found_by_address_and_asked_for_once(slack: SlackClient, services: Services) -> None:
    found = await asyncio.gather(*(slack.user_by_email(e) for e in ("ana@us.example", " Ana@US.example ")))
    assert found[0] == found[1]
    assert found[0] is not None
    assert (found[0].id, found[0].name, found[0].outsider, found[0].deleted) == ("U1000000001", "Ana", False, False)
    assert services.asked("slack")[LOOK_UP] == 1


async def test_nobody_has_the_address(slack: SlackClient, services: Services) -> None:
    for _ in range(2):
        assert await slack.user_by_email("nobody@us.example") is None
    assert await slack.user_by_email("not an address") is None
    assert services.asked("slack") == {LOOK_UP: 1}


@pytest.mark.parametrize("email", ["guest@other.example", "partner@other.example"])
async def test_guests_and_people_of_other_teams_are_outsiders(slack: SlackClient, email: str) -> None:
    person = await slack.user_by_email(email)
    assert person is not None
    assert person.outsider


async def test_a_colleague_of_another_team_of_the_same_enterprise_is_no_outsider(
    canned: Canned, canned_slack: SlackClient
) -> None:
    user = {"id": "U1", "team_id": "T2", "enterprise_user": {"enterprise_id": "E1"}, "profile": {}}
    canned.says(json.dumps({"ok": True, "user": user}))
    canned.says(json.dumps({"ok": True, "team_id": "T1", "enterprise_id": "E1"}))
    person = await canned_slack.user_by_email("a@b.example")
    assert person is not None
    assert (person.outsider, person.email) == (False, "a@b.example")


async def test_a_message_is_posted_and_found_again_by_its_key(slack: SlackClient) -> None:
    channel, since = await channel_of(slack), datetime.now(UTC)
    posted = await slack.post(channel, "Hello", BLOCKS, "key-1")
    await slack.post(channel, "Hello", BLOCKS, "key-2")
    assert posted.channel == channel
    assert await slack.find(channel, "key-1", since) == posted
    assert await slack.find(channel, "key-3", since) is None


async def test_a_message_from_before_is_not_found(slack: SlackClient) -> None:
    channel = await channel_of(slack)
    await slack.post(channel, "Hello", BLOCKS, "key-4")
    assert await slack.find(channel, "key-4", datetime.now(UTC) + timedelta(hours=1)) is None


async def test_a_reply_stands_in_its_thread_and_is_found_there(slack: SlackClient) -> None:
    channel, since = await channel_of(slack), datetime.now(UTC)
    root = await slack.post(channel, "Hello", BLOCKS, "key-20")
    reply = await slack.post(channel, "More", BLOCKS, "key-21", thread=root.ts)
    assert await slack.find(channel, "key-21", since) is None
    assert await slack.find(channel, "key-21", since, thread=root.ts) == reply


async def test_a_message_is_changed_in_place_and_keeps_its_key(slack: SlackClient, services: Services) -> None:
    channel, since = await channel_of(slack), datetime.now(UTC)
    posted = await slack.post(channel, "Hello", BLOCKS, "key-22")
    services.fault("slack", "timeout_after_commit", "chat.update")
    assert await slack.update(channel, posted.ts, "Hello again", BLOCKS, "key-22") == posted
    assert await slack.find(channel, "key-22", since) == posted
    assert services.asked("slack")["POST /chat.update"] == 2


async def test_a_message_is_looked_for_over_all_pages(canned: Canned, canned_slack: SlackClient) -> None:
    other = {"ts": "1.0", "metadata": {"event_type": "someone_else", "event_payload": {"key": "k"}}}
    ours = {"ts": "2.0", "metadata": {"event_type": "sophia", "event_payload": {"key": "k"}}}
    canned.says(json.dumps({"ok": True, "messages": [other, None, {}], "response_metadata": {"next_cursor": "n"}}))
    canned.says(json.dumps({"ok": True, "messages": [ours], "response_metadata": {"next_cursor": ""}}))
    found = await canned_slack.find("C1", "k", datetime(2026, 1, 1, tzinfo=UTC))
    assert found is not None
    assert found.ts == "2.0"
    assert b"cursor=n" in canned.asked[1]
    assert b"include_all_metadata=1" in canned.asked[0]


async def test_a_message_carries_its_key_and_unfurls_nothing(canned: Canned, canned_slack: SlackClient) -> None:
    canned.says('{"ok": true, "channel": "C1", "ts": "1.0"}')
    await canned_slack.post("C1", "x" * 9000, BLOCKS, "key-5")
    body = json.loads(canned.asked[0].partition(b"\r\n\r\n")[2])
    assert body["metadata"] == {"event_type": "sophia", "event_payload": {"key": "key-5"}}
    assert (body["unfurl_links"], body["unfurl_media"], len(body["text"])) == (False, False, 4000)


async def test_a_post_without_an_answer_may_be_done_and_is_not_sent_again(
    slack: SlackClient, services: Services
) -> None:
    channel, since = await channel_of(slack), datetime.now(UTC)
    services.fault("slack", "timeout_after_commit", "chat.postMessage")
    with pytest.raises(Unavailable) as raised:
        await slack.post(channel, "Hello", BLOCKS, "key-6")
    assert raised.value.maybe_done
    assert await slack.find(channel, "key-6", since) is not None


async def test_a_post_refused_for_its_rate_is_sent_again(
    slack: SlackClient, services: Services, watch: Stopwatch
) -> None:
    channel, since = await channel_of(slack), datetime.now(UTC)
    services.fault("slack", "rate_limited", "chat.postMessage", seconds=4000)
    await slack.post(channel, "Hello", BLOCKS, "key-7")
    assert await slack.find(channel, "key-7", since) is not None
    assert max(watch.slept) >= 4


async def test_posts_to_one_channel_are_a_second_apart(slack: SlackClient, watch: Stopwatch) -> None:
    one, other = await channel_of(slack), await channel_of(slack, "guest@other.example")
    started = watch.time
    await slack.post(one, "a", BLOCKS, "key-8")
    await slack.post(other, "b", BLOCKS, "key-9")
    assert watch.time == started
    await slack.post(one, "c", BLOCKS, "key-10")
    assert watch.time - started >= 1


@pytest.mark.parametrize("kind", ["server_error", "rate_limited_without_retry_after", "timeout_after_commit"])
async def test_a_look_up_is_tried_again(slack: SlackClient, services: Services, kind: Any) -> None:
    services.fault("slack", kind, "lookupByEmail", times=2)
    assert await slack.user_by_email("ana@us.example") is not None


async def test_a_channel_that_is_not_there_is_not_found(slack: SlackClient) -> None:
    with pytest.raises(NotFound, match="channel_not_found"):
        await slack.post("C0000000000", "Hello", BLOCKS, "key-11")


@pytest.mark.parametrize(
    ("code", "error", "advice"),
    [
        ("token_revoked", Unauthorized, "SOPHIA_SLACK_BOT_TOKEN"),
        ("not_in_channel", Rejected, "/invite"),
        ("invalid_blocks", Rejected, None),
        ("fatal_error", Unavailable, None),
    ],
)
async def test_slacks_codes_are_our_errors(
    canned: Canned, canned_slack: SlackClient, code: str, error: type[Exception], advice: str | None
) -> None:
    canned.says(json.dumps({"ok": False, "error": code}))
    with pytest.raises(error, match=code) as raised:
        await canned_slack.post("C1", "Hello", BLOCKS, "k")
    assert (advice or "") in (getattr(raised.value, "next_step", None) or "")


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("<html>", "text/html"),
        ("<html>", "application/json"),
        ("[]", "application/json"),
        ("ok", "text/plain"),
        ('{"ok": true}', "application/json"),
        ('{"ok": true, "channel": "C1", "ts": 5}', "application/json"),
    ],
)
async def test_an_answer_that_is_not_slacks_is_not_taken_for_success(
    canned: Canned, canned_slack: SlackClient, body: str, kind: str
) -> None:
    canned.says(body, kind=kind)
    with pytest.raises(Unavailable) as raised:
        await canned_slack.post("C1", "Hello", BLOCKS, "k")
    assert raised.value.maybe_done


async def test_slack_out_of_reach_is_unavailable_and_nothing_was_posted(watch: Stopwatch) -> None:
    client = SlackClient("http://127.0.0.1:9/api/", "x", limiter=watch.limiter("Slack"), retry=watch.retry())
    with pytest.raises(Unavailable) as raised:
        await client.post("C1", "Hello", BLOCKS, "k")
    assert not raised.value.maybe_done
    await client.close()


async def test_no_answer_in_time_is_unavailable(services: Services, watch: Stopwatch) -> None:
    about = services.server
    client = SlackClient(
        f"{about.url}/slack/api/", about.credentials.slack_token, limiter=watch.limiter("Slack"), retry=watch.retry(),
        timeout_s=0.05,
    )  # fmt: skip
    services.fault("slack", "slow", "postMessage", times=9, seconds=300_000)
    with pytest.raises(Unavailable) as raised:
        await client.post("C1", "Hello", BLOCKS, "k")
    assert raised.value.maybe_done
    await client.close()


async def test_all_requests_share_one_session(canned: Canned, canned_slack: SlackClient) -> None:
    canned.says('{"ok": true, "channel": "C1", "ts": "1.0"}')
    for number in range(4):
        await canned_slack.post(f"C{number}", "Hello", BLOCKS, "k")
    assert canned.connections == 1


async def test_check_lists_the_scopes_and_posts_nothing(slack: SlackClient, services: Services) -> None:
    services.withhold("slack", "im:write")
    found = await slack.check()
    assert (found["token"], found["chat:write"]) == ("ok", "ok")
    assert "missing" in found["im:write"]
    assert services.asked("slack") == {"POST /auth.test": 1}
    services.fault("slack", "revoked_token")
    assert "token_revoked" in (await slack.check())["token"]


async def test_a_proxy_of_the_environment_does_not_stand_before_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    client = SlackClient("http://127.0.0.1:9/api/", "x")
    assert client._web.proxy is None
    await client.close()


def test_settings_without_a_token_are_refused() -> None:
    with pytest.raises(ConfigurationError):
        SlackClient.from_settings(Settings())
