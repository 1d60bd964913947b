"""What may be written instead of what was proposed: exactly what the property can hold, as HubSpot holds it."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from core.errors import NotUsable
from core.people import TERMINAL
from memory.approvals import Approval
from nodes.policy.loading import parse_policy

TAKEN = {
    ("amount", "1250.50"): "1250.5",
    ("amount", " 42000 "): "42000",
    ("amount", "1e3"): "1000",
    ("amount", "-5"): "-5",
    ("closedate", "2026-04-30"): "2026-04-30T05:00:00Z",  # midnight where the portal is, in Chicago
    ("closedate", "2026-04-30T17:00"): "2026-04-30T22:00:00Z",
    ("closedate", "2026-04-30T17:00:00+02:00"): "2026-04-30T15:00:00Z",
    ("dealtype", "newbusiness"): "newbusiness",
    ("hubspot_owner_id", "1"): "1",
    ("hubspot_owner_id", "Erik@Ours.example"): "2",
    ("last_call_date", "2026-03-09"): "2026-03-09",
    ("sophia_risk", "Legal, and the price"): "Legal, and the price",
    ("dealstage", "Won"): "s4",
}
REFUSED = {
    ("amount", "a lot"): "write it like 1250.50",
    ("amount", "NaN"): "write it like 1250.50",
    ("amount", "1e400"): "write it like 1250.50",
    ("amount", "1,250"): "write it like 1250.50",
    ("closedate", "30.4.2026"): "write it like 2026-03-31",
    ("last_call_date", "tomorrow"): "write it like 2026-03-31",
    ("dealtype", "Newbusiness"): "New business, Existing business",
    ("hubspot_owner_id", "Dana"): "dana@ours.example, erik@ours.example",
    ("hubspot_owner_id", "9"): "dana@ours.example, erik@ours.example",
    ("sophia_risk", "x" * 70_000): "at most 65536 characters",
    ("sophia_risk", "   "): "not empty",
    ("hs_lastmodifieddate", "2026-03-09"): "lets nobody write",
    ("no_such_property", "x"): "lets nobody write",
    ("dealstage", "s9"): "Discovery, Demo, Contract, Won",
}


ASKED_ABOUT = """
version = 1
[[rule]]
objects = "deals"
fields = "*"
actions = "update"
decision = "ASK"
"""


@pytest.fixture(autouse=True)
def _everything_may_be_asked(desk: Any) -> None:
    desk.house.context = desk.house.but(policy=parse_policy(ASKED_ABOUT, Path("policy.toml")))


async def request(desk: Any, field: str, id: str = "x", deal: str = "301") -> Approval:
    """A request to change this property of a deal."""
    current = desk.house.properties("deals", deal).get(field)
    about = {"object_type": "deals", "object_id": deal, "field": field, "label": field, "current": current}
    asked = Approval(id=id, call_id="9001", proposed="?", quote="", evidence=(), reason="a test", **about)
    (stored,) = await desk.house.context.records.approvals.request([asked])
    return Approval.model_validate(stored)


async def test_what_a_property_can_hold_is_written_as_hubspot_holds_it(desk: Any) -> None:
    written = {}
    for number, (field, given) in enumerate(TAKEN):
        approval = await request(desk, field, f"taken-{number}")
        outcome = await desk.approve(approval, person=TERMINAL, value=given)
        assert outcome.startswith("written: "), (field, given, outcome)
        written[field, given] = desk.house.properties("deals", "301")[field]
    assert written == TAKEN


async def test_what_it_cannot_hold_is_refused_with_what_it_can(desk: Any) -> None:
    for number, ((field, given), words) in enumerate(REFUSED.items()):
        approval = await request(desk, field, f"refused-{number}")
        with pytest.raises(NotUsable) as refused:
            await desk.answer(approval, person=TERMINAL, value=given)
        assert words in str(refused.value), (field, given)
        assert (await desk.now(approval)).answers == ()


async def test_a_proposal_that_is_no_option_is_asked_about_again_when_it_is_approved_as_it_is(desk: Any) -> None:
    approval = await request(desk, "dealtype")
    outcome = await desk.approve(approval, person=TERMINAL)
    assert "is not exactly one option" in outcome and "New business" in outcome
    again = await desk.now(approval)
    assert await desk.approve(again, person=TERMINAL, value="newbusiness") == "written: nothing → “New business”"


@pytest.mark.parametrize("anew", [False, True], ids=["into another", "into a new one"])
async def test_a_deal_that_was_merged_is_written_where_it_went(desk: Any, anew: bool) -> None:
    approval = await desk.waiting()
    desk.house.edit("deals", "302", dealstage="s2")
    body = {"type": "deals", "primary": "302", "merged": "301", "anew": anew}
    async with httpx.AsyncClient(base_url=f"{desk.house.server.url}/_sandbox/hubspot") as control:
        left = (await control.post("/merge", json=body)).raise_for_status().json()["id"]
    assert await desk.approve(approval) == "written: “Demo” → “Contract”"
    assert desk.house.properties("deals", left)["dealstage"] == "s3"
    (write,) = await desk.writes()
    assert (write.object_id, left != "301") == (left, True)
