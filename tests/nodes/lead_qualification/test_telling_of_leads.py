"""A qualification in the words of HubSpot's properties, and whose it is."""

from collections.abc import Callable
from typing import Any

import pytest

from core.analysis import Kind, MeddpiccField
from nodes.lead_qualification.hearing import HeardCall
from nodes.lead_qualification.leads import is_lead
from nodes.lead_qualification.qualifying import qualified
from nodes.lead_qualification.telling import bant_text, meddpicc_text, reasons_text
from tools.hubspot.port import Record

Say = Callable[..., Any]
Hear = Callable[..., HeardCall]


def test_what_was_heard_comes_first_and_what_is_missing_after_it(say: Say, heard_call: Hear) -> None:
    found = qualified([heard_call(say(Kind.BUYING_SIGNAL, "We have a budget."), say(MeddpiccField.PAPER_PROCESS))])
    assert bant_text(found) == "budget, need, timing; missing: authority"
    assert meddpicc_text(found).startswith("1 of 8: paper process; missing: metrics, economic buyer, ")
    assert bant_text(qualified([heard_call()])) == "missing: budget, authority, need, timing"


def test_a_reason_quotes_the_call_it_is_written_for_and_no_other(say: Say, heard_call: Hear) -> None:
    earlier = heard_call(say(MeddpiccField.CHAMPION, "Ana's own words."), day=9)
    found = qualified([earlier, heard_call(say(MeddpiccField.IDENTIFIED_PAIN, "All by hand.", start_ms=61_000))])
    assert reasons_text(found, "call-10").splitlines() == [
        "+15 authority: heard on Mon 9 Mar 2026",
        "+15 need: “All by hand.” – Ana Silva, 1:01",
        "+5 identified pain: “All by hand.” – Ana Silva, 1:01",
        "+5 champion: heard on Mon 9 Mar 2026",
    ]


def test_however_long_the_quotes_are_the_reasons_fit_the_property(say: Say, heard_call: Hear) -> None:
    long = "word " * 5000
    found = qualified([heard_call(*(say(field, long, speaker=long) for field in MeddpiccField))])
    assert len(reasons_text(found, "call-10")) < 65_536


@pytest.mark.parametrize(
    ("stage", "status", "lead"),
    [
        ("lead", None, True),
        ("marketingqualifiedlead", "NEW", True),
        ("salesqualifiedlead", "OPEN", True),
        ("opportunity", "OPEN_DEAL", True),
        ("opportunity", "UNQUALIFIED", False),
        ("customer", "OPEN_DEAL", False),
        ("evangelist", None, False),
        ("subscriber", None, False),
        ("other", None, False),
        (None, "NEW", False),
    ],
)
def test_a_lead_is_who_may_yet_become_a_customer(stage: str | None, status: str | None, lead: bool) -> None:
    contact = Record(type="contacts", id="201", properties={"lifecyclestage": stage, "hs_lead_status": status})
    assert is_lead(contact) is lead
