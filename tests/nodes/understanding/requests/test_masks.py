"""Names, days and amounts are taken out of a sentence before it is judged."""

import pytest

from nodes.understanding.classifier.masks import masked, spans_of
from tests.nodes.understanding.portal import lexicon


def words(text: str) -> str:
    names = lexicon()
    return " ".join(masked(text, spans_of(names.names.mentions(text), text, names.pipelines)).words)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("move Tamarack to contract sent", "move <name> to <stage>"),
        ("deals over $50k owned by Kenya", "deals over <amount> owned by <person>"),
        ("calls last week about it", "calls <past> about it"),
        ("remind me on Friday at 3pm", "remind me on <date> at <date>"),
        ("approve 12", "approve <number>"),
        ("may I ask", "may i ask"),
    ],
)
def test_forms_are_seen_and_not_names(text: str, expected: str) -> None:
    assert words(text) == expected


def test_capitals_that_nobody_knows_are_told_apart() -> None:
    assert masked("who won the Champions League", ()).strangers == ("champions", "league")
    assert masked("Show my HubSpot deals on Monday", ()).strangers == ()
