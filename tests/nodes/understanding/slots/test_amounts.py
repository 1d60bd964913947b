"""Amounts and numbers of units, in all the ways people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.understanding.slots.amounts import amounts_in
from nodes.understanding.slots.part import Text


def read(question: str) -> list[str]:
    return [
        f"{amount.field or 'money'} {op} {value:g}"
        for amount in amounts_in(Text.of(question))
        for op, value in amount.bounds
    ]


@pytest.mark.parametrize(
    ("question", "amounts"),
    [
        ("deals over 50k", ["money gt 50000"]),
        ("more than $1.2m", ["money gt 1.2e+06"]),
        ("between 10 and 20k", ["money gte 10000", "money lte 20000"]),
        ("between fifty and ninety grand", ["money gte 50000", "money lte 90000"]),
        ("between $50,000 and $100,000", ["money gte 50000", "money lte 100000"]),
        ("from 10k to 20k", ["money gte 10000", "money lte 20000"]),
        ("10-20k", ["money gte 10000", "money lte 20000"]),
        ("under ten thousand", ["money lt 10000"]),
        ("at least 25,000", ["money gte 25000"]),
        ("50k+", ["money gte 50000"]),
        ("half a million or more", ["money gte 500000"]),
        ("€30k", ["money eq 30000"]),
        ("25.000 €", ["money eq 25000"]),
        ("1,5 million", ["money eq 1.5e+06"]),
        ("exactly 9900", ["money eq 9900"]),
        ("around 40k", ["money gte 36000", "money lte 44000"]),
        ("$50,000 or less", ["money lte 50000"]),
        ("under 10k or over 150k", ["money lt 10000", "money gt 150000"]),
        ("sub 20k deals", ["money lt 20000"]),
        ("over 200 units", ["numberofunits gt 200"]),
        ("more than two thousand doors", ["numberofunits gt 2000"]),
        ("longer than 30 minutes", ["duration gt 1800"]),
        ("over an hour", ["duration gt 3600"]),
    ],
)
def test_amounts_are_read(question: str, amounts: list[str]) -> None:
    assert read(question) == amounts


@pytest.mark.parametrize(
    "question",
    ["top 5 deals", "last 30 days", "over 30 days old", "the first three", "q1 2027", "phase 2", "due 12/15", "at 3pm",
     "more than 3 calls", "20% of them", "deals in 2026", "call 5 people back at 4"],
)  # fmt: skip
def test_other_numbers_are_no_amounts(question: str) -> None:
    assert [amount for amount in read(question) if "money" in amount] == []


@given(st.integers(1, 999), st.integers(1, 999))
def test_the_bounds_of_a_range_are_in_order(low: int, more: int) -> None:
    assert read(f"deals between {low}k and {low + more}k") == [
        f"money gte {low * 1000:g}",
        f"money lte {(low + more) * 1000:g}",
    ]


@given(st.integers(1000, 9_999_999))
def test_thousands_are_read_however_they_are_parted(value: int) -> None:
    assert read(f"over {value:,}") == read(f"over {value}") == [f"money gt {float(value):g}"]
