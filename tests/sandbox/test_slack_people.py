"""Who is in the workspace, and the conversations they are in."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.server import SandboxServer


async def error_of(asked: Any) -> str:
    """The code with which Slack refuses what is asked."""
    with pytest.raises(SlackApiError) as refused:
        await asked
    return str(refused.value.response["error"])


def client(sandbox: SandboxServer) -> AsyncWebClient:
    token, base_url = sandbox.credentials.slack_token, f"{sandbox.url}/slack/api/"
    return AsyncWebClient(token=token, base_url=base_url, retry_handlers=[])


async def test_we_are_a_bot_of_the_workspace(slack: AsyncWebClient) -> None:
    we = await slack.auth_test()

    ourselves = (await slack.users_info(user=we["user_id"]))["user"]
    assert ourselves["is_bot"] is True
    assert ourselves["profile"]["bot_id"] == we["bot_id"]
    assert ourselves["team_id"] == we["team_id"]


async def test_owners_with_an_address_are_members(slack: AsyncWebClient) -> None:
    found = (await slack.users_lookupByEmail(email="Dana@Seller.example"))["user"]

    assert found["real_name"] == "Dana Kay"
    assert found["profile"]["email"] == "dana@seller.example"
    everybody = (await slack.users_list())["members"]
    assert [member["real_name"] for member in everybody] == ["Dana Kay", "Sophia"]


async def test_an_address_that_nobody_has_is_not_found(slack: AsyncWebClient) -> None:
    assert await error_of(slack.users_lookupByEmail(email="eli@seller.example")) == "users_not_found"
    assert await error_of(slack.users_info(user="U0NOBODY")) == "user_not_found"


async def test_members_come_in_pages(slack: AsyncWebClient) -> None:
    pages = []
    async for page in await slack.users_list(limit=1):
        pages.append([member["name"] for member in page["members"]])

    assert pages == [["dana"], ["sophia"]]


async def test_the_one_channel_has_everybody_in_it(sandbox: SandboxServer, slack: AsyncWebClient) -> None:
    (channel,) = (await slack.conversations_list())["channels"]

    assert (channel["id"], channel["name"], channel["num_members"]) == (sandbox.slack_channel, "sales-calls", 2)
    members = (await slack.conversations_members(channel=channel["id"]))["members"]
    assert (await slack.auth_test())["user_id"] in members
    info = (await slack.conversations_info(channel=channel["id"]))["channel"]
    assert info["is_member"] is True
    assert "num_members" not in info


async def test_direct_messages_are_listed_when_they_are_asked_for(slack: AsyncWebClient) -> None:
    dana = (await slack.users_lookupByEmail(email="dana@seller.example"))["user"]["id"]

    assert (await slack.conversations_list(types="im"))["channels"] == []
    opened = (await slack.conversations_open(users=dana, return_im=True))["channel"]
    listed = (await slack.conversations_list(types="im,public_channel"))["channels"]

    assert opened["user"] == dana
    assert opened in listed
    assert len(listed) == 2
    assert await error_of(slack.conversations_list(types="secret")) == "invalid_types"


async def test_direct_messages_need_one_person_who_is_there(slack: AsyncWebClient) -> None:
    bot = (await slack.auth_test())["user_id"]

    assert await error_of(slack.conversations_open(users="U0NOBODY")) == "user_not_found"
    assert await error_of(slack.conversations_open(users=bot)) == "cannot_dm_bot"
    assert await error_of(slack.conversations_open(users="U1,U2")) == "invalid_arguments"
    assert await error_of(slack.api_call("conversations.open")) == "invalid_arguments"
    dana = (await slack.users_lookupByEmail(email="dana@seller.example"))["user"]["id"]
    unopened = slack.conversations_open(users=dana, prevent_creation=True)
    assert await error_of(unopened) == "channel_not_found"


async def test_a_given_workspace_is_taken_as_it_is(data: Path, write: Callable[[str, Any], Path]) -> None:
    profile = {"email": "dana@seller.example", "real_name": "Dana Kay"}
    gone = {"id": "U2", "team_id": "T9", "name": "eli", "deleted": True, "profile": {"email": "eli@seller.example"}}
    write("slack/users.json", {"members": [{"id": "U1", "team_id": "T9", "name": "dana", "profile": profile}, gone]})
    channels = [
        {"id": "C1", "name": "random", "is_member": False, "num_members": 40},
        {"id": "C2", "name": "deals", "is_member": True},
        {"id": "C3", "name": "old", "is_member": True, "is_archived": True},
    ]
    write("slack/channels.json", {"channels": channels})

    async with SandboxServer(data, check_contract=True) as sandbox:
        slack = client(sandbox)
        assert sandbox.slack_channel == "C2"
        assert (await slack.auth_test())["team_id"] == "T9"
        assert await error_of(slack.users_lookupByEmail(email="eli@seller.example")) == "users_not_found"
        assert await error_of(slack.conversations_open(users="U2")) == "user_disabled"
        assert await error_of(slack.chat_postMessage(channel="U2", text="hi")) == "channel_not_found"
        assert await error_of(slack.chat_postMessage(channel="C1", text="hi")) == "not_in_channel"
        assert await error_of(slack.conversations_history(channel="C1")) == "not_in_channel"
        assert await error_of(slack.chat_postMessage(channel="C3", text="hi")) == "is_archived"
        listed = await slack.conversations_list(exclude_archived=True)
        assert [(channel["id"], channel["num_members"]) for channel in listed["channels"]] == [("C1", 1), ("C2", 2)]
        assert sandbox.violations == []
