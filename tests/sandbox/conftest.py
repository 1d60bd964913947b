"""A small world of its own for the sandbox's tests, and servers over it whose every exchange is held to the schemas."""

import json
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import hubspot
import pytest
from slack_sdk.web.async_client import AsyncWebClient
from urllib3.util.retry import Retry

from sandbox.server import SandboxServer

Write = Callable[[str, Any], Path]

COMPANIES = [
    {"id": "201", "properties": {"name": "Larch Court", "domain": "larch.example"}},
    {"id": "202", "properties": {"name": "Birch Row", "domain": None}},
]
CONTACTS = {
    "results": [
        {
            "id": "101",
            "properties": {
                "email": "ana@larch.example",
                "firstname": "Ana",
                "lastname": "Ortiz",
                "hubspot_owner_id": "901",
                "units_managed": 1200,
            },
            "createdAt": "2026-01-05T10:00:00.000Z",
            "updatedAt": "2026-02-05T10:00:00.000Z",
            "archived": False,
            "associations": {"companies": {"results": [{"id": "201", "type": "contact_to_company"}]}},
        },
        {"id": 102, "properties": {"email": "ben@birch.example", "firstname": "Ben"}},
        {"id": "103", "properties": {"firstname": "Cy", "lastname": "Nomail"}},
    ]
}
DEALS = [
    {
        "id": "301",
        "properties": {
            "dealname": "Larch Court - Collect",
            "amount": "62000",
            "closedate": "2026-06-30T00:00:00Z",
            "pipeline": "sales",
            "dealstage": "discovery",
            "hubspot_owner_id": "901",
        },
        "associations": {
            "companies": {
                "results": [
                    {"id": "201", "type": "deal_to_company"},
                    {"id": "201", "type": "deal_to_company_unlabeled"},
                ]
            },
            "contacts": {"results": [{"id": "101", "type": "deal_to_contact"}]},
        },
    }
]
OWNERS = [
    {"id": "901", "email": "dana@seller.example", "firstName": "Dana", "lastName": "Kay", "userId": 71},
    {"id": "902", "email": None, "firstName": "Eli", "archived": True},
]
PIPELINES = [
    {
        "id": "sales",
        "label": "Sales",
        "displayOrder": 0,
        "stages": [
            {"id": "discovery", "label": "Discovery", "displayOrder": 0, "metadata": {"probability": "0.2"}},
            {"id": "won", "label": "Won", "displayOrder": 1, "metadata": {"probability": "1.0"}},
        ],
    },
    {"id": "renewals", "label": "Renewals", "displayOrder": 1, "stages": [{"id": "due", "label": "Due"}]},
]
CALL = {
    "extensive": {
        "metaData": {
            "id": "7001",
            "title": "Larch Court intro",
            "started": "2026-03-10T10:03:24-05:00",
            "scheduled": "2026-03-10T10:00:00-05:00",
            "duration": 360,
        },
        "parties": [],
        "context": [{"objects": [{"fields": [{"name": "closedate", "value": "2026-06-30"}]}]}],
    },
    "transcript": {"callId": "7001", "transcript": []},
}


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a JSON file of the data folder by its path in it, and returns that folder."""

    def write_one(name: str, value: Any) -> Path:
        path = tmp_path / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(value))
        return tmp_path / "data"

    return write_one


@pytest.fixture
def data(write: Write) -> Path:
    """A data folder with a few records and one call."""
    write("calls/7001.json", CALL)
    write("hubspot/companies.json", COMPANIES)
    write("hubspot/contacts.json", CONTACTS)
    write("hubspot/deals.json", DEALS)
    write("hubspot/owners.json", OWNERS)
    return write("hubspot/pipelines.json", PIPELINES)


@pytest.fixture
def ticks() -> list[float]:
    """The seconds that the services count by: a test lets time pass by adding to the first."""
    return [1_000.0]


@pytest.fixture
def sandbox(data: Path, ticks: list[float]) -> Iterator[SandboxServer]:
    """A sandbox over the small world, in memory, whose time only passes when a test says so.

    Whatever a test does, no exchange may break its schema.
    """
    with SandboxServer(data, check_contract=True, monotonic=lambda: ticks[0]) as server:
        yield server
        assert server.violations == []


@pytest.fixture
def client(sandbox: SandboxServer) -> hubspot.Client:
    """HubSpot's own SDK, pointed at the sandbox, without retries of its own."""
    token = sandbox.credentials.hubspot_token
    return hubspot.Client.create(access_token=token, host=f"{sandbox.url}/hubspot", retry=Retry(total=0))


@pytest.fixture
def http(sandbox: SandboxServer) -> Iterator[Any]:
    """Plain HTTP to the double of HubSpot, for what the SDK cannot say or does not show."""
    headers = {"Authorization": f"Bearer {sandbox.credentials.hubspot_token}"}
    with httpx.Client(base_url=f"{sandbox.url}/hubspot", headers=headers) as session:
        yield session


@pytest.fixture
async def gong(sandbox: SandboxServer, ticks: list[float]) -> AsyncIterator[httpx.AsyncClient]:
    """HTTP to the double of Gong with its access key; a second passes with every request."""

    async def let_a_second_pass(request: httpx.Request) -> None:
        ticks[0] += 1

    async with httpx.AsyncClient(
        base_url=f"{sandbox.url}/gong",
        auth=(sandbox.credentials.gong_access_key, sandbox.credentials.gong_access_key_secret),
        event_hooks={"request": [let_a_second_pass]},
        verify=False,  # loopback without TLS: reading certificates would take longer than the test
    ) as session:
        yield session


@pytest.fixture
def slack(sandbox: SandboxServer) -> AsyncWebClient:
    """Slack's own SDK, pointed at the sandbox, without retries of its own."""
    base_url = f"{sandbox.url}/slack/api/"
    return AsyncWebClient(token=sandbox.credentials.slack_token, base_url=base_url, retry_handlers=[])
