"""The double of Slack against its schema: no request, good or bad, gets an answer that the schema does not know."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.contract import schema_path
from sandbox.server import SandboxServer

DATA = Path(__file__).parents[2] / "sandbox" / "data"
FAST = 1e9
"""So fast that no rate limit is met."""

# Slack refuses with status 200, and takes the arguments of every method by GET and POST alike.
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]

schema = schemathesis.openapi.from_path(schema_path("slack"))


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxServer]:
    """The bundled world."""
    with SandboxServer(DATA, speed=FAST, check_contract=True) as server:
        yield server


@schema.parametrize()
@settings(max_examples=20, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
def test_every_answer_of_slack_is_one_its_schema_knows(case: "Case[Any]", sandbox: SandboxServer) -> None:
    _lead_somewhere(case, sandbox)
    headers = {"Authorization": f"Bearer {sandbox.credentials.slack_token}"}
    case.call_and_validate(base_url=f"{sandbox.url}/slack/api", headers=headers, checks=CHECKS)


def _lead_somewhere(case: "Case[Any]", sandbox: SandboxServer) -> None:
    """Gives a made-up request a channel, a person and a message that exist: few would get beyond not-found codes."""
    channel = sandbox.slack_channel or ""
    message = next(iter(sandbox.frame.store.table("slack.messages").values()), {"message": {"ts": "1.000001"}})
    ts = message["message"]["ts"]
    known = {"channel": channel, "user": sandbox.frame.store.table("slack.members")[channel]["members"][0]}
    known |= {"ts": ts, "thread_ts": ts, "message_ts": ts}
    for arguments in (case.query, case.body):
        if isinstance(arguments, dict):
            arguments.update({name: value for name, value in known.items() if isinstance(arguments.get(name), str)})


async def test_everybody_and_every_channel_keep_to_the_schema() -> None:
    async with SandboxServer(DATA, speed=FAST, check_contract=True) as sandbox:
        base_url = f"{sandbox.url}/slack/api/"
        slack = AsyncWebClient(token=sandbox.credentials.slack_token, base_url=base_url, retry_handlers=[])
        members = (await slack.users_list())["members"]
        channels = (await slack.conversations_list())["channels"]

        assert len(members) > 1
        assert sandbox.slack_channel in [channel["id"] for channel in channels]
        assert sandbox.violations == []


def test_an_answer_that_breaks_the_schema_is_noticed() -> None:
    with SandboxServer(DATA, speed=FAST, check_contract=True) as sandbox:
        channel = sandbox.slack_channel or ""
        table = sandbox.frame.store.table("slack.channels")
        table[channel] = {**table[channel], "is_archived": "no"}
        headers = {"Authorization": f"Bearer {sandbox.credentials.slack_token}"}
        with httpx.Client(base_url=f"{sandbox.url}/slack/api", headers=headers, verify=False) as http:
            http.get("/conversations.info", params={"channel": channel})

        assert "is_archived" in "".join(sandbox.violations)
