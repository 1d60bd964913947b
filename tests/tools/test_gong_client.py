"""The Gong client against the sandbox, over real sockets."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from core.errors import ConfigurationError, Rejected, Unauthorized, Unavailable
from core.settings import Settings
from tools.gong.client import GongClient

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.tools.conftest import Canned, Services, Stopwatch

LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)
EXTENSIVE, TRANSCRIPT = "POST /v2/calls/extensive", "POST /v2/calls/transcript"


@pytest.fixture
async def canned_gong(canned: Canned, watch: Stopwatch) -> AsyncIterator[GongClient]:
    client = GongClient(canned.url, "key", "secret", limiter=watch.limiter("Gong"), retry=watch.retry())
    yield client
    await client.close()


async def all_calls(gong: GongClient, since: datetime = LONG_AGO, until: datetime | None = None) -> list[str]:
    return [call.id async for page in gong.pages(since, until) for call in page]


async def test_all_calls_are_listed_page_by_page(gong: GongClient, services: Services) -> None:
    pages = [len(page) async for page in gong.pages(LONG_AGO)]
    assert (sum(pages), max(pages)) == (services.calls, 100)
    assert services.asked("gong") == {EXTENSIVE: len(pages)}


async def test_a_listed_call_has_its_parties_and_records(gong: GongClient) -> None:
    first = (await anext(gong.pages(LONG_AGO)))[0]
    assert first.parties[0].name == "Ana"
    assert first.crm[0].id == "500"


async def test_a_listing_ends_before_until(gong: GongClient, services: Services) -> None:
    since = datetime(2026, 1, 2, 15, tzinfo=UTC)
    assert await all_calls(gong, since, since + timedelta(days=1)) == [services.call_id(1)]


async def test_no_result_is_a_404_that_means_nothing_found(gong: GongClient, services: Services) -> None:
    assert await all_calls(gong, datetime(2030, 1, 1, tzinfo=UTC)) == []
    assert await gong.calls(["1"]) == {}
    assert await gong.transcripts(["1"]) == {}
    services.fault("gong", "empty_404")
    assert await all_calls(gong) == []


async def test_a_hundred_transcripts_go_into_one_request(gong: GongClient, services: Services) -> None:
    found = await gong.transcripts([services.call_id(number) for number in range(200)])
    assert services.asked("gong") == {TRANSCRIPT: 2}
    assert len(found) == 180
    assert found[services.call_id(3)].turns[0].sentences[0].text == "Hello 3."


async def test_a_transcript_that_is_not_ready_is_absent(gong: GongClient, services: Services) -> None:
    assert set(await gong.transcripts([services.call_id(8), services.call_id(9)])) == {services.call_id(8)}


async def test_calls_are_read_by_id_and_unknown_ones_are_absent(gong: GongClient, services: Services) -> None:
    found = await gong.calls([services.call_id(1), "12345", services.call_id(2), services.call_id(1), ""])
    assert set(found) == {services.call_id(1), services.call_id(2)}
    assert services.asked("gong") == {EXTENSIVE: 1}


async def test_nothing_asked_is_no_request(gong: GongClient, services: Services) -> None:
    assert await gong.calls([]) == {}
    assert services.total("gong") == 0


async def test_the_endpoint_that_makes_a_call_is_never_used(gong: GongClient, services: Services) -> None:
    await all_calls(gong)
    await gong.calls([services.call_id(1)])
    await gong.transcripts([services.call_id(1)])
    await gong.check()
    assert set(services.asked("gong")) == {EXTENSIVE, TRANSCRIPT}


async def test_a_429_is_waited_out_as_long_as_gong_asks(gong: GongClient, services: Services, watch: Stopwatch) -> None:
    services.fault("gong", "rate_limited", seconds=7000)
    assert await gong.calls([services.call_id(1)])
    assert max(watch.slept) >= 7


async def test_a_429_to_one_request_holds_the_others_too(
    gong: GongClient, services: Services, watch: Stopwatch
) -> None:
    services.fault("gong", "rate_limited", seconds=7000)
    await asyncio.gather(*(gong.calls([services.call_id(number)]) for number in range(3)))
    assert services.server.frame.requests.report()["gong"]["rate_limited"] == 1
    assert watch.time >= 7


@pytest.mark.parametrize("kind", ["rate_limited_without_retry_after", "server_error", "timeout_after_commit"])
async def test_a_passing_trouble_is_tried_again(gong: GongClient, services: Services, kind: str) -> None:
    services.fault("gong", kind, times=3)  # type: ignore[arg-type]
    assert await gong.calls([services.call_id(1)])
    assert services.total("gong") == 4


async def test_a_trouble_that_stays_is_unavailable(gong: GongClient, services: Services) -> None:
    services.fault("gong", "server_error", times=100)
    with pytest.raises(Unavailable, match="Gong: answered 500"):
        await gong.calls([services.call_id(1)])


async def test_a_revoked_key_says_what_to_do(gong: GongClient, services: Services) -> None:
    services.fault("gong", "revoked_token")
    with pytest.raises(Unauthorized, match="revoked") as raised:
        await gong.calls([services.call_id(1)])
    assert "SOPHIA_GONG_ACCESS_KEY" in (raised.value.next_step or "")
    assert services.total("gong") == 1


async def test_a_refused_address_says_what_to_do(gong: GongClient, services: Services) -> None:
    services.fault("gong", "refused_ip")
    with pytest.raises(Unauthorized) as raised:
        await gong.calls([services.call_id(1)])
    assert "address" in (raised.value.next_step or "")


async def test_the_next_page_is_the_identical_request_with_its_cursor(canned: Canned, canned_gong: GongClient) -> None:
    canned.says('{"calls": null, "records": {"cursor": "c1"}}')
    canned.says('{"calls": [{"metaData": {"id": 5}}], "records": {"cursor": null}}')
    assert await all_calls(canned_gong) == ["5"]
    first, second = (json.loads(asked.partition(b"\r\n\r\n")[2]) for asked in canned.asked)
    assert second == first | {"cursor": "c1"}
    assert first["contentSelector"] == {
        "context": "Extended",
        "contextTiming": ["Now"],
        "exposedFields": {"parties": True},
    }


async def test_a_cursor_that_goes_round_in_circles_ends_in_an_error(canned: Canned, canned_gong: GongClient) -> None:
    canned.says('{"calls": [], "records": {"cursor": "c1"}}')
    with pytest.raises(Rejected, match="same page twice"):
        await all_calls(canned_gong)
    assert len(canned.asked) == 2


@pytest.mark.parametrize("body", ["<html>", "[]", '{"calls": {}}', '{"callTranscripts": "x", "calls": 3}'])
async def test_an_answer_that_is_not_gongs_is_rejected(canned: Canned, canned_gong: GongClient, body: str) -> None:
    canned.says(body)
    with pytest.raises(Rejected):
        await canned_gong.calls(["1"])


async def test_a_404_that_is_not_gongs_is_no_empty_answer(canned: Canned, canned_gong: GongClient) -> None:
    canned.says("<h1>nothing here</h1>", "404 Not Found", "text/html")
    with pytest.raises(Rejected) as raised:
        await canned_gong.calls(["1"])
    assert "SOPHIA_GONG_BASE_URL" in (raised.value.next_step or "")


async def test_a_transcript_whose_turns_are_null_is_not_ready(canned: Canned, canned_gong: GongClient) -> None:
    canned.says('{"callTranscripts": [{"callId": "1", "transcript": null}, {"callId": 2, "transcript": []}, null]}')
    found = await canned_gong.transcripts(["1", "2"])
    assert {id: transcript.turns for id, transcript in found.items()} == {"2": ()}


async def test_a_missing_scope_is_named(gong: GongClient, services: Services) -> None:
    services.withhold("gong", "api:calls:read:transcript")
    found = await gong.check()
    assert found["api:calls:read:extensive"] == "ok"
    assert "api:calls:read:transcript" in found["api:calls:read:transcript"]


async def test_gong_out_of_reach_is_unavailable(watch: Stopwatch) -> None:
    client = GongClient("http://127.0.0.1:9", "key", "secret", limiter=watch.limiter("Gong"), retry=watch.retry())
    with pytest.raises(Unavailable, match="cannot be reached"):
        await client.calls(["1"])
    await client.close()


async def test_no_answer_in_time_is_unavailable(services: Services, watch: Stopwatch) -> None:
    about = services.server.credentials
    client = GongClient(
        f"{services.server.url}/gong",
        about.gong_access_key,
        about.gong_access_key_secret,
        limiter=watch.limiter("Gong"),
        retry=watch.retry(),
        timeout_s=0.05,
    )
    services.fault("gong", "slow", times=100, seconds=300_000)
    with pytest.raises(Unavailable, match="in time"):
        await client.calls(["1"])
    await client.close()


async def test_a_base_url_that_is_not_gongs_is_rejected_with_advice(services: Services, watch: Stopwatch) -> None:
    client = GongClient(f"{services.server.url}/nowhere", "k", "s", limiter=watch.limiter("Gong"), retry=watch.retry())
    with pytest.raises(Rejected) as raised:
        await client.calls(["1"])
    assert "SOPHIA_GONG_BASE_URL" in (raised.value.next_step or "")
    await client.close()


async def test_a_saturated_client_is_never_refused_by_a_sliding_window(
    gong: GongClient, services: Services, watch: Stopwatch
) -> None:
    """The turn is taken where the request leaves, so its time on the stopwatch is when a service would count it."""
    departures = []
    for number in range(40):
        await gong.calls([services.call_id(number)])
        departures.append(watch.now())
    windows = [sum(1 for other in departures if 0 <= one - other < 1) for one in departures]
    assert max(windows) <= 3
    assert len(departures) / (departures[-1] - departures[0]) > 2.91


def test_settings_that_lack_something_are_refused() -> None:
    with pytest.raises(ConfigurationError) as raised:
        GongClient.from_settings(Settings())
    assert "SOPHIA_GONG_BASE_URL" in (raised.value.next_step or "")


async def test_what_cannot_be_read_does_not_take_the_rest_of_the_page_with_it(
    fresh_services: Services, watch: Stopwatch
) -> None:
    calls = fresh_services.server.frame.store.table("gong.calls")
    broken = json.loads(json.dumps(calls[fresh_services.call_id(0)]))
    broken["extensive"]["metaData"]["duration"] = "for ever"
    calls[fresh_services.call_id(0)] = broken
    about = fresh_services.server.credentials
    client = GongClient(
        f"{fresh_services.server.url}/gong",
        about.gong_access_key,
        about.gong_access_key_secret,
        limiter=watch.limiter("Gong"),
    )
    assert set(await client.calls([fresh_services.call_id(0), fresh_services.call_id(1)])) == {
        fresh_services.call_id(1)
    }
    await client.close()
