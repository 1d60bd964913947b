"""What was asked for in a conversation, seen by everything that else deals with calls."""

from typing import Any

from core.people import TERMINAL
from nodes.business_view.record import NO_PORTAL, read_record
from nodes.business_view.work import notes, open_tasks
from nodes.crm_changes.handling import handle_records
from nodes.undo.ordering import order_of
from nodes.undo.undoing import run_undo
from tests.nodes.acting.wanted import MOVES_ALLOWED, deal, logging, reminding, setting


async def test_who_changes_later_what_a_person_ordered_makes_no_drift(office: Any) -> None:
    office.under(MOVES_ALLOWED)
    await office.do(setting("amount", "5000"))
    office.edit("deals", "301", amount="6000")
    await handle_records(office.house, "deals", ["301"])
    assert await office.house.records.drifts.open() == []


async def test_a_request_over_a_record_that_changed_shows_what_is_so_now(office: Any) -> None:
    await office.do(setting("amount", "5000"))
    office.edit("deals", "301", amount="6000")
    await handle_records(office.house, "deals", ["301"])
    (approval,) = await office.house.records.approvals.waiting()
    assert (approval.current, approval.round, approval.requester) == ("6000", 2, "dana@ours.example")
    office.edit("deals", "301", amount="5000")
    await handle_records(office.house, "deals", ["301"])
    assert await office.house.records.approvals.waiting() == []


async def test_its_notes_and_tasks_are_for_whom_the_record_is_for(office: Any) -> None:
    await office.do(logging("We spoke", deal()))
    await office.do(reminding("call Aldo", deal()))
    record = await read_record(office.house, "deals", "301")
    assert record is not None
    assert [
        (note.text.split(" Written")[0], note.audience) for note in await notes(office.house, record, NO_PORTAL)
    ] == [("We spoke", "owner:1")]
    tasks = {task.subject: task.audience for task in await open_tasks(office.house, record, NO_PORTAL)}
    assert tasks == {"Call Ana": "owner:1", "Call Aldo": "owner:1"}


async def test_a_whole_turn_is_taken_back_by_its_name(office: Any) -> None:
    office.under(MOVES_ALLOWED)
    await office.do(setting("dealstage", "s3"), turn="one")
    await office.do(logging("We spoke", deal()), turn="one")
    await office.do(setting("hubspot_owner_id", "2"), turn="one")
    report = await run_undo(office.house, await order_of(office.house, TERMINAL, call_id="chat:one"))
    assert (len(report.of("undone")), report.withdrawn) == (2, (1,))
    assert (office.value("deals", "301", "dealstage"), office.made("notes")) == ("s2", [])
