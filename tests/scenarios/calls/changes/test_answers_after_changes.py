"""What people answer after a change in HubSpot is carried out on the record as it is by then."""

from typing import Any

import pytest

from core.errors import RecordConflict
from graphs.approval_workflow import build_approval_workflow, open_approval, run_approval
from memory.approvals import Answer, Approval


class Desk:
    """Where requests wait, and are answered."""

    def __init__(self, house: Any) -> None:
        self._house = house
        self._graph = build_approval_workflow(house.checkpoints)

    async def asked(self) -> Approval:
        """The one request that waits, brought to its interrupt."""
        asked: Approval
        (asked,) = await self._house.context.records.approvals.waiting()
        await open_approval(self._graph, self._house.context, asked.id)
        return asked

    async def approve(self, asked: Approval) -> str:
        answer = Answer(
            decision="approve", by="dana@ours.example", via="cli", at=self._house.clock.now(), round=asked.round
        )
        approvals = self._house.context.records.approvals
        _, delivery = await approvals.answer(asked.id, asked.payload_hash, answer)
        return await run_approval(self._graph, self._house.context, delivery.key)


@pytest.fixture
def desk(house: Any) -> Desk:
    return Desk(house)


async def test_a_request_that_shows_a_new_value_is_carried_out_over_that_value(
    house: Any, people: Any, desk: Desk
) -> None:
    before = await desk.asked()
    await people.change("deals", "301", dealstage="s1")
    await people.heard()
    with pytest.raises(RecordConflict, match="has changed since it was shown"):
        await desk.approve(before)
    await desk.approve(await desk.asked())
    assert house.properties("deals", "301")["dealstage"] == "s3"
    (written,) = [effect for effect in await house.effects() if effect.approval_id == before.id]
    assert (written.before, written.after, written.status) == ("s1", "s3", "confirmed")


async def test_a_request_that_followed_a_merge_is_carried_out_on_the_record_that_is_left(
    house: Any, people: Any, desk: Desk
) -> None:
    await desk.asked()
    await people.merge("deals", "302", "301")
    await people.heard()
    await desk.approve(await desk.asked())
    assert house.properties("deals", "302")["dealstage"] == "s3"


async def test_what_was_approved_and_changed_by_somebody_later_is_drift(house: Any, people: Any, desk: Desk) -> None:
    await desk.approve(await desk.asked())
    await people.tell("deals", "301", "dealstage")
    assert (await people.heard()).drifted == 0
    await people.change("deals", "301", dealstage="s1")
    await people.heard()
    drifts = [(each.field, each.written, each.found) for each in await house.context.records.drifts.open()]
    assert drifts == [("dealstage", "s3", "s1")]
