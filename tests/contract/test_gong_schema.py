"""The double of Gong against its schema: no request, good or bad, gets an answer that the schema does not know."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from sandbox.contract import schema_path
from sandbox.server import SandboxServer

DATA = Path(__file__).parents[2] / "sandbox" / "data"
FAST = 1e9
"""So fast that no rate limit is met."""

# Whether a request is taken or refused is left open: an unknown field is passed over, and a window that ends before
# it begins is refused though its form is good.
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    unsupported_method,
    ignored_auth,
]

schema = schemathesis.openapi.from_path(schema_path("gong"))


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxServer]:
    """The bundled world."""
    with SandboxServer(DATA, speed=FAST, check_contract=True) as server:
        yield server


def key(sandbox: SandboxServer) -> tuple[str, str]:
    return sandbox.credentials.gong_access_key, sandbox.credentials.gong_access_key_secret


@schema.parametrize()
@settings(max_examples=25, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
def test_every_answer_of_gong_is_one_its_schema_knows(case: "Case[Any]", sandbox: SandboxServer) -> None:
    case.call_and_validate(base_url=f"{sandbox.url}/gong", auth=key(sandbox), checks=CHECKS)


def test_every_bundled_call_keeps_to_the_schema() -> None:
    everything = {
        "context": "Extended",
        "exposedFields": {
            "parties": True,
            "content": {"topics": True, "trackers": True, "brief": True},
            "interaction": {"speakers": True, "personInteractionStats": True, "questions": True},
        },
    }
    with SandboxServer(DATA, speed=FAST, check_contract=True) as sandbox:
        with httpx.Client(base_url=f"{sandbox.url}/gong", auth=key(sandbox), verify=False) as gong:
            calls = gong.post("/v2/calls/extensive", json={"filter": {}, "contentSelector": everything})
            transcripts = gong.post("/v2/calls/transcript", json={"filter": {}})

        assert calls.json()["records"]["totalRecords"] == len(list((DATA / "calls").glob("*.json")))
        assert transcripts.status_code == 200
        assert sandbox.violations == []


def test_an_answer_that_breaks_the_schema_is_noticed() -> None:
    with SandboxServer(DATA, speed=FAST, check_contract=True) as sandbox:
        sandbox.frame.store.table("gong.calls")["1"] = {
            "extensive": {"metaData": {"id": "1", "title": 5}},
            "transcript": None,
        }
        with httpx.Client(base_url=f"{sandbox.url}/gong", auth=key(sandbox), verify=False) as gong:
            gong.post("/v2/calls/extensive", json={"filter": {"callIds": ["1"]}})
            gong.post("/v2/calls/extensive", json={"filter": {"callIds": ["1"], "callId": "misspelt"}})

        assert "title" in sandbox.violations[0]
        assert any("request: " in violation and "callId" in violation for violation in sandbox.violations)
