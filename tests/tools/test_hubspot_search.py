"""HubSpot's search through the client: groups and operators, pages and totals, and what is not asked at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.errors import Rejected
from sandbox.server import SandboxServer
from tests.tools.conftest import FAST
from tools.hubspot.port import CrmSearch, SearchFilter
from tools.hubspot.searching import MOST_CHARACTERS, MOST_FILTERS, MOST_GROUPS, MOST_RESULTS, is_expressible

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.tools.conftest import Services
    from tools.hubspot.client import HubSpotClient


@pytest.fixture(scope="module")
def one_sandbox(small_world: Path) -> Iterator[SandboxServer]:
    """One for this file: a search finds what other files of the room have written to theirs."""
    with SandboxServer(small_world, speed=FAST, check_contract=True) as server:
        yield server
    assert server.violations == []


SEARCH_DEALS = "POST /crm/v3/objects/deals/search"
ACME = SearchFilter(property="dealname", operator="CONTAINS_TOKEN", value="acme")


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        ((), ["500", "501", "502"]),
        (((ACME,),), ["500", "501"]),
        (((ACME, SearchFilter(property="amount", operator="HAS_PROPERTY")),), ["500"]),
        (((ACME,), (SearchFilter(property="amount", operator="NOT_HAS_PROPERTY"),)), ["500", "501", "502"]),
        (((SearchFilter(property="amount", operator="BETWEEN", value="999", high="1001"),),), ["500"]),
        (((SearchFilter(property="dealname", operator="IN", values=("acme busy", "nobody's")),),), ["501", "502"]),
        (((SearchFilter(property="associations.company", operator="EQ", value="300"),),), ["500"]),
        (((SearchFilter(property="associations.contact", operator="IN", values=("101", "102")),),), ["500"]),
    ],
)
async def test_records_are_found_that_meet_any_of_the_groups(
    groups: tuple[tuple[SearchFilter, ...], ...], expected: list[str], hubspot: HubSpotClient
) -> None:
    page = await hubspot.search("deals", CrmSearch(groups=groups, properties=("dealname",), sort="hs_object_id"))
    assert [record.id for record in page.records] == expected
    assert (page.total, page.after) == (len(expected), None)
    assert all(record.get("dealname") for record in page.records)


async def test_pages_follow_each_other_and_tell_how_many_there_are(hubspot: HubSpotClient) -> None:
    asked = CrmSearch(sort="hs_object_id", descending=True)
    found: list[str] = []
    totals = set()
    after: str | None = None
    while True:
        page = await hubspot.search("notes", asked.model_copy(update={"after": after}))
        found += [record.id for record in page.records]
        totals.add(page.total)
        after = page.after
        if after is None:
            break
    assert found == [str(9000 + number) for number in reversed(range(520))]
    assert totals == {520}


async def test_a_search_is_tried_again_as_every_reading_is(services: Services, hubspot: HubSpotClient) -> None:
    services.fault("hubspot", "server_error", times=2)
    assert (await hubspot.search("deals", CrmSearch())).total == 3
    assert services.asked("hubspot") == {SEARCH_DEALS: 3}


async def test_searches_are_at_most_five_a_second(hubspot: HubSpotClient, watch: object) -> None:
    for _ in range(11):
        await hubspot.search("deals", CrmSearch())
    assert watch.time >= 2  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "search",
    [
        CrmSearch(groups=((ACME,),) * (MOST_GROUPS + 1)),
        CrmSearch(groups=((ACME,) * (MOST_FILTERS + 1),)),
        CrmSearch(groups=((SearchFilter(property="dealname", operator="EQ", value="x" * MOST_CHARACTERS),),)),
        CrmSearch(limit=201),
        CrmSearch(after=str(MOST_RESULTS)),
    ],
)
async def test_what_hubspot_would_refuse_is_not_asked(
    search: CrmSearch, services: Services, hubspot: HubSpotClient
) -> None:
    with pytest.raises(Rejected):
        await hubspot.search("deals", search)
    assert services.total("hubspot") == 0


def test_as_many_conditions_as_hubspot_takes_can_be_expressed() -> None:
    short = SearchFilter(property="a", operator="EQ", value="1")
    assert is_expressible([[short] * MOST_FILTERS] * (MOST_GROUPS - 1))
    assert not is_expressible([[short]] * (MOST_GROUPS + 1))
