"""What the HubSpot client does when HubSpot is slow, over its limit or away: ask again, or say what may be done."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from core.errors import Unavailable
from tools.hubspot.client import HubSpotClient

if TYPE_CHECKING:
    from tests.tools.conftest import Canned, Services, Stopwatch

READ_DEALS = "POST /crm/v3/objects/deals/batch/read"
UPDATE_DEALS = "POST /crm/v3/objects/deals/batch/update"


@pytest.mark.parametrize("kind", ["rate_limited", "rate_limited_without_retry_after", "server_error"])
async def test_a_post_that_reads_is_tried_again(hubspot: HubSpotClient, services: Services, kind: Any) -> None:
    services.fault("hubspot", kind, times=2)
    assert await hubspot.read("deals", ["500"], [])
    assert services.asked("hubspot") == {READ_DEALS: 3}


async def test_a_write_refused_for_its_rate_is_sent_again(hubspot: HubSpotClient, services: Services) -> None:
    services.fault("hubspot", "rate_limited_without_retry_after", "update", times=2)
    assert await hubspot.update("deals", {"500": {"amount": "9"}}) == {"500": None}
    assert services.asked("hubspot") == {UPDATE_DEALS: 3}


async def test_a_write_that_met_another_is_sent_again(hubspot: HubSpotClient, services: Services) -> None:
    services.fault("hubspot", "conflict_409", "update")
    assert await hubspot.update("deals", {"500": {"amount": "9"}}) == {"500": None}


@pytest.mark.parametrize("kind", ["server_error", "timeout_after_commit"])
async def test_a_write_without_an_answer_may_be_done_and_is_not_sent_again(
    hubspot: HubSpotClient, services: Services, watch: Stopwatch, kind: Any
) -> None:
    services.fault("hubspot", kind, "update")
    with pytest.raises(Unavailable) as raised:
        await hubspot.update("deals", {"500": {"amount": "77"}})
    assert raised.value.maybe_done
    assert watch.slept == []


async def test_a_write_that_never_left_is_certainly_not_done(watch: Stopwatch) -> None:
    client = HubSpotClient("http://127.0.0.1:9", "token", limiter=watch.limiter("HubSpot"), retry=watch.retry())
    with pytest.raises(Unavailable) as raised:
        await client.update("deals", {"1": {"amount": "1"}})
    assert not raised.value.maybe_done
    await client.close()


async def test_every_call_has_a_time_out(services: Services, watch: Stopwatch) -> None:
    client = HubSpotClient(
        f"{services.server.url}/hubspot",
        services.server.credentials.hubspot_token,
        limiter=watch.limiter("HubSpot"),
        retry=watch.retry(),
        timeout_s=0.05,
    )
    services.fault("hubspot", "slow", times=100, seconds=300_000)
    with pytest.raises(Unavailable, match="ReadTimeoutError"):
        await client.read("deals", ["500"], [])
    await client.close()


async def test_a_429_to_one_request_holds_the_others(
    hubspot: HubSpotClient, services: Services, watch: Stopwatch
) -> None:
    services.fault("hubspot", "rate_limited", seconds=9000)
    await asyncio.gather(hubspot.read("deals", ["500"], []), hubspot.owners())
    assert watch.time >= 9


async def test_a_day_that_is_used_up_goes_back_to_the_caller(
    canned: Canned, canned_hubspot: HubSpotClient, watch: Stopwatch
) -> None:
    canned.says(json.dumps({"message": "daily limit", "policyName": "DAILY"}), "429 Too Many Requests")
    with pytest.raises(Unavailable) as raised:
        await canned_hubspot.owners()
    assert raised.value.retry_after == timedelta(hours=1)
    assert (len(canned.asked), watch.slept) == (1, [])
