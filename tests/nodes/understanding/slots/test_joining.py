"""And, or, not between conditions."""

import pytest

from nodes.understanding.slots.slots import query_from
from tests.nodes.understanding.portal import lexicon, told

JAKE, KENYA, DANNY = "Jake Santangelo", "Kenya Marsh", "Danny Kowalczyk"


@pytest.mark.parametrize(
    ("question", "query"),
    [
        ("Jake's or Kenya's deals", f"deals; hubspot_owner_id in {JAKE}, {KENYA}"),
        ("deals of Jake and Kenya", f"deals; hubspot_owner_id in {JAKE}, {KENYA}"),
        ("deals of Jake, Kenya or me", f"deals; hubspot_owner_id in {JAKE}, {KENYA}"),
        ("deals that are not Jake's or Kenya's", f"deals; hubspot_owner_id neq {JAKE}; hubspot_owner_id neq {KENYA}"),
        ("my deals over 50k or without an amount",
         f"deals; hubspot_owner_id eq {DANNY}; (amount gt 50000 | amount is_empty)"),
        ("deals in demo and over 40k or owned by Kenya",
         f"deals; (amount gt 40000 & dealstage eq Demo | hubspot_owner_id eq {KENYA})"),
        ("deals not over 50k", "deals; amount lte 50000"),
        ("deals not closing in december",
         "deals; dealstage in open; (closedate gt 2026-12-31 | closedate lt 2026-12-01)"),
        ("deals closing in december or january",
         "deals; dealstage in open; (closedate gte 2026-12-01 & closedate lte 2026-12-31 | "
         "closedate gte 2027-01-01 & closedate lte 2027-01-31)"),
        ("won deals except those with Lodestar", "deals; company neq Lodestar Apartment Homes; dealstage in won"),
        ("everything but Jake's deals", f"deals; hubspot_owner_id neq {JAKE}"),
    ],
)  # fmt: skip
def test_conditions_are_joined_as_they_are_said(question: str, query: str) -> None:
    assert told(query_from(question, None, lexicon()).query).replace(f", {DANNY}", "") == query
