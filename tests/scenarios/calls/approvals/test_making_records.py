"""Notes and tasks that the owner wants to be asked about: made once when they are allowed, never before."""

from pathlib import Path
from typing import Any

import pytest

from core.errors import NotUsable
from core.people import TERMINAL
from memory.calls import CallStatus
from memory.ledger import EffectStatus
from nodes.policy.loading import default_policy, parse_policy

ASKED_ABOUT = """
version = 1

[[rule]]
objects = ["notes", "tasks"]
actions = ["create"]
decision = "ASK"
approvers = ["owner", "Chris@ours.example"]
reason = "the owner reads them first"
"""


@pytest.fixture
async def desk(world: Any, open_house: Any, desk_of: Any) -> Any:
    """The desk once Acme's call was worked on under such rules."""
    world.add_call("9001", deals=["301"], companies=["101"])
    desk = desk_of(await open_house())
    desk.house.context = desk.house.but(policy=parse_policy(ASKED_ABOUT, Path("policy.toml")))
    await desk.house.run("9001")
    await desk.open()
    return desk


async def asked(desk: Any) -> dict[str, Any]:
    """The requests that wait, a note's under its type, a task's under its title."""
    waiting = await desk.house.context.records.approvals.waiting()
    return {"note" if one.object_type == "notes" else one.proposed: one for one in waiting}


async def test_nothing_is_made_before_somebody_was_asked(desk: Any) -> None:
    assert (desk.house.made("notes"), desk.house.made("tasks")) == ([], [])
    requests = await asked(desk)
    assert len(requests) == 3
    for request in requests.values():
        assert (request.action, request.object_name) == ("create", "Acme rollout")
        assert request.approvers == ("chris@ours.example", "erik@ours.example")
    task = requests["I'll send you the price list by Friday."]
    assert (task.quote, task.agent) == ("I'll send you the price list by Friday.", "follow_up")


async def test_what_is_allowed_is_made_once_with_its_associations(desk: Any) -> None:
    requests = await asked(desk)
    for request in requests.values():
        delivery = await desk.answer(request, person=TERMINAL)
        for _ in range(2):
            assert await desk.carry_out(delivery) == "made"
    assert len(desk.house.made("notes")) == 1
    assert len(desk.house.made("tasks")) == 2
    links = {frozenset(record["links"]) for record in (*desk.house.made("notes"), *desk.house.made("tasks"))}
    assert links == {frozenset({"deals/301", "companies/101", "contacts/201"})}
    writes = await desk.writes()
    assert {write.approval_id for write in writes} == {request.id for request in requests.values()}
    assert {write.status for write in writes} == {EffectStatus.CONFIRMED}


async def test_a_tasks_title_may_be_edited_and_a_note_may_not(desk: Any) -> None:
    requests = await asked(desk)
    with pytest.raises(NotUsable, match="as it is shown"):
        await desk.answer(requests["note"], person=TERMINAL, value="Something else")
    with pytest.raises(NotUsable, match="200 characters"):
        await desk.answer(requests["I'll ask Erik to set up the sandbox."], person=TERMINAL, value="x" * 201)
    task = requests["I'll ask Erik to set up the sandbox."]
    assert await desk.approve(task, person=TERMINAL, value="Set up the sandbox") == "made"
    assert [made["hs_task_subject"] for made in desk.house.made("tasks")] == ["Set up the sandbox"]


async def test_what_is_rejected_is_not_made(desk: Any) -> None:
    for request in (await asked(desk)).values():
        await desk.carry_out(await desk.answer(request, "reject", person=TERMINAL, reason="no"))
    assert (desk.house.made("notes"), desk.house.made("tasks"), await desk.writes()) == ([], [], [])


async def test_rules_that_change_while_it_waits_make_no_two_of_it(desk: Any) -> None:
    requests = await asked(desk)
    desk.house.context = desk.house.but(policy=default_policy())
    await desk.house.context.records.calls.set_status("9001", CallStatus.RECEIVED)
    await desk.house.run("9001")
    assert (len(desk.house.made("notes")), len(desk.house.made("tasks"))) == (1, 2)
    for request in requests.values():
        assert await desk.approve(request, person=TERMINAL) == "it was made already"
    assert (len(desk.house.made("notes")), len(desk.house.made("tasks"))) == (1, 2)


async def test_when_all_it_belongs_to_was_deleted_it_is_not_made(desk: Any) -> None:
    for type, id in (("deals", "301"), ("companies", "101"), ("contacts", "201")):
        desk.house.delete(type, id)
    outcome = await desk.approve((await asked(desk))["note"], person=TERMINAL)
    assert outcome == "not made: every record it belongs to was deleted meanwhile"


async def test_rules_that_deny_it_by_now_keep_it_from_being_made(desk: Any) -> None:
    note = (await asked(desk))["note"]
    delivery = await desk.answer(note, person=TERMINAL)
    denied = ASKED_ABOUT.replace("ASK", "DENY").replace('approvers = ["owner", "Chris@ours.example"]\n', "")
    desk.house.context = desk.house.but(policy=parse_policy(denied, Path("policy.toml")))
    assert (await desk.carry_out(delivery)).startswith("not written: ")
    assert desk.house.made("notes") == []
