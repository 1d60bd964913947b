"""A small world for the clients, served by the sandbox over real sockets, and clients that wait on a clock of ours."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from core.limiter import Limiter, ProcessWindows
from core.retry import RetryPolicy
from sandbox.faults import Fault, Kind, Service
from sandbox.server import SandboxServer
from tools.gong.client import GongClient
from tools.hubspot.client import HubSpotClient
from tools.slack.client import SlackClient

FAST = 1000.0
"""The sandbox runs so fast that its own limits and delays never matter, unless a test is about them."""
CALLS = 230
NOTES_ON_THE_BUSY_DEAL = 520


class Stopwatch:
    """A clock that moves when somebody sleeps, and remembers for how long each time."""

    def __init__(self) -> None:
        self.time = 0.0
        self.slept: list[float] = []

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += seconds
        self.slept.append(seconds)
        await asyncio.sleep(0)

    def limiter(self, service: str) -> Limiter:
        return Limiter(service, ProcessWindows(self.now), sleep=self.sleep, now=self.now)

    def retry(self) -> RetryPolicy:
        return RetryPolicy(sleep=self.sleep)


class Services:
    """The sandbox as a test sees it: switch a fault on, withhold a scope, count the requests."""

    calls = CALLS

    def __init__(self, server: SandboxServer) -> None:
        self.server = server

    def call_id(self, number: int) -> str:
        """The id of a recorded call, counted from 0; every tenth has no transcript yet."""
        return call_id(number)

    def fault(self, service: Service, kind: Kind, path: str | None = None, times: int = 1, seconds: float = 0) -> None:
        self.server.frame.faults.add(Fault(service=service, kind=kind, path=path, times=times, seconds=seconds))

    def withhold(self, service: Service, *scopes: str) -> None:
        self.server.frame.scopes.withhold(service, scopes)

    def asked(self, service: str) -> dict[str, int]:
        """Requests by method and path since the test began."""
        by_path: dict[str, int] = self.server.frame.requests.report()[service]["by_path"]
        return by_path

    def total(self, service: str) -> int:
        return sum(self.asked(service).values())


class Canned:
    """A server that answers every request with the next of these bodies: what no double of ours would ever say."""

    def __init__(self) -> None:
        self.answers: list[bytes] = []
        self.asked: list[bytes] = []
        self.url = ""
        self.serving: list[asyncio.Task[None]] = []

    @property
    def connections(self) -> int:
        return len(self.serving)

    def says(self, body: bytes | str, status: str = "200 OK", kind: str = "application/json", more: str = "") -> None:
        content = body if isinstance(body, bytes) else body.encode()
        head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(content)}\r\n{more}\r\n"
        self.answers.append(head.encode() + content)

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.serving.append(asyncio.create_task(self._serve(reader, writer)))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = re.search(rb"(?i)content-length: (\d+)", head)
                self.asked.append(head + await reader.readexactly(int(length[1]) if length else 0))
                writer.write(self.answers.pop(0) if len(self.answers) > 1 else self.answers[0])
                await writer.drain()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


@pytest.fixture
async def canned() -> AsyncIterator[Canned]:
    """The last answer is given again and again."""
    answers = Canned()
    server = await asyncio.start_server(answers.accept, "127.0.0.1", 0)
    answers.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield answers
    server.close()
    await asyncio.gather(*answers.serving)


@pytest.fixture
async def canned_hubspot(canned: Canned, watch: Stopwatch) -> AsyncIterator[HubSpotClient]:
    client = HubSpotClient(canned.url, "token", limiter=watch.limiter("HubSpot"), retry=watch.retry())
    yield client
    await client.close()


@pytest.fixture
def watch() -> Stopwatch:
    return Stopwatch()


@pytest.fixture(scope="session")
def small_world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder: 230 calls, a few people and deals, one of them with more notes than fit a page."""
    folder = tmp_path_factory.mktemp("world")
    for name in ("calls", "hubspot", "slack"):
        (folder / name).mkdir()
    for number in range(CALLS):
        write(folder / "calls" / f"{number}.json", recorded_call(number))
    for name, records in crm().items():
        write(folder / "hubspot" / f"{name}.json", {"results": records})
    write(folder / "slack" / "users.json", {"ok": True, "members": MEMBERS})
    return folder


@pytest.fixture(scope="session")
def one_sandbox(small_world: Path) -> Iterator[SandboxServer]:
    """One sandbox for all tests of this room; every exchange with it must fit the schemas."""
    with SandboxServer(small_world, speed=FAST, check_contract=True) as server:
        yield server
    assert server.violations == []


@pytest.fixture
def services(one_sandbox: SandboxServer) -> Iterator[Services]:
    """The shared sandbox, with every switch off and nothing counted."""
    frame = one_sandbox.frame
    frame.requests.clear()
    yield Services(one_sandbox)
    frame.faults.clear()
    for service in ("gong", "hubspot", "slack"):
        frame.scopes.withhold(service, ())


@pytest.fixture
def fresh_services(small_world: Path) -> Iterator[Services]:
    """A sandbox of this test's own: a portal that nobody has set up yet."""
    with SandboxServer(small_world, speed=FAST) as server:
        yield Services(server)


@pytest.fixture
async def gong(services: Services, watch: Stopwatch) -> AsyncIterator[GongClient]:
    about = services.server.credentials
    client = GongClient(
        f"{services.server.url}/gong",
        about.gong_access_key,
        about.gong_access_key_secret,
        limiter=watch.limiter("Gong"),
        retry=watch.retry(),
    )
    yield client
    await client.close()


@pytest.fixture
async def hubspot(services: Services, watch: Stopwatch) -> AsyncIterator[HubSpotClient]:
    client = hubspot_client(services, watch)
    yield client
    await client.close()


@pytest.fixture
async def fresh_hubspot(fresh_services: Services, watch: Stopwatch) -> AsyncIterator[HubSpotClient]:
    client = hubspot_client(fresh_services, watch)
    yield client
    await client.close()


@pytest.fixture
async def slack(services: Services, watch: Stopwatch) -> AsyncIterator[SlackClient]:
    client = SlackClient(
        f"{services.server.url}/slack/api/",
        services.server.credentials.slack_token,
        limiter=watch.limiter("Slack"),
        retry=watch.retry(),
    )
    yield client
    await client.close()


def hubspot_client(services: Services, watch: Stopwatch, token: str | None = None) -> HubSpotClient:
    return HubSpotClient(
        f"{services.server.url}/hubspot",
        token or services.server.credentials.hubspot_token,
        limiter=watch.limiter("HubSpot"),
        retry=watch.retry(),
    )


def write(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content))


def call_id(number: int) -> str:
    return str(7_400_000_000_000_000_000 + number)


def recorded_call(number: int) -> dict[str, Any]:
    """A short call on day `number` after 1 January 2026; every tenth has no transcript yet."""
    id, day = call_id(number), f"2026-{1 + number // 28:02d}-{1 + number % 28:02d}"
    extensive = {
        "metaData": {
            "id": id,
            "url": f"https://us-1.app.gong.io/call?id={id}",
            "title": f"Call {number}",
            "started": f"{day}T10:00:00-05:00",
            "duration": 60,
            "primaryUserId": "11",
            "scope": "External",
            "language": "eng",
        },
        "context": [{"system": "HubSpot", "objects": [{"objectType": "Deal", "objectId": "500"}]}],
        "parties": [{"id": "1", "name": "Ana", "userId": "11", "speakerId": "21", "affiliation": "Internal"}],
    }
    spoken = [{"speakerId": "21", "topic": None, "sentences": [{"start": 0, "end": 900, "text": f"Hello {number}."}]}]
    transcript = None if number % 10 == 9 else {"callId": id, "transcript": spoken}
    return {"extensive": extensive, "transcript": transcript}


def record(id: str, **properties: str | None) -> dict[str, Any]:
    moment = "2026-01-02T03:04:05.678Z"
    return {"id": id, "properties": properties, "createdAt": moment, "updatedAt": moment, "archived": False}


def linked(one: dict[str, Any], **others: list[str]) -> dict[str, Any]:
    """The record with its associations, as the API returns them."""
    singular = {"companies": "company", "contacts": "contact", "deals": "deal", "notes": "note"}
    return one | {
        "associations": {
            to: {"results": [{"id": id, "type": f"to_{singular[to]}"} for id in ids]} for to, ids in others.items()
        }
    }


def crm() -> dict[str, list[dict[str, Any]]]:
    notes = [
        linked(record(str(9000 + n), hs_note_body=f"Note {n}", hs_timestamp="2026-01-02T03:04:05Z"), deals=["501"])
        for n in range(NOTES_ON_THE_BUSY_DEAL)
    ]
    return {
        "contacts": [
            linked(
                record(
                    "100", email="ana@acme.example", firstname="Ana", hs_additional_emails="ana@old.example;a@b.example"
                ),
                companies=["300"],
            ),
            linked(record("101", email="bo@acme.example", firstname="Bo"), companies=["300"]),
            record("102", email=None, firstname="Cy"),
        ],
        "companies": [record("300", name="Acme", domain="acme.example")],
        "deals": [
            linked(record("500", dealname="Acme first", amount="1000"), contacts=["100", "101"], companies=["300"]),
            record("501", dealname="Acme busy"),
            record("502", dealname="Nobody's"),
        ],
        "notes": notes,
        "owners": [
            {"id": "71", "email": "ana@us.example", "firstName": "Ana", "lastName": "Ortiz", "archived": False},
            {"id": "72", "email": None, "firstName": None, "lastName": "Bot", "archived": False},
        ],
        "pipelines": [PIPELINE],
    }


def stage(id: str, order: int, closed: str, probability: str) -> dict[str, Any]:
    metadata = {"isClosed": closed, "probability": probability}
    return {"id": id, "label": id.title(), "displayOrder": order, "metadata": metadata, "archived": False}


PIPELINE = {
    "id": "default",
    "label": "Sales",
    "displayOrder": 0,
    "archived": False,
    "stages": [stage("won", 2, "true", "1.0"), stage("open", 0, "false", "0.2"), stage("lost", 1, "true", "0.0")],
}


def member(id: str, email: str, **marks: Any) -> dict[str, Any]:
    name = email.partition("@")[0]
    about = {"id": id, "team_id": "T1", "name": name, "deleted": False, "is_bot": False}
    return about | {"profile": {"email": email, "real_name": name.title()}} | marks


MEMBERS = [
    member("U1000000001", "ana@us.example"),
    member("U1000000002", "guest@other.example", is_restricted=True),
    member("U1000000003", "partner@other.example", team_id="T2"),
]
