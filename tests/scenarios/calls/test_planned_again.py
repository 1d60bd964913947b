"""What a service refused is tried once more when a person asks for it, and only then."""

from pathlib import Path
from typing import Any

import pytest
from langgraph.runtime import Runtime

from core.errors import Rejected
from memory.calls import CallStatus
from memory.ledger import EffectStatus
from nodes.planned_again import CHANGED
from nodes.policy.loading import parse_policy
from nodes.remember import remember


class Refusing:
    """A service that refuses these writes."""

    def __init__(self, service: Any, *writes: str) -> None:
        self._service = service
        self._writes = writes

    def __getattr__(self, name: str) -> Any:
        return self._refuse if name in self._writes else getattr(self._service, name)

    async def _refuse(self, *_arguments: Any, **_named: Any) -> Any:
        raise Rejected("HubSpot", "this account may read only")


@pytest.fixture
async def house(world: Any, open_house: Any) -> Any:
    """The house after a call of which HubSpot and Slack refused everything."""
    world.add_call("9001", deals=["301"], companies=["101"])
    house = await open_house()
    crm, messenger = Refusing(house.context.crm, "create", "update"), Refusing(house.context.messenger, "post")
    assert (await house.run("9001", house.but(crm=crm, messenger=messenger))).status is CallStatus.ANALYSED
    assert {row.status for row in await house.effects()} == {EffectStatus.FAILED}
    return house


async def again(house: Any) -> None:
    """The call goes through its last step once more, which is where a retried call ends at the latest."""
    await remember({"call_id": "9001"}, Runtime(context=house.context))


async def test_what_was_refused_is_not_tried_again_by_itself(house: Any) -> None:
    before, asked = house.standing(), house.requests("hubspot")
    await again(house)
    assert (house.standing(), house.requests("hubspot")) == (before, asked)


async def test_planned_again_everything_is_done_once(house: Any) -> None:
    planned = await house.context.records.ledger.replan("9001")
    assert len(planned) == len(await house.effects())
    for _ in range(2):
        await again(house)
    assert {row.status for row in await house.effects()} == {EffectStatus.CONFIRMED}
    assert (len(house.made("notes")), len(house.made("tasks")), len(house.messages())) == (1, 2, 2)
    assert house.properties("contacts", "201")["last_call_date"] == "2026-03-10"
    assert house.properties("deals", "301")["sophia_next_step_due"] == "2026-03-13"


async def test_what_somebody_changed_since_is_not_written_over(house: Any) -> None:
    house.edit("deals", "301", sophia_risk="Waiting for legal")
    await house.context.records.ledger.replan("9001")
    await again(house)
    assert house.properties("deals", "301")["sophia_risk"] == "Waiting for legal"
    assert {row.field: row.reason for row in await house.effects() if row.status is EffectStatus.FAILED} == {
        "sophia_risk": CHANGED
    }


async def test_what_is_refused_once_more_can_be_planned_once_more(house: Any) -> None:
    ledger = house.context.records.ledger
    planned = await ledger.replan("9001")
    house.context = house.but(crm=Refusing(house.context.crm, "create", "update"))
    await again(house)
    assert set(await ledger.replan("9001")) == set(planned) - {
        row.key for row in await house.effects() if row.service == "slack"
    }


async def test_what_the_rules_deny_by_now_is_not_done(house: Any) -> None:
    await house.context.records.ledger.replan("9001")
    house.context = house.but(policy=parse_policy("version = 1", Path("policy.toml")))
    before = house.standing()
    await again(house)
    assert house.standing() == before
    assert {row.status for row in await house.effects()} == {EffectStatus.FAILED}
