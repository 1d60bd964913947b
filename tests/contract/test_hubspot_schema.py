"""The double of HubSpot against its own schema: whatever a client sends, the answer is one that the schema knows."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from sandbox.contract import schema_path
from sandbox.server import SandboxServer

BUNDLED = Path(__file__).parents[2] / "sandbox" / "data"
FASTER = 1_000_000
"""Limits are tested elsewhere; here none may be met."""

ANSWERS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
DOORS = [unsupported_method, ignored_auth]
"""Checks that ask again by themselves; once for each operation is enough."""

EXAMPLES = settings(
    max_examples=5,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)

schema = schemathesis.openapi.from_path(schema_path("hubspot"))


@dataclass(frozen=True)
class Double:
    """A sandbox, and a session that keeps its connection to the HubSpot in it."""

    server: SandboxServer
    session: requests.Session

    def answer(self, case: "schemathesis.Case[Any]") -> schemathesis.Response:
        token = self.server.credentials.hubspot_token
        headers = {"Authorization": f"Bearer {token}"}
        return case.call(base_url=f"{self.server.url}/hubspot", headers=headers, session=self.session)


@pytest.fixture(scope="module")
def double() -> Iterator[Double]:
    """One sandbox for all examples, so that they also meet what earlier ones left behind."""
    with SandboxServer(BUNDLED, speed=FASTER, check_contract=True) as server, requests.Session() as session:
        yield Double(server, session)


@schema.parametrize()
@EXAMPLES
def test_every_answer_of_hubspot_is_one_its_schema_knows(case: "schemathesis.Case[Any]", double: Double) -> None:
    before = len(double.server.violations)
    case.validate_response(double.answer(case), checks=ANSWERS)
    assert double.server.violations[before:] == []  # it took no request that the schema refuses


@schema.parametrize()
@settings(EXAMPLES, max_examples=1, phases=[Phase.generate])
def test_no_operation_of_hubspot_answers_to_a_stranger_or_another_method(
    case: "schemathesis.Case[Any]", double: Double
) -> None:
    case.validate_response(double.answer(case), checks=DOORS)
