"""What a portal is made of, and the links into it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tools.hubspot.links import record_url
from tools.hubspot.port import Account, ObjectType, Owner, OwnerTeam
from tools.hubspot.properties import DEFINITIONS

if TYPE_CHECKING:
    from tests.tools.conftest import Canned, Services
    from tools.hubspot.client import HubSpotClient


async def test_owners_pipelines_account_and_properties_are_asked_for_once(
    hubspot: HubSpotClient, services: Services
) -> None:
    for _ in range(3):
        await asyncio.gather(
            hubspot.owners(),
            hubspot.pipelines(),
            hubspot.account(),
            hubspot.property_names("deals"),
            hubspot.owners(),
        )
    assert services.total("hubspot") == 4


async def test_owners_have_names_where_hubspot_has_them(hubspot: HubSpotClient) -> None:
    assert await hubspot.owners() == (
        Owner(id="71", email="ana@us.example", name="Ana Ortiz"),
        Owner(id="72", email=None, name="Bot"),
    )


async def test_owners_are_read_over_all_their_pages(canned: Canned, canned_hubspot: HubSpotClient) -> None:
    canned.says('{"results": [{"id": "1"}], "paging": {"next": {"after": "1"}}}')
    canned.says('{"results": [{"id": 2, "teams": null}]}')
    assert [owner.id for owner in await canned_hubspot.owners()] == ["1", "2"]
    assert b"after=1" in canned.asked[1]


async def test_owners_have_teams_where_hubspot_tells_of_them(canned: Canned, canned_hubspot: HubSpotClient) -> None:
    teams = '[{"id": 9, "name": "East", "primary": true}, {"id": "8", "name": null, "primary": null}]'
    canned.says('{"results": [{"id": "1", "teams": ' + teams + '}, {"id": "2", "teams": []}, {"id": "3"}]}')
    first, *others = await canned_hubspot.owners()
    assert first.teams == (OwnerTeam(id="9", name="East", primary=True), OwnerTeam(id="8"))
    assert [owner.teams for owner in others] == [(), ()]


async def test_who_has_left_is_asked_for_apart_and_is_archived_whatever_the_answer_says(
    canned: Canned, canned_hubspot: HubSpotClient
) -> None:
    canned.says('{"results": [{"id": "1"}]}')
    (former,) = await canned_hubspot.former_owners()
    (owner,) = await canned_hubspot.owners()
    assert (former.archived, owner.archived) == (True, False)
    assert [b"archived=true" in asked.lower() for asked in canned.asked] == [True, False]
    canned_hubspot.forget()
    await canned_hubspot.former_owners()
    assert len(canned.asked) == 3


async def test_stages_are_in_order_and_know_whether_they_are_closed(hubspot: HubSpotClient) -> None:
    pipeline = (await hubspot.pipelines())[0]
    assert [(stage.id, stage.closed, stage.probability) for stage in pipeline.stages] == [
        ("open", False, 0.2),
        ("lost", True, 0.0),
        ("won", True, 1.0),
    ]


async def test_the_account_is_behind_the_sdks_own_transport(hubspot: HubSpotClient, services: Services) -> None:
    account = await hubspot.account()
    assert account.portal_id.isdigit()
    assert services.asked("hubspot") == {"GET /account-info/v3/details": 1}


@pytest.mark.parametrize(
    ("type", "url"),
    [
        ("contacts", "https://app.hubspot.com/contacts/12/record/0-1/7"),
        ("companies", "https://app.hubspot.com/contacts/12/record/0-2/7"),
        ("deals", "https://app.hubspot.com/contacts/12/record/0-3/7"),
        ("notes", None),
        ("tasks", None),
    ],
)
def test_a_record_has_a_link_to_its_page(type: ObjectType, url: str | None) -> None:
    assert record_url(Account(portal_id="12"), type, "7") == url


def test_a_link_goes_to_the_portals_own_host_and_nowhere_else() -> None:
    europe = Account(portal_id="12", ui_domain="app-eu1.hubspot.com")
    assert record_url(europe, "deals", "7") == "https://app-eu1.hubspot.com/contacts/12/record/0-3/7"
    for host in ("evil.example", "app.hubspot.com.evil.example", "app.hubspot.com/x?", ""):
        assert record_url(Account(portal_id="12", ui_domain=host), "deals", "7") is None


def test_an_id_cannot_leave_its_place_in_a_link() -> None:
    url = record_url(Account(portal_id="1/2"), "deals", "7?x=<a>|b")
    assert url == "https://app.hubspot.com/contacts/1%2F2/record/0-3/7%3Fx%3D%3Ca%3E%7Cb"


async def test_sophias_own_properties_can_all_be_made_and_written(fresh_hubspot: HubSpotClient) -> None:
    for type, definitions in DEFINITIONS.items():
        made = await fresh_hubspot.ensure_properties(type, definitions)
        assert made == tuple(definition.name for definition in definitions)
    changes = {
        "last_call_date": "2026-03-10",
        "sophia_next_step": "Send the quote",
        "sophia_next_step_due": "2026-03-12",
        "sophia_risk": "The CFO has not seen it.",
    }
    assert await fresh_hubspot.update("deals", {"500": changes}) == {"500": None}
    for mood in ("positive", "neutral", "mixed", "negative", "unknown"):
        about = {"last_call_date": "2026-03-10", "last_call_sentiment": mood, "last_call_summary": "They talked."}
        assert await fresh_hubspot.update("contacts", {"100": about}) == {"100": None}
