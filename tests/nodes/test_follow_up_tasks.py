"""The tasks that our own promises make."""

from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from core.analysis import CallAnalysis, Finding, Kind
from core.calls import Call
from memory.ledger import Effect
from nodes.crm_sync.effects import new_record
from nodes.follow_up.step import Desk, owners_by_email, tasks
from nodes.state import Resolution
from tools.hubspot.port import Owner

Analyse = Callable[..., CallAnalysis]
Find = Callable[..., Finding]
OWNERS = owners_by_email(
    [
        Owner(id="1", email="Dana@Ours.example"),
        Owner(id="2", email="erik@ours.example"),
        Owner(id="3", email="gone@ours.example", archived=True),
        Owner(id="4"),
    ]
)


@pytest.fixture
def desk() -> Desk:
    return Desk(OWNERS, ZoneInfo("US/Eastern"), datetime(2026, 3, 10, 18, tzinfo=UTC))


def properties(effect: Effect) -> dict[str, str]:
    return new_record(effect).properties


def test_a_promise_becomes_a_task_of_who_made_it(
    call: Call, analysis: Analyse, resolution: Resolution, promise: Finding, desk: Desk
) -> None:
    (task,) = tasks(call, analysis(promise), resolution, desk)
    made = new_record(task)
    assert made.properties["hs_task_subject"] == "Send the price list"
    assert made.properties["hubspot_owner_id"] == "1"
    assert made.properties["hs_timestamp"] == "2026-03-13T21:00:00Z"  # 17:00 in New York, after the clocks changed
    assert made.associations == (("deals", "301"), ("companies", "101"), ("contacts", "201"))
    body = made.properties["hs_task_body"]
    assert "“I&#x27;ll send you the price list.” – Dana Reyes" in body
    assert ">3:05</a>" in body
    assert "Due Fri 13 Mar 2026, as said on the call." in body


def test_only_our_own_standing_promises_become_tasks(
    call: Call, analysis: Analyse, resolution: Resolution, finding: Find, desk: Desk
) -> None:
    others = (
        finding(ours=False),
        finding(ours=None),
        finding(ours=True, withdrawn=True),
        finding(Kind.RISK, ours=True),
    )
    assert list(tasks(call, analysis(*others), resolution, desk)) == []


def test_a_promise_without_a_day_carries_the_calls_own_and_says_so(
    call: Call, analysis: Analyse, resolution: Resolution, finding: Find, desk: Desk
) -> None:
    (task,) = tasks(call, analysis(finding(ours=True)), resolution, desk)
    assert properties(task)["hs_timestamp"] == "2026-03-10T21:00:00Z"
    assert "No day was named" in properties(task)["hs_task_body"]


def test_without_a_time_zone_of_the_account_the_calls_own_counts(
    call: Call, analysis: Analyse, resolution: Resolution, promise: Finding, desk: Desk
) -> None:
    (task,) = tasks(call, analysis(promise), resolution, Desk(OWNERS, None, desk.now))
    assert properties(task)["hs_timestamp"] == "2026-03-13T22:00:00Z"


@pytest.mark.parametrize("email", [None, "stranger@ours.example", "gone@ours.example"])
def test_a_promise_of_nobody_in_hubspot_falls_to_the_deals_owner(
    call: Call, analysis: Analyse, resolution: Resolution, finding: Find, desk: Desk, email: str | None
) -> None:
    (task,) = tasks(call, analysis(finding(ours=True, owner_email=email)), resolution, desk)
    assert properties(task)["hubspot_owner_id"] == "1"


def test_without_a_deal_such_a_task_is_nobodys(
    call: Call, analysis: Analyse, resolution: Resolution, finding: Find, desk: Desk
) -> None:
    (task,) = tasks(call, analysis(finding(ours=True)), resolution.model_copy(update={"deal": None}), desk)
    assert "hubspot_owner_id" not in properties(task)


def test_two_promises_in_one_sentence_are_two_tasks_with_lasting_keys(
    call: Call, analysis: Analyse, resolution: Resolution, finding: Find, promise: Finding, desk: Desk
) -> None:
    both = analysis(promise, finding(text="Call the board", ours=True))
    keys = [task.key for task in tasks(call, both, resolution, desk)]
    assert len(set(keys)) == 2
    assert keys == [task.key for task in tasks(call, both, resolution, desk)]
