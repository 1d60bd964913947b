"""A person is asked once, and the answer is not asked away."""

from typing import Any

from sqlalchemy import text

from memory.approvals import Approval, ApprovalStatus
from memory.database import Database
from memory.records import Records


def _approval(approval_id: str, call_id: str = "7", proposed: str = "closedwon") -> Approval:
    return Approval(
        id=approval_id,
        call_id=call_id,
        object_type="deals",
        object_id="42",
        field="dealstage",
        label="Deal stage",
        current="contractsent",
        proposed=proposed,
        current_label="Contract sent",
        proposed_label="Closed won",
        quote="We are signing today.",
        evidence=((3, 0), (3, 1)),
        reason="The customer said that they sign.",
    )


async def test_a_request_is_stored_whole(records: Records, clock: Any) -> None:
    [stored] = await records.approvals.request([_approval("a")])
    given = {"number": 1, "payload_hash": _approval("a").digest(), "created_at": clock.now()}
    assert stored == _approval("a").model_copy(update=given)
    assert await records.approvals.waiting() == [stored]


async def test_a_request_that_stands_is_not_asked_again_nor_changed(records: Records, database: Database) -> None:
    await records.approvals.request([_approval("a")])
    await database.write(lambda session: session.execute(text("UPDATE approvals SET status = 'rejected'")))
    again = await records.approvals.request([_approval("b"), _approval("a", proposed="closedlost")])
    assert [(approval.id, approval.proposed, approval.status) for approval in again] == [
        ("b", "closedwon", ApprovalStatus.WAITING),
        ("a", "closedwon", ApprovalStatus.REJECTED),
    ]
    assert [approval.id for approval in await records.approvals.waiting()] == ["b"]


async def test_requests_come_in_the_order_they_were_made(records: Records) -> None:
    await records.approvals.request([_approval("z"), _approval("a", call_id="8"), _approval("m")])
    assert [approval.id for approval in await records.approvals.all()] == ["z", "a", "m"]
    assert [approval.id for approval in await records.approvals.of_call("7")] == ["z", "m"]


async def test_asking_for_nothing_is_no_work(records: Records) -> None:
    assert await records.approvals.request([]) == []
