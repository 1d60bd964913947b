"""What every request passes first: credential, scopes, limits, and faults on purpose."""

import time
from typing import Any

import httpx
import hubspot
import pytest
import urllib3
from hubspot.crm.contacts import ApiException, SimplePublicObjectInput
from hubspot.crm.contacts.exceptions import ForbiddenException, ServiceException, UnauthorizedException

from sandbox.faults import Fault
from sandbox.hubspot.gate import INTERVAL_S, REQUESTS_PER_INTERVAL
from sandbox.server import SandboxServer

CONTACT = "/crm/v3/objects/contacts/101"


def fault(sandbox: SandboxServer, kind: str, **more: Any) -> None:
    sandbox.frame.faults.add(Fault.model_validate({"service": "hubspot", "kind": kind, **more}))


def rename(client: hubspot.Client, name: str, **more: Any) -> None:
    change = SimplePublicObjectInput(properties={"firstname": name})
    client.crm.contacts.basic_api.update("101", change, **more)


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer wrong", "Basic x", "Bearer wröng"])
def test_without_the_right_token_nothing_is_told(sandbox: SandboxServer, header: str | None) -> None:
    headers = [(b"Authorization", header.encode())] if header is not None else []
    answer = httpx.get(f"{sandbox.url}/hubspot{CONTACT}", headers=headers)
    assert (answer.status_code, answer.json()["category"]) == (401, "INVALID_AUTHENTICATION")


def test_a_revoked_token_is_a_401_until_it_is_given_back(client: hubspot.Client, sandbox: SandboxServer) -> None:
    fault(sandbox, "revoked_token", times=None)
    for _ in range(3):
        with pytest.raises(UnauthorizedException):
            client.crm.contacts.basic_api.get_by_id("101")
    sandbox.frame.faults.clear()
    assert client.crm.contacts.basic_api.get_by_id("101").id == "101"


def test_every_answer_tells_what_is_left_of_the_limits(http: httpx.Client) -> None:
    headers = [http.get(CONTACT).headers for _ in range(2)]
    left = [int(header["X-HubSpot-RateLimit-Remaining"]) for header in headers]
    assert left == [REQUESTS_PER_INTERVAL - 1, REQUESTS_PER_INTERVAL - 2]
    assert headers[0]["X-HubSpot-RateLimit-Max"] == str(REQUESTS_PER_INTERVAL)
    assert headers[0]["X-HubSpot-RateLimit-Interval-Milliseconds"] == str(INTERVAL_S * 1000)
    assert int(headers[0]["X-HubSpot-RateLimit-Daily-Remaining"]) == 250_000 - 1


def test_more_than_the_limit_in_ten_seconds_is_a_429_that_names_its_policy(
    http: httpx.Client, ticks: list[float]
) -> None:
    answers = [http.get(CONTACT) for _ in range(REQUESTS_PER_INTERVAL + 1)]
    assert {answer.status_code for answer in answers[:-1]} == {200}
    refused = answers[-1]
    assert (refused.status_code, refused.json()["policyName"]) == (429, "TEN_SECONDLY_ROLLING")
    assert refused.json()["errorType"] == "RATE_LIMIT"
    assert "Retry-After" not in refused.headers
    ticks[0] += INTERVAL_S
    assert http.get(CONTACT).status_code == 200


def test_the_report_counts_what_was_refused_for_the_limit(http: httpx.Client, sandbox: SandboxServer) -> None:
    fault(sandbox, "rate_limited", times=2)
    for _ in range(3):
        http.get(CONTACT)
    assert sandbox.frame.requests.report()["hubspot"]["rate_limited"] == 2


def test_a_429_on_purpose_comes_with_and_without_retry_after(http: httpx.Client, sandbox: SandboxServer) -> None:
    fault(sandbox, "rate_limited", seconds=2.5)
    fault(sandbox, "rate_limited_without_retry_after")
    first, second, third = (http.get(CONTACT) for _ in range(3))
    assert (first.status_code, first.headers["Retry-After"]) == (429, "3")
    assert (second.status_code, second.headers.get("Retry-After")) == (429, None)
    assert third.status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", "/crm/v3/objects/notes", "crm.objects.notes.read"),
        ("POST", "/crm/v3/objects/notes/batch/create", "crm.objects.notes.write"),
        ("POST", "/crm/v3/objects/tasks/batch/read", "crm.objects.tasks.read"),
        ("POST", "/crm/v3/objects/deals/search", "crm.objects.deals.read"),
        ("PATCH", "/crm/v3/objects/contacts/101", "crm.objects.contacts.write"),
        ("PUT", "/crm/v4/objects/notes/1/associations/default/deals/301", "crm.objects.notes.write"),
        ("PUT", "/crm/v4/objects/notes/1/associations/default/deals/301", "crm.objects.deals.write"),
        ("POST", "/crm/v4/associations/contacts/deals/batch/read", "crm.objects.deals.read"),
        ("POST", "/crm/v3/properties/notes", "crm.schemas.notes.write"),
        ("GET", "/crm/v3/properties/deals", "crm.schemas.deals.read"),
        ("GET", "/crm/v3/owners/", "crm.objects.owners.read"),
        ("GET", "/crm/v3/pipelines/deals", "crm.objects.deals.read"),
    ],
)
def test_a_missing_scope_is_a_403_that_names_it(
    http: httpx.Client, sandbox: SandboxServer, method: str, path: str, scope: str
) -> None:
    sandbox.frame.scopes.withhold("hubspot", [scope])
    answer = http.request(method, path)
    body = answer.json()
    assert (answer.status_code, body["category"]) == (403, "MISSING_SCOPES")
    assert body["errors"][0]["context"]["requiredGranularScopes"] == [scope]
    sandbox.frame.scopes.withhold("hubspot", [])
    assert http.request(method, path).status_code != 403


def test_the_sdk_raises_its_own_error_for_a_missing_scope(client: hubspot.Client, sandbox: SandboxServer) -> None:
    sandbox.frame.scopes.withhold("hubspot", ["crm.objects.contacts.read"])
    with pytest.raises(ForbiddenException):
        client.crm.contacts.basic_api.get_by_id("101")


def test_a_burst_of_500s_ends_after_its_times(client: hubspot.Client, sandbox: SandboxServer) -> None:
    fault(sandbox, "server_error", times=2, path="contacts/101")
    for _ in range(2):
        with pytest.raises(ServiceException) as caught:
            client.crm.contacts.basic_api.get_by_id("101")
        assert caught.value.status == 500
    assert client.crm.contacts.basic_api.get_by_id("101").id == "101"


def test_a_conflict_on_purpose_meets_writes_only(client: hubspot.Client, sandbox: SandboxServer) -> None:
    fault(sandbox, "conflict_409")
    client.crm.contacts.basic_api.get_by_id("101")
    with pytest.raises(ApiException) as caught:
        rename(client, "Anna")
    assert caught.value.status == 409
    assert client.crm.contacts.basic_api.get_by_id("101").properties["firstname"] == "Ana"


def test_a_write_can_be_carried_out_and_never_answered(client: hubspot.Client, sandbox: SandboxServer) -> None:
    fault(sandbox, "timeout_after_commit", path="^PATCH")
    with pytest.raises(urllib3.exceptions.ProtocolError):
        rename(client, "Anna")
    assert client.crm.contacts.basic_api.get_by_id("101").properties["firstname"] == "Anna"


def test_an_answer_can_be_held_until_the_client_gives_up(client: hubspot.Client, sandbox: SandboxServer) -> None:
    fault(sandbox, "timeout_after_commit", path="^PATCH", seconds=3600)
    with pytest.raises(urllib3.exceptions.ReadTimeoutError):
        rename(client, "Anna", _request_timeout=(1, 0.1))
    assert client.crm.contacts.basic_api.get_by_id("101").properties["firstname"] == "Anna"


def test_an_unanswered_request_is_counted(client: hubspot.Client, sandbox: SandboxServer) -> None:
    fault(sandbox, "timeout_after_commit", path="^PATCH")
    with pytest.raises(urllib3.exceptions.ProtocolError):
        rename(client, "Anna")
    client.crm.contacts.basic_api.get_by_id("101")
    assert sandbox.frame.requests.report()["hubspot"]["by_path"]["PATCH /crm/v3/objects/contacts/{id}"] == 1


def test_a_slow_answer_comes_late_but_whole(http: httpx.Client, sandbox: SandboxServer) -> None:
    fault(sandbox, "slow", seconds=0.05)
    began = time.monotonic()
    assert http.get(CONTACT).json()["id"] == "101"
    assert time.monotonic() - began >= 0.05
