"""Which capitalised words are looked at as vendors' names at all, and how they are seen to be spoken of."""

from core.calls import Call, Party, Sentence, Transcript, Turn
from nodes.call_analysis.extractive.circumstances import circumstances_of
from nodes.call_analysis.extractive.competitors import names_in
from nodes.call_analysis.extractive.dialogue import Dialogue, lay_flat

PARTIES = (
    Party(name="Ana Lund", speaker_id="s", affiliation="Internal"),
    Party(name="Cy Reyes", speaker_id="c", affiliation="External"),
)


def dialogue_of(*said: tuple[str, str]) -> Dialogue:
    turns = tuple(
        Turn(speaker_id=voice, sentences=(Sentence(start_ms=n * 1000, end_ms=n * 1000 + 900, text=text),))
        for n, (voice, text) in enumerate(said)
    )
    return lay_flat(Call(id="1", parties=PARTIES), Transcript(call_id="1", turns=turns))


def names_of(*said: tuple[str, str]) -> list[str]:
    return [name.name for name in names_in(dialogue_of(*said), frozenset({"complaint", "candid"}))]


def test_somebody_spoken_of_with_a_title_is_no_candidate() -> None:
    assert names_of(("c", "I asked Mr. Castor about Fluxware."), ("c", "Castor likes you.")) == ["Fluxware"]


def test_another_form_of_a_common_word_that_opens_a_sentence_is_no_candidate() -> None:
    assert names_of(("c", "Complaints came down."), ("c", "Candidly, no."), ("c", "Fluxware quoted us less.")) == [
        "Fluxware"
    ]


def circumstances(*said: tuple[str, str]) -> dict[str, float]:
    dialogue = dialogue_of(*said)
    (named,) = names_in(dialogue, frozenset())
    return circumstances_of(named, dialogue, [0.0] * len(dialogue.lines), {})


def test_it_counts_who_names_a_vendor_and_at_what_price() -> None:
    ours = circumstances(("s", "we often meet Fluxware"))
    theirs = circumstances(("c", "we got Fluxware at ninety"))
    assert "only the seller" in ours
    assert "only the seller" not in theirs
    assert "priced" in theirs
    assert "priced" not in ours


def test_a_person_and_a_company_are_told_by_their_pronouns() -> None:
    assert "a person" in circumstances(("c", "we need Brennick because he decides"))
    assert "a company" in circumstances(("c", "we saw Brennick and they were cheap"))
