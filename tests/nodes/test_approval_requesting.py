"""Who is asked about a change, and until when."""

from datetime import UTC, datetime, timedelta

from nodes.approval.requesting import Asking, approvers_of, request_to_update
from nodes.policy.deciding import Verdict
from nodes.state import Change
from tools.hubspot.port import Record

NOW = datetime(2026, 3, 10, 18, tzinfo=UTC)
ADDRESSES = {"1": "dana@ours.example", "2": "erik@ours.example"}


def verdict(*approvers: str) -> Verdict:
    return Verdict(
        decision="ask", rule=1, reason="the policy asks", approvers=approvers, expires_after=timedelta(days=3)
    )


def asking(*records: Record) -> Asking:
    return Asking("9001", records, ADDRESSES, NOW)


def owned(record: Record, owner: str | None) -> Record:
    return record.model_copy(update={"properties": {**record.properties, "hubspot_owner_id": owner}})


def test_the_owner_is_asked_by_address_and_an_admin_needs_no_naming(deal: Record) -> None:
    asked = asking(deal)
    assert approvers_of(verdict("owner", "admin"), [deal], asked) == ("dana@ours.example",)
    assert approvers_of(verdict("admin"), [deal], asked) == ()


def test_addresses_are_asked_as_they_are_and_nobody_twice(deal: Record) -> None:
    named = verdict("lead@ours.example", "owner", "dana@ours.example")
    assert approvers_of(named, [deal], asking(deal)) == ("lead@ours.example", "dana@ours.example")


def test_an_owner_who_has_left_is_not_asked(deal: Record) -> None:
    left = owned(deal, "9")
    assert approvers_of(verdict("owner"), [left], asking(left)) == ()


def test_a_change_is_for_the_owner_of_its_own_record_else_for_the_deals(deal: Record, contact: Record) -> None:
    change = Change(key="k", object_type="contacts", object_id=contact.id, field="x", label="X", after="y")
    own = asking(deal, owned(contact, "2"))
    assert request_to_update(change, verdict("owner"), own).approvers == ("erik@ours.example",)
    assert request_to_update(change, verdict("owner"), asking(deal, contact)).approvers == ("dana@ours.example",)


def test_a_request_lapses_when_the_rule_says(deal: Record) -> None:
    change = Change(key="k", object_type="deals", object_id=deal.id, field="amount", label="Amount", after="1")
    request = request_to_update(change, verdict("owner"), asking(deal), "because")
    assert (request.expires_at, request.reason) == (NOW + timedelta(days=3), "because")
