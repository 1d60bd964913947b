"""Whoever sets `on_request` hears of every request before it is worked on, and before its answer is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from sandbox.faults import Fault

if TYPE_CHECKING:
    from sandbox.server import SandboxServer

CONTACT = "/crm/v3/objects/contacts/101"


def test_each_request_is_told_before_and_after_with_its_number(sandbox: SandboxServer, http: httpx.Client) -> None:
    heard: list[tuple[str, str, str, str, int]] = []
    sandbox.on_request = lambda *about: heard.append(about)
    http.get(CONTACT)
    http.get("/crm/v3/owners/")
    httpx.post(f"{sandbox.url}/slack/api/auth.test")
    httpx.get(f"{sandbox.url}/_sandbox/state")
    assert heard == [
        (when, *about)
        for about in (
            ("hubspot", "GET", CONTACT, 1),
            ("hubspot", "GET", "/crm/v3/owners/", 2),
            ("slack", "POST", "/auth.test", 3),
        )
        for when in ("before", "after")
    ]


def test_after_means_done_but_not_answered(sandbox: SandboxServer, http: httpx.Client) -> None:
    names: list[tuple[str, str]] = []

    def look(when: str, service: str, method: str, path: str, nth: int) -> None:
        names.append((when, sandbox.frame.store.table("hubspot.contacts")["101"]["properties"]["firstname"]))

    sandbox.on_request = look
    http.patch(CONTACT, json={"properties": {"firstname": "Anna"}})
    assert names == [("before", "Ana"), ("after", "Anna")]


def test_a_request_that_is_never_answered_is_told_too(sandbox: SandboxServer, http: httpx.Client) -> None:
    sandbox.frame.faults.add(Fault(service="hubspot", kind="timeout_after_commit"))
    heard: list[tuple[str, int]] = []
    sandbox.on_request = lambda when, service, method, path, nth: heard.append((when, nth))
    with pytest.raises(httpx.RemoteProtocolError):
        http.patch(CONTACT, json={"properties": {"firstname": "Anna"}})
    http.get(CONTACT)
    assert sorted(heard, key=lambda told: told[1]) == [("before", 1), ("after", 1), ("before", 2), ("after", 2)]


def test_the_numbers_begin_anew_with_the_counts(sandbox: SandboxServer, http: httpx.Client) -> None:
    http.get(CONTACT)
    heard: list[int] = []
    sandbox.on_request = lambda when, service, method, path, nth: heard.append(nth)
    httpx.delete(f"{sandbox.url}/_sandbox/requests")
    http.get(CONTACT)
    sandbox.on_request = None
    http.get(CONTACT)
    assert heard == [1, 1]
