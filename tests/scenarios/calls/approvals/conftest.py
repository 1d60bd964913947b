"""Acme's call, which speaks for the next stage of deal 301: its request waits, and people answer it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from core.people import Person
from graphs.approval_workflow import (
    ApprovalWorkflow,
    build_approval_workflow,
    open_approvals_of,
    run_approval,
    thread_of,
)
from memory.approvals import Approval, Decision
from memory.inbox import Delivery
from memory.ledger import Effect
from nodes.approval.answering import answer_approval

ERIK = Person(email="erik@ours.example", name="Erik Holm")
"""Who owns the deals."""


@dataclass
class Desk:
    """Where requests are answered and carried out, over the house."""

    house: Any
    graph: ApprovalWorkflow

    async def waiting(self) -> Approval:
        """The one request that waits."""
        approvals: list[Approval] = await self.house.context.records.approvals.waiting()
        (approval,) = approvals
        return approval

    async def now(self, approval: Approval) -> Approval:
        """The request as it stands by now."""
        found: Approval | None = await self.house.context.records.approvals.get(approval.id)
        assert found is not None
        return found

    async def open(self, call_id: str = "9001") -> None:
        await open_approvals_of(self.graph, self.house.context, call_id)

    async def answer(
        self, approval: Approval, decision: Decision = "approve", person: Person = ERIK, **given: Any
    ) -> Delivery:
        """Stores an answer to what is shown of this request."""
        given = {"via": "cli", "payload_hash": approval.payload_hash} | given
        _, delivery = await answer_approval(self.house.context, approval, person, decision, **given)
        return delivery

    async def carry_out(self, delivery: Delivery) -> str:
        return await run_approval(self.graph, self.house.context, delivery.key)

    async def approve(self, approval: Approval, **given: Any) -> str:
        """Answers with yes, and has it carried out."""
        return await self.carry_out(await self.answer(approval, **given))

    async def writes(self) -> list[Effect]:
        """What the ledger holds of writes that somebody allowed."""
        return [effect for effect in await self.house.effects() if effect.approval_id is not None]

    async def has_thread(self, approval: Approval) -> bool:
        config = {"configurable": {"thread_id": thread_of(approval.id)}}
        return await self.house.checkpoints.aget_tuple(config) is not None

    def delete_stage(self, id: str) -> None:
        """Somebody deletes a stage of the only pipeline by hand."""
        table: Any = self.house.table("hubspot.pipelines")
        ((pipeline_id, pipeline),) = table.items()
        table[pipeline_id] = {**pipeline, "stages": [stage for stage in pipeline["stages"] if stage["id"] != id]}

    def updates(self) -> int:
        """How often HubSpot was asked to change a deal."""
        return int(self.house.server.frame.requests.report()["hubspot"]["by_path"].get(UPDATE_DEALS, 0))


UPDATE_DEALS = "POST /crm/v3/objects/deals/batch/update"


@pytest.fixture
def desk_of() -> Callable[[Any], Desk]:
    """The desk over a house."""
    return lambda house: Desk(house, build_approval_workflow(house.checkpoints))


@pytest.fixture
async def desk(world: Any, open_house: Any, desk_of: Callable[[Any], Desk]) -> Desk:
    """The desk once Acme's call was worked on and its request was opened."""
    world.add_call("9001", deals=["301"], companies=["101"])
    desk = desk_of(await open_house())
    await desk.house.run("9001")
    await desk.open()
    return desk
