"""Who is told of a call, and who is not."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from core.clock import FixedClock
from core.errors import Rejected, Unavailable
from memory.calls import CallStatus
from memory.ledger import EffectStatus, Ledger
from nodes.context import WorkflowOptions


def member(id: str, name: str, **about: Any) -> dict[str, Any]:
    profile = {"email": f"{name}@ours.example", "real_name": name.capitalize()}
    return {"id": id, "team_id": "T1", "name": name, "deleted": False, "profile": profile, "is_bot": False} | about


async def told(house: Any) -> dict[str | None, tuple[EffectStatus, str | None]]:
    return {
        effect.field: (effect.status, effect.reason) for effect in await house.effects() if effect.service == "slack"
    }


async def test_the_deals_owner_is_told_directly(world: Any, open_house: Any) -> None:
    world.add_call("9001", deals=["301"], companies=["101"])
    house = await open_house()
    await house.run("9001")
    (direct,) = [message for message in house.messages() if message["channel"] != house.channel()]
    members = house.table("slack.members")[direct["channel"]]["members"]
    assert "erik@ours.example" in {house.table("slack.users")[id]["profile"].get("email") for id in members}


async def test_without_an_owner_who_held_the_call_is_told(world: Any, open_house: Any) -> None:
    world.record("deals", "301")["properties"]["hubspot_owner_id"] = None
    world.add_call("9001", deals=["301"], companies=["101"])
    house = await open_house()
    await house.run("9001")
    (direct,) = [message for message in house.messages() if message["channel"] != house.channel()]
    members = house.table("slack.members")[direct["channel"]]["members"]
    assert "dana@ours.example" in {house.table("slack.users")[id]["profile"].get("email") for id in members}


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ([member("U1", "dana")], "nobody in Slack has the address erik@ours.example"),
        (
            [member("U1", "dana"), member("U2", "erik", is_restricted=True)],
            "erik@ours.example is a guest in Slack, who is told nothing of the CRM",
        ),
        (
            [member("U1", "dana"), member("U2", "erik", deleted=True)],
            "nobody in Slack has the address erik@ours.example",
        ),
        (
            [member("U1", "dana"), member("U2", "erik", is_bot=True)],
            "Slack: answered cannot_dm_bot",
        ),
    ],
    ids=["no Slack", "a guest", "a leaver", "a bot"],
)
async def test_an_owner_who_cannot_be_told_is_noted_and_the_channel_hears_of_it(
    world: Any, open_house: Any, members: list[dict[str, Any]], reason: str
) -> None:
    world.slack_users = members
    world.add_call("9001", deals=["301"], companies=["101"])
    house = await open_house()
    assert (await house.run("9001")).status is CallStatus.ANALYSED
    assert await told(house) == {"owner": (EffectStatus.FAILED, reason), "channel": (EffectStatus.CONFIRMED, None)}
    assert [message["channel"] for message in house.messages()] == [house.channel()]


async def test_a_channel_that_is_not_there_is_noted_and_the_owner_is_told(world: Any, open_house: Any) -> None:
    world.add_call("9001", deals=["301"], companies=["101"])
    house = await open_house(options=WorkflowOptions(channel="CNOSUCH"))
    assert (await house.run("9001")).status is CallStatus.ANALYSED
    outcome = await told(house)
    assert outcome["owner"] == (EffectStatus.CONFIRMED, None)
    assert outcome["channel"][0] is EffectStatus.FAILED
    assert "channel_not_found" in str(outcome["channel"][1])


async def test_without_a_channel_only_the_owner_is_told(world: Any, open_house: Any) -> None:
    world.add_call("9001", deals=["301"], companies=["101"])
    house = await open_house(options=WorkflowOptions(channel=None))
    await house.run("9001")
    assert list(await told(house)) == ["owner"]


class Unreadable:
    """Slack, where nobody may read what stands in a channel: posting to one is allowed without having joined it."""

    def __init__(self, messenger: Any) -> None:
        self._messenger = messenger

    def __getattr__(self, name: str) -> Any:
        return getattr(self._messenger, name)

    async def find(self, *_: Any, **__: Any) -> None:
        raise Rejected("Slack", "answered not_in_channel")


async def test_a_message_that_cannot_be_looked_for_keeps_neither_the_other_nor_the_call(
    world: Any, open_house: Any
) -> None:
    world.add_call("9001", deals=["301"], companies=["101"])
    house = await open_house(timeout_s=1.5)
    house.fault("slack", "timeout_after_commit", r"chat\.postMessage")
    with pytest.raises(Unavailable):
        await house.run("9001")
    outcome = await house.run("9001", house.but(messenger=Unreadable(house.context.messenger)))
    assert outcome.status is CallStatus.ANALYSED
    messages = await told(house)
    assert messages["owner"] == (EffectStatus.FAILED, "Slack: answered not_in_channel")
    assert messages["channel"][0] is EffectStatus.CONFIRMED
    assert len(house.messages()) == 2


async def test_a_clock_that_was_ahead_when_a_message_went_out_makes_no_second_one(
    world: Any, open_house: Any, clock: Any
) -> None:
    world.add_call("9001", deals=["301"], companies=["101"])
    house = await open_house(timeout_s=1.5)
    records, ahead = house.context.records, FixedClock(clock.now() + timedelta(minutes=10))
    ledger = Ledger(records.calls._database, ahead)
    house.fault("slack", "timeout_after_commit", r"chat\.postMessage")
    with pytest.raises(Unavailable):
        await house.run("9001", house.but(records=replace(records, ledger=ledger)))
    await house.run("9001")
    assert len(house.messages()) == 2
