"""Fault switches."""

import pytest
from pydantic import ValidationError

from sandbox.faults import Fault, Faults


def test_a_fault_meets_as_many_requests_as_it_was_given_times() -> None:
    faults = Faults()
    faults.add(Fault(service="gong", kind="server_error", times=2))
    taken = [faults.take("gong", "GET", "/v2/calls", {"server_error"}) for _ in range(3)]
    assert [fault is not None for fault in taken] == [True, True, False]


def test_a_fault_without_times_stays_until_it_is_cleared() -> None:
    faults = Faults()
    faults.add(Fault(service="slack", kind="slow", times=None, seconds=2))
    assert all(faults.take("slack", "POST", "/chat.postMessage", {"slow"}) for _ in range(20))
    faults.clear()
    assert faults.take("slack", "POST", "/chat.postMessage", {"slow"}) is None


def test_a_fault_meets_only_its_service_kind_and_path() -> None:
    faults = Faults()
    faults.add(Fault(service="hubspot", kind="conflict_409", path=r"^POST .*/notes/batch/create$"))
    assert faults.take("gong", "POST", "/crm/v3/objects/notes/batch/create", {"conflict_409"}) is None
    assert faults.take("hubspot", "POST", "/crm/v3/objects/notes/batch/create", {"slow"}) is None
    assert faults.take("hubspot", "GET", "/crm/v3/objects/notes/batch/create", {"conflict_409"}) is None
    assert faults.take("hubspot", "POST", "/crm/v3/objects/notes/batch/create", {"conflict_409"}) is not None


def test_active_faults_tell_the_times_they_have_left() -> None:
    faults = Faults()
    faults.add(Fault(service="gong", kind="slow", times=3))
    faults.take("gong", "GET", "/", {"slow"})
    assert [fault.times for fault in faults.active()] == [2]


@pytest.mark.parametrize(
    "wrong",
    [
        {"service": "salesforce", "kind": "slow"},
        {"service": "gong", "kind": "boom"},
        {"service": "gong", "kind": "slow", "path": "("},
        {"service": "gong", "kind": "slow", "times": 0},
        {"service": "gong", "kind": "slow", "seconds": -1},
        {"service": "gong", "kind": "slow", "unknown": 1},
    ],
)
def test_a_wrong_fault_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Fault.model_validate(wrong)
