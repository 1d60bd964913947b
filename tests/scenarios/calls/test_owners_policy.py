"""What the owner's rules make of a call: each of them is heeded by every step that writes."""

from pathlib import Path
from typing import Any

import pytest
from langgraph.runtime import Runtime

from memory.calls import CallStatus
from memory.ledger import EffectStatus
from nodes.crm_sync.policy import policy
from nodes.policy.deciding import Policy
from nodes.policy.loading import DEFAULT_FILE, parse_policy
from nodes.state import Change

MOVE = """
[[rule]]
objects = "deals"
fields = "dealstage"
actions = "update"
decision = "ALLOW"
[rule.when]
amount_below = 5000
stages = "Demo"
to_stages = "Contract"
"""


def rules(first: str) -> Policy:
    """The default rules, with others above them."""
    above, first_rule, below = DEFAULT_FILE.read_text(encoding="utf-8").partition("\n[[rule]]")
    return parse_policy(f"{above}\n{first}{first_rule}{below}", Path("policy.toml"))


async def carried(world: Any, open_house: Any, first: str) -> Any:
    """The house after a call under these rules."""
    world.add_call("9001", deals=["301"], companies=["101"])
    house = await open_house()
    await house.run("9001", house.but(policy=rules(first)))
    return house


async def failed(house: Any) -> dict[tuple[str, str | None], str | None]:
    return {
        (effect.object_type, effect.field): effect.reason
        for effect in await house.effects()
        if effect.status is EffectStatus.FAILED
    }


async def test_an_allowed_stage_is_written_and_not_asked(world: Any, open_house: Any) -> None:
    house = await carried(world, open_house, MOVE)
    assert house.properties("deals", "301")["dealstage"] == "s3"
    assert await house.context.records.approvals.waiting() == []


@pytest.mark.parametrize("amount", ["5000", None])
async def test_a_deal_too_big_or_of_unknown_size_is_asked_about(
    world: Any, open_house: Any, amount: str | None
) -> None:
    world.record("deals", "301")["properties"]["amount"] = amount
    house = await carried(world, open_house, MOVE)
    assert house.properties("deals", "301")["dealstage"] == "s2"
    (asked,) = await house.context.records.approvals.waiting()
    assert asked.field == "dealstage"


async def test_an_approval_has_the_rules_reason_and_lapses_when_the_rule_says(world: Any, open_house: Any) -> None:
    first = "[[rule]]\nobjects='deals'\nfields='dealstage'\nactions='update'\ndecision='ASK'\n"
    house = await carried(world, open_house, first + "expire_after_days = 2\nreason = 'Finance wants to know'\n")
    (asked,) = await house.context.records.approvals.waiting()
    assert asked.reason == "the call speaks for the next stage; Finance wants to know"
    assert (asked.expires_at - house.clock.now()).days == 2


async def test_an_allowed_value_that_the_portal_does_not_offer_is_asked_about(world: Any, open_house: Any) -> None:
    house = await open_house()
    change = Change(key="k", object_type="deals", object_id="301", field="dealstage", label="Stage", after="s99")
    context = house.but(policy=rules("[[rule]]\nobjects='deals'\nactions='update'\ndecision='ALLOW'\n"))
    left = await policy({"call_id": "9001", "changes": (change,)}, Runtime(context=context))
    assert left == {"changes": ()}
    (asked,) = await house.context.records.approvals.waiting()
    assert asked.reason == "“s99” is not exactly one of HubSpot's options"


@pytest.mark.parametrize("type", ["notes", "tasks"])
async def test_denied_records_are_not_made_and_the_ledger_says_why(world: Any, open_house: Any, type: str) -> None:
    first = f"[[rule]]\nobjects='{type}'\nactions='create'\ndecision='DENY'\nreason='We make those ourselves'\n"
    house = await carried(world, open_house, first)
    assert house.made(type) == []
    assert await failed(house) == {(type, None): "We make those ourselves"}
    assert house.made({"notes": "tasks", "tasks": "notes"}[type])


@pytest.mark.parametrize("type", ["notes", "tasks"])
async def test_records_that_a_person_must_allow_are_not_made(world: Any, open_house: Any, type: str) -> None:
    house = await carried(world, open_house, f"[[rule]]\nobjects='{type}'\nactions='create'\ndecision='ASK'\n")
    assert house.made(type) == []
    assert await failed(house) == {}


async def test_a_task_is_judged_by_how_sure_its_promise_is(world: Any, open_house: Any) -> None:
    tasks = "[[rule]]\nobjects='tasks'\nactions='create'\nagents='follow_up'\n"
    sure = "decision='ALLOW'\n[rule.when]\nconfidence_at_least = 1\n"  # as the analyst of this house is
    house = await carried(world, open_house, f"{tasks}{sure}{tasks}decision='DENY'\n")
    assert len(house.made("tasks")) == 2


@pytest.mark.parametrize(("place", "other"), [("channel", "owner"), ("owner", "channel")])
async def test_a_denied_message_is_not_posted_and_the_other_one_is(
    world: Any, open_house: Any, place: str, other: str
) -> None:
    first = f"[[rule]]\nobjects='messages'\nfields='{place}'\nactions='create'\ndecision='DENY'\n"
    house = await carried(world, open_house, first)
    in_channel = [message["channel"] == house.channel() for message in house.messages()]
    assert in_channel == [other == "channel"]
    assert await failed(house) == {("message", place): "the policy does not allow this: rule 1"}


async def test_what_was_done_before_it_was_denied_keeps_its_row(world: Any, open_house: Any) -> None:
    world.add_call("9001", deals=["301"], companies=["101"])
    house = await open_house()
    await house.run("9001")
    await house.context.records.calls.set_status("9001", CallStatus.RECEIVED)
    nothing = house.but(policy=parse_policy("version = 1", Path("policy.toml")))
    assert (await house.run("9001", nothing)).status is CallStatus.ANALYSED
    assert set(await failed(house)) == {("deals", "dealstage")}  # it was only asked about, and now may not be
