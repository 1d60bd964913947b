"""The page: what was written is to be seen on it, and nothing that is written can change what it is."""

import base64
import hashlib
import re
from collections.abc import AsyncIterator, Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx
import hubspot
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.faults import Fault
from sandbox.page.markup import Markup, joined, tag
from sandbox.page.text import html_as_text, mrkdwn
from sandbox.server import SandboxServer

EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
VOID = {"meta", "hr", "br"}


class Outline(HTMLParser):
    """Reads a page: its visible text, its tags, and whether every one of them is closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.marked: list[str] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self._open:
            self.text += data
        if "mark" in self._open:
            self.marked.append(data)


@pytest.fixture
async def page(sandbox: SandboxServer) -> AsyncIterator[httpx.AsyncClient]:
    """A browser without a script."""
    async with httpx.AsyncClient(base_url=sandbox.url, verify=False) as session:
        yield session


async def looked_at(page: httpx.AsyncClient, path: str = "/") -> Outline:
    response = await page.get(path)
    assert response.status_code == 200
    return Outline(response.text)


async def test_it_shows_how_much_there_is(page: httpx.AsyncClient) -> None:
    seen = await looked_at(page)

    for count in ("1Calls", "1Deals", "3Contacts", "2Companies", "0Notes", "0Tasks", "0Messages"):
        assert count in seen.text
    assert "Nothing was posted." in seen.text
    assert "No fault is switched on." in seen.text


async def test_what_was_written_to_a_record_stands_out(page: httpx.AsyncClient, client: hubspot.Client) -> None:
    client.crm.deals.basic_api.update("301", {"properties": {"amount": "70000"}})

    seen = await looked_at(page)

    assert "1 of 1 were written to." in seen.text
    assert "amount6200070000" in seen.text
    assert seen.marked == ["70000"]
    assert "Sales: Discovery" in seen.text


async def test_notes_and_tasks_tell_whom_they_are_about_and_whose_they_are(
    page: httpx.AsyncClient, client: hubspot.Client
) -> None:
    to_deal = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 214}]
    client.crm.objects.notes.basic_api.create(
        {
            "properties": {"hs_timestamp": "2026-03-10T15:00:00Z", "hs_note_body": "<p>Two <b>risks</b></p><p>One</p>"},
            "associations": [{"to": {"id": "301"}, "types": to_deal}],
        }
    )
    task = {
        "hs_timestamp": "2026-03-17T09:00:00Z",
        "hs_task_subject": "Send the one-pager",
        "hubspot_owner_id": "901",
        "hs_task_status": "NOT_STARTED",
    }
    client.crm.objects.tasks.basic_api.create({"properties": task})

    seen = await looked_at(page)

    assert "Two risks\nOne" in seen.text
    assert "Larch Court - Collect (301)" in seen.text
    assert "Send the one-pager owner Dana Kay · due 2026-03-17 09:00 · status NOT_STARTED" in seen.text
    assert "belongs to nothing" in seen.text


async def test_messages_read_as_they_do_in_slack(
    page: httpx.AsyncClient, slack: AsyncWebClient, ticks: list[float]
) -> None:
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": {"type": "plain_text", "text": "Larch Court"}},
        {
            "type": "section",
            "text": {"type": "mrkdwn", "text": "*Risk:* see <https://a.example/?a=1&amp;b=2|the call>"},
        },
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "at 3:12"}]},
        {"type": "actions", "elements": [{"type": "button", "text": {"type": "plain_text", "text": "Approve"}}]},
    ]
    dana = (await slack.users_lookupByEmail(email="dana@seller.example"))["user"]["id"]
    await slack.chat_postMessage(channel="sales-calls", text="fallback", blocks=blocks)
    await slack.chat_postMessage(channel=dana, text="For you")

    seen = await looked_at(page)

    for line in ("#sales-calls (1)", "Larch Court", "Risk: see the call", "at 3:12", "Approve"):
        assert line in seen.text
    assert "direct messages with Dana Kay (1)" in seen.text
    assert "fallback" not in seen.text
    assert ("a", {"href": "https://a.example/?a=1&b=2", "rel": "noreferrer nofollow"}) in seen.tags


async def test_switches_and_requests_are_told(
    sandbox: SandboxServer, page: httpx.AsyncClient, slack: AsyncWebClient
) -> None:
    sandbox.frame.faults.add(Fault(service="gong", kind="late_transcript", path="7001", times=None))
    sandbox.frame.scopes.withhold("slack", ["im:write"])
    await slack.auth_test()

    seen = await looked_at(page)

    assert "gonglate_transcript7001until cleared" in seen.text
    assert "slack lacks im:write" in seen.text
    assert "slackPOST /auth.test1" in seen.text


async def test_a_call_made_by_mistake_is_told_loudly(page: httpx.AsyncClient, gong: httpx.AsyncClient) -> None:
    assert "was sent" not in (await looked_at(page)).text

    await gong.post("/v2/calls", json={"filter": {}})

    assert "POST /v2/calls was sent 1 times" in (await looked_at(page)).text


async def test_nothing_that_is_written_becomes_markup(
    sandbox: SandboxServer, page: httpx.AsyncClient, client: hubspot.Client, slack: AsyncWebClient
) -> None:
    client.crm.contacts.basic_api.update("103", {"properties": {"firstname": EVIL}})
    client.crm.objects.notes.basic_api.create(
        {"properties": {"hs_timestamp": "2026-03-10T15:00:00Z", "hs_note_body": f"<p>{EVIL}</p>"}}
    )
    link = '<javascript:alert(1)|press> <https://a.example/" onclick=alert(1)|x>'
    await slack.chat_postMessage(channel="sales-calls", text=f"{EVIL} {link}")
    table = sandbox.frame.store.table("gong.calls")
    turns = [{"speakerId": "s1", "sentences": [{"start": 61_000, "end": 62_000, "text": EVIL}]}]
    table["7001"] = {
        "extensive": {"metaData": {"id": "7001", "title": EVIL}, "parties": [{"name": EVIL, "speakerId": "s1"}, None]},
        "transcript": {"callId": "7001", "transcript": turns},
    }

    for path in ("/", "/calls/7001"):
        seen = await looked_at(page, path)
        assert not {"script", "img", "link", "iframe", "form"} & {name for name, _ in seen.tags}
        assert not [
            name for _, attributes in seen.tags for name in attributes if name.startswith("on") or name == "src"
        ]
        assert not [a["href"] for name, a in seen.tags if name == "a" and not re.match("https?://|/", a["href"] or "")]
        assert "alert(1)" in seen.text


async def test_the_browser_is_told_to_let_nothing_else_in(page: httpx.AsyncClient) -> None:
    response = await page.get("/")

    policy = response.headers["Content-Security-Policy"]
    style = re.search(r"<style>(.*)</style>", response.text, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}'")
    assert "url(" not in style[1]
    assert "@import" not in style[1]
    assert response.headers["X-Content-Type-Options"] == "nosniff"


async def test_a_call_has_its_transcript_on_its_own_page(sandbox: SandboxServer, page: httpx.AsyncClient) -> None:
    table = sandbox.frame.store.table("gong.calls")
    turns = [
        {"speakerId": "s1", "sentences": [{"start": 61_000, "text": "Hello."}, {"start": 62_000, "text": "Ready?"}]},
        {"speakerId": None, "sentences": None},
    ]
    extensive = {**table["7001"]["extensive"], "parties": [{"name": "Ana Ortiz", "speakerId": "s1"}]}
    table["7001"] = {"extensive": extensive, "transcript": {"callId": "7001", "transcript": turns}}

    assert ("a", {"href": "/calls/7001"}) in (await looked_at(page)).tags
    assert "1:01 Ana Ortiz: Hello. Ready?" in (await looked_at(page, "/calls/7001")).text
    assert (await page.get("/calls/1")).status_code == 404


async def test_an_empty_world_has_a_page_too(tmp_path: Path, write: Callable[[str, Any], Path]) -> None:
    folder = write("hubspot/deals.json", [])
    with SandboxServer(folder) as sandbox:
        async with httpx.AsyncClient(base_url=sandbox.url, verify=False) as session:
            assert "0Calls" in (await looked_at(session)).text


def test_markup_escapes_what_is_not_markup() -> None:
    assert tag("p", "<b>", Markup("<i>x</i>"), None, 3, title='"') == '<p title="&quot;">&lt;b&gt;<i>x</i>3</p>'
    assert joined("&", tag("b", "x")) == "&amp;<b>x</b>"


def test_text_of_html_breaks_where_its_blocks_end() -> None:
    assert html_as_text("<p>One</p><ul><li>two</li><li>three</li></ul>tail<br>end") == (
        "One\n• two\n• three\ntail\nend"
    )


def test_mrkdwn_reads_as_slack_shows_it() -> None:
    assert mrkdwn("&gt; *no* way &amp; out") == '<span class="quiet">│ </span><strong>no</strong> way &amp; out'
    assert mrkdwn("<mailto:a@b.example|write>") == "write"
