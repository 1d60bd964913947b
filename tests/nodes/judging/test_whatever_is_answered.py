"""Whatever a model answers, all that leaves the analysis is proved, and code's own facts stay code's."""

import re
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.analysis import CallAnalysis, Kind, MeddpiccField
from evals.labelled import CORPUS, read_calls
from nodes.call_analysis.extractive import ExtractiveAnalyst
from nodes.call_analysis.judging.agreement import Agreement
from nodes.call_analysis.judging.answers import read_judgement
from nodes.call_analysis.judging.candidates import candidates_of
from nodes.call_analysis.judging.collecting import collected
from nodes.call_analysis.judging.composing import composed
from nodes.call_analysis.judging.ground import Ground
from nodes.call_analysis.judging.people import Roster
from nodes.call_analysis.judging.reading import Part, Window
from nodes.call_analysis.verify import verify

LABELLED = next(call for call in read_calls(CORPUS) if call.name == "101")
DIALOGUE = LABELLED.dialogue
EXTRACTED = ExtractiveAnalyst().analyse(DIALOGUE.call, LABELLED.transcript)
LAST = len(DIALOGUE.lines)

NUMBERS = st.lists(st.integers(1, LAST) | st.sampled_from([-1, 0, LAST + 1, 9999]), max_size=8)
TEXTS = st.sampled_from(
    ["too dear", "Wexford asks for 40%", "send it by Monday", "Robert Miller signs", "", "a@b.example", "Luis wants it"]
) | st.text(max_size=40)
FINDINGS = st.fixed_dictionaries(
    {
        "kind": st.sampled_from([*Kind, "praise"]),
        "sentences": NUMBERS,
        "text": TEXTS,
        "severity": st.sampled_from(["none", "low", "medium", "high"]),
        "owner": st.integers(-1, 6),
        "withdrawn_by": st.integers(-1, LAST + 1),
    }
)
TOLD = st.fixed_dictionaries({"text": TEXTS, "sentences": NUMBERS})
ANSWERS = st.fixed_dictionaries(
    {
        "orders": st.lists(st.integers(-1, LAST + 1), max_size=3),
        "rulings": st.lists(
            st.fixed_dictionaries(
                {"candidate": st.integers(-1, 40), "verdict": st.sampled_from(["confirm", "reject", "perhaps"])}
            ),
            max_size=20,
        ),
        "findings": st.lists(FINDINGS, max_size=8),
        "qualification": st.lists(
            st.fixed_dictionaries({"field": st.sampled_from(list(MeddpiccField)), "sentences": NUMBERS, "text": TEXTS}),
            max_size=4,
        ),
        "summary": st.lists(TOLD, max_size=4),
        "sentiment": st.fixed_dictionaries({"label": st.sampled_from(["negative", "angry"]), "sentences": NUMBERS}),
        "direction": st.fixed_dictionaries({"direction": st.sampled_from(["won", "advance"]), "sentences": NUMBERS}),
    }
)


def analysis_of(answer: dict[str, Any]) -> CallAnalysis:
    """The analysis when the whole call is one window and this is the answer."""
    window = Window(range(LAST), candidates_of(EXTRACTED, DIALOGUE))
    found = collected([Part(window, read_judgement(answer))], Ground(DIALOGUE, Roster(DIALOGUE), frozenset()))
    return composed(EXTRACTED, found, found.views[0], DIALOGUE, (), Agreement())


@given(ANSWERS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_all_of_it_is_proved(answer: dict[str, Any]) -> None:
    made = analysis_of(answer)

    assert verify(made, DIALOGUE.call, LABELLED.transcript) == made
    assert all(item.candidate for item in made.items if item.analyst == "model")
    names = {party.name for party in DIALOGUE.call.parties} | {None}
    assert {item.owner for item in made.items} <= names


@given(ANSWERS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_text_has_a_figure_that_nobody_said(answer: dict[str, Any]) -> None:
    made = analysis_of(answer)

    said = {word for line in DIALOGUE.lines for word in re.findall(r"\d+", line.text)}
    for item in made.items:
        if item.analyst == "model":
            text = item.text.removesuffix(f" (due {item.due})")
            assert set(re.findall(r"\d+", text)) <= said
