"""Gives every operation of a schema a test of its own name.

Schemathesis makes a test for each and names it by the operation, but pytest's id of it leaves that out. Tests of one id
count as one where several processes share the work, and which of them failed is not told.
"""

import pytest
from schemathesis.pytest.plugin import SchemathesisFunction


def pytest_itemcollected(item: pytest.Item) -> None:
    """Puts the operation into the id: `…::test_name[GET /path]`."""
    if isinstance(item, SchemathesisFunction) and item.id.params is None:
        item._id = item.id.with_params(item.operation_label)
