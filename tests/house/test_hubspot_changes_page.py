"""The subscriptions that docs/hubspot-changes.md has an owner make are those that Sophia has a use for."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from nodes.crm_changes.looking import MERGED, properties_of
from nodes.crm_sync.fields import ENTERED_STAGE
from tools.hubspot.events import KINDS
from tools.hubspot.port import ObjectType

PAGE = Path(__file__).parents[2] / "docs" / "hubspot-changes.md"


@pytest.fixture
def subscriptions() -> list[dict[str, Any]]:
    found = re.search(r"```json\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    made: list[dict[str, Any]] = json.loads(found[1])["config"]["subscriptions"]["crmObjects"]
    return made


@pytest.mark.parametrize(("name", "type"), [("deal", "deals"), ("contact", "contacts"), ("company", "companies")])
def test_every_property_that_is_kept_is_subscribed_to(
    subscriptions: list[dict[str, Any]], name: str, type: ObjectType
) -> None:
    told = {each.get("propertyName") for each in subscriptions if each["objectType"] == name} - {None}
    # HubSpot sets when a deal came into its stage by itself, with the stage, and tells of merges by their own event.
    assert told == set(properties_of(type)) - {ENTERED_STAGE, MERGED}


def test_every_subscription_is_to_something_that_is_understood(subscriptions: list[dict[str, Any]]) -> None:
    kinds = {each["subscriptionType"].removeprefix("object.") for each in subscriptions}
    assert kinds == {"creation", "deletion", "merge", "restore", "propertyChange"}
    assert kinds <= set(KINDS)
