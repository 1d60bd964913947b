"""A table as text: columns below each other, and nothing in a cell that a message could take for more than a text."""

import pytest

from nodes.chat.shape import Cell, Column, Table
from nodes.chat.tables import as_text, harmless


def test_a_table_has_its_columns_below_each_other_and_says_what_is_left_out() -> None:
    table = Table(
        columns=(Column(field="dealname", label="Deal"), Column(field="amount", label="Amount", number=True)),
        rows=(
            (Cell(text="Acme", link="https://app.hubspot.com/1"), Cell(text="$1,200", value=1200)),
            (Cell(text="Birch & Sons"), Cell(text="")),
        ),
        totals=(Cell(text="In all"), Cell(text="$1,200")),
        more=12,
    )
    assert as_text(table).splitlines() == [
        "| Deal         | Amount |",
        "|--------------|-------:|",
        "| Acme         | $1,200 |",
        "| Birch & Sons |        |",
        "| In all       | $1,200 |",
        "… and 12 more",
    ]
    assert as_text(table, 1).splitlines()[2:] == ["| Acme   | $1,200 |", "| In all | $1,200 |", "… and 13 more"]


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("Acme | Birch", "Acme / Birch"),
        ("one\ntwo\r\n\u2028three", "one two three"),
        ("see https://evil.example/x?y=1 now", "see (a link) now"),
        ("[click](https://evil.example)", "(click)((a link)"),
        ("<https://evil.example|pay here>", "‹(a link) here›"),
        ("www.evil.example", "(a link)"),
        ("**bold** _soft_ `code` ~gone~ # head", "··bold·· soft 'code' -gone- № head"),
        ("first_last@acme.example", "first_last@acme.example"),
        ("a\u202eb\u200bc", "a b c"),
        ("x" * 100, "x" * 39 + "…"),
    ],
)
def test_a_cell_is_nothing_but_a_text(given: str, shown: str) -> None:
    assert harmless(given) == shown
