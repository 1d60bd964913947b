"""What may be written, what must be asked, what is never done, as long as the owner says nothing else."""

import pytest

from nodes.policy.intent import Intent
from nodes.policy.loading import default_policy
from nodes.policy.rules import Action
from nodes.state import Decision
from tools.hubspot.properties import DEFINITIONS


@pytest.mark.parametrize(
    ("action", "object_type", "field", "decision"),
    [
        ("create", "notes", None, "allow"),
        ("create", "tasks", None, "allow"),
        ("create", "messages", "owner", "allow"),
        ("create", "messages", "channel", "allow"),
        ("create", "messages", "colleague", "allow"),
        ("update", "tasks", "hs_task_status", "allow"),
        ("update", "tasks", "hs_timestamp", "allow"),
        ("update", "tasks", "hubspot_owner_id", "deny"),
        ("create", "deals", None, "deny"),
        ("create", "contacts", None, "deny"),
        ("update", "deals", "dealstage", "ask"),
        ("update", "deals", "amount", "ask"),
        ("update", "deals", "closedate", "ask"),
        ("update", "deals", "hubspot_owner_id", "ask"),
        ("update", "contacts", "hubspot_owner_id", "ask"),
        ("update", "contacts", "dealstage", "deny"),
        ("update", "contacts", "email", "deny"),
        ("update", "deals", "dealname", "deny"),
        ("update", "deals", "made_up", "deny"),
        ("update", "companies", "domain", "deny"),
        ("delete", "notes", None, "deny"),
        ("delete", "tasks", "sophia_key", "deny"),
        ("delete", "deals", "dealstage", "deny"),
    ],
)
def test_the_rules(action: Action, object_type: str, field: str | None, decision: Decision) -> None:
    assert default_policy().decide(Intent(action, object_type, field)).decision == decision


def test_sophias_own_properties_are_hers_to_write() -> None:
    own = [(type, definition.name) for type, definitions in DEFINITIONS.items() for definition in definitions]
    assert own
    decided = {default_policy().decide(Intent("update", type, name)).decision for type, name in own}
    assert decided == {"allow"}
