"""Who owns a next step."""

import pytest

from core.calls import Call, Party, Sentence, Transcript, Turn
from nodes.call_analysis.extractive.bars import Bar
from nodes.call_analysis.extractive.commitments import steps_of
from nodes.call_analysis.extractive.dialogue import lay_flat


@pytest.mark.parametrize(
    ("said", "owner"),
    [
        ("Zanele will send the list.", "Zanele Mkhabela"),
        ("I'll switch it on today, so that Zanele can see it do it.", "Yusuf Cassim"),
        ("I'll come on the eighth, if Zanele can come.", "Yusuf Cassim"),
    ],
)
def test_the_owner_is_who_acts_not_who_the_step_is_for(said: str, owner: str) -> None:
    parties = (
        Party(name="Yusuf Cassim", speaker_id="s", affiliation="Internal"),
        Party(name="Zanele Mkhabela", speaker_id="c", affiliation="External"),
    )
    turn = Turn(speaker_id="s", sentences=(Sentence(text=said, start_ms=0, end_ms=1),))
    dialogue = lay_flat(Call(id="1", parties=parties), Transcript(call_id="1", turns=(turn,)))
    (step,) = steps_of(dialogue, [1.0], None, Bar(2.4, 3.4, 0.27, 0.28))
    assert step.owner == owner
