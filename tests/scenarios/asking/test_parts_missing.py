"""Asked while something is missing: HubSpot away, Gong and Slack never set up, no call worked through yet."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from api.asking import Asking, open_asking
from api.wiring import open_services
from core.errors import ServiceError
from tests.scenarios.asking.conftest import DANNY, KENYA, Conversation, Town, settings_for

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def beginner(town: Town, tmp_path: Path) -> AsyncIterator[Asking]:
    """Sophia on her first day: HubSpot is set up, Gong and Slack are not, and she has heard no call."""
    nothing = dict.fromkeys(("gong_access_key", "gong_access_key_secret", "slack_bot_token", "slack_channel"))
    async with (
        open_services(settings_for(town.server, tmp_path, **nothing), asking=True) as services,
        open_asking(services) as asking,
    ):
        yield asking


async def test_records_are_answered_on_the_first_day(beginner: Asking) -> None:
    talk = Conversation(beginner, DANNY)
    assert "1 deal of yours, $62,000 in all" in await talk.hears("how many deals do I have")


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("last call with Garland Residential - Collect", "No calls with"),
        ("how many price objections this quarter", "No "),
        ("what did they say about the price?", "I found nothing about that in the calls that you may see"),
        ("summarise the last call", "I found nothing about that in the calls that you may see"),
        ("brief me on Garland Residential - Collect", "Garland Residential - Collect: owner Danny Kowalczyk"),
        ("what's missing to qualify Garland Residential - Collect?", "No call that you may see says how far"),
        ("who was told about the Garland Residential - Collect call?", "I know of no call with Garland"),
    ],
)
async def test_what_no_call_was_heard_for_is_said_honestly(beginner: Asking, said: str, answer: str) -> None:
    talk = Conversation(beginner, DANNY)
    assert answer in await talk.hears(said)
    assert talk.last is not None and not [one for one in talk.last.citations if one.kind == "call"]


async def test_what_slack_is_needed_for_says_what_to_set(beginner: Asking) -> None:
    talk = Conversation(beginner, DANNY)
    told = await talk.hears("tell Kenya that Garland signed")
    assert talk.told["action"]["state"] in ("failed", "refused") and "Slack" in told


async def test_what_is_known_is_told_while_hubspot_is_away_and_nothing_is_changed(town: Town) -> None:
    talk = town.talk(KENYA)
    before = await talk.hears("open deals I own")
    with town.away("hubspot"):
        assert before.splitlines()[0] in await talk.hears("open deals I own")
        made = await talk.hears("remind me tomorrow to call Brightwater")
        assert talk.told["action"]["state"] == "failed" and "is made" not in made
    assert await talk.hears("open deals I own") == before


async def test_who_never_read_hubspot_cannot_answer_while_it_is_away(town: Town, tmp_path: Path) -> None:
    with town.away("hubspot"), pytest.raises(ServiceError) as away:
        async with (
            open_services(settings_for(town.server, tmp_path), asking=True) as services,
            open_asking(services) as asking,
        ):
            await Conversation(asking, DANNY).says("my deals")
    assert "HubSpot" in str(away.value)
