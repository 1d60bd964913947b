"""What the owner's policy says of an action, on the record as it stands and for who asks."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from nodes.acting.order import Order
from nodes.policy.deciding import Verdict
from nodes.policy.intent import Intent, with_standing
from tools.hubspot.port import Record

AGENTS: Final = {"tasks": "follow_up", "messages": "notification"}
"""Which agent's rules hold for a kind of object; crm_sync's for all others."""


def agent_of(object_type: str) -> str:
    """The agent whose work it is."""
    return AGENTS.get(object_type, "crm_sync")


async def ruled(order: Order, intent: Intent, records: Sequence[Record] = ()) -> Verdict:
    """The verdict; a rule may go by how the first deal among these records stands."""
    asked = replace(intent, agent=agent_of(intent.object_type), asked_by=order.person.email)
    deal = next((record for record in records if record.type == "deals"), None)
    return order.house.policy.decide(await with_standing(order.house.crm, asked, deal))
