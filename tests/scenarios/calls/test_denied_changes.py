"""A change that no rule allows is never written, and says so in the ledger."""

from typing import Any

from langgraph.runtime import Runtime

from memory.ledger import EffectStatus
from nodes.crm_sync.policy import policy
from nodes.state import Change


async def test_a_change_that_no_rule_names_is_denied(open_house: Any) -> None:
    house = await open_house()
    change = Change(key="k", object_type="deals", object_id="301", field="dealname", label="Name", after="Owned")
    left = await policy({"call_id": "9001", "changes": (change,)}, Runtime(context=house.context))
    assert left == {"changes": ()}
    (effect,) = await house.effects()
    assert (effect.status, effect.reason) == (EffectStatus.FAILED, "the policy does not allow this: rule 7")
    assert house.requests("hubspot") == 0
