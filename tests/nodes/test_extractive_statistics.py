"""Talk statistics, sides and topics: what is counted, not judged."""

from core.calls import Call, Party, Sentence, Transcript, Turn
from nodes.call_analysis.extractive.dialogue import lay_flat, words_of
from nodes.call_analysis.extractive.statistics import UNNAMED, statistics_of
from nodes.call_analysis.extractive.topics import topics_of
from nodes.call_analysis.extractive.wording import cleaned, joined, shortened

OURS = Party(name="Ana Lund", email="ana@ours.example", speaker_id="s", affiliation="Internal", user_id="7")
THEIRS = Party(name="Cy Reyes", email="cy@theirs.example", speaker_id="c", affiliation="External")


def turn(voice: str | None, *spoken: tuple[int, int, str], topic: str | None = None) -> Turn:
    sentences = tuple(Sentence(start_ms=a, end_ms=b, text=text) for a, b, text in spoken)
    return Turn(speaker_id=voice, topic=topic, sentences=sentences)


def test_talk_shares_questions_and_the_longest_monologue_are_counted() -> None:
    turns = (
        turn("s", (0, 1000, "How are you?")),
        turn("c", (1000, 4000, "Fine.")),
        turn("c", (4000, 9000, "And you?")),
        turn("s", (9000, 10000, "Good.")),
    )
    counted = statistics_of(lay_flat(Call(id="1", parties=(OURS, THEIRS)), Transcript(call_id="1", turns=turns)))
    assert counted.talk_share == {"Ana Lund": 0.2, "Cy Reyes": 0.8}
    assert counted.seller_share == 0.2
    assert (counted.seller_questions, counted.customer_questions) == (1, 1)
    assert (counted.longest_monologue_s, counted.longest_monologue_speaker) == (8.0, "Cy Reyes")


def test_an_unresolved_speaker_is_counted_without_a_name_or_side() -> None:
    dialogue = lay_flat(Call(id="1"), Transcript(call_id="1", turns=(turn("x", (0, 1000, "Hello?")),)))
    counted = statistics_of(dialogue)
    assert counted.talk_share == {UNNAMED: 1.0}
    assert counted.seller_share is None
    assert dialogue.lines[0].side == "unknown"


def test_the_one_unresolved_voice_beside_ours_is_the_customers_when_customers_were_invited() -> None:
    call = Call(id="1", parties=(OURS, THEIRS.model_copy(update={"speaker_id": None})))
    turns = (turn("s", (0, 1, "Hi.")), turn("x", (1, 2, "Hello.")))
    assert lay_flat(call, Transcript(call_id="1", turns=turns)).sides == {"s": "seller", "x": "customer"}


def test_two_unresolved_voices_stay_unknown() -> None:
    turns = (turn("s", (0, 1, "Hi.")), turn("x", (1, 2, "Hello.")), turn("y", (2, 3, "Hey.")))
    sides = lay_flat(Call(id="1", parties=(OURS, THEIRS)), Transcript(call_id="1", turns=turns)).sides
    assert (sides["x"], sides["y"]) == ("unknown", "unknown")


def test_an_unknown_affiliation_is_settled_by_the_address_when_that_is_safe() -> None:
    colleague = Party(name="Bo", email="bo@ours.example", speaker_id="b")
    customer = Party(name="Di", email="di@theirs.example", speaker_id="d")
    private = Party(name="Ed", email="ed@gmail.com", speaker_id="e")
    call = Call(id="1", parties=(OURS, colleague, customer, private))
    turns = tuple(turn(voice, (0, 1, "Hi.")) for voice in "sbde")
    sides = lay_flat(call, Transcript(call_id="1", turns=turns)).sides
    assert sides == {"s": "seller", "b": "seller", "d": "customer", "e": "unknown"}


def test_references_keep_the_transcripts_own_numbers_over_empty_turns() -> None:
    turns = (turn("s"), turn("c", (0, 1, " "), (1, 2, "Yes.")))
    dialogue = lay_flat(Call(id="1", parties=(OURS, THEIRS)), Transcript(call_id="1", turns=turns))
    assert [line.ref for line in dialogue.lines] == [(1, 1)]


def test_gongs_topics_are_taken_with_their_share_and_not_the_greeting() -> None:
    turns = (turn("s", (0, 1, "Hi."), topic="opening"), turn("c", (1, 2, "It's dear."), topic="price"))
    topics = topics_of(lay_flat(Call(id="1", parties=(OURS, THEIRS)), Transcript(call_id="1", turns=turns)))
    assert [(topic.name, topic.share) for topic in topics] == [("price", 0.5)]


def test_without_gongs_topics_subjects_are_found_by_their_words() -> None:
    spoken = ("What's the price?", "The fees are high.", "A discount would help.", "And security?")
    turns = tuple(turn("c", (n, n + 1, text)) for n, text in enumerate(spoken))
    topics = topics_of(lay_flat(Call(id="1", parties=(OURS, THEIRS)), Transcript(call_id="1", turns=turns)))
    assert [topic.name for topic in topics] == ["pricing"]


def test_words_are_lower_case_without_fillers_and_stutter() -> None:
    assert words_of("I'm, um, I'm not sure, uh, about THAT?") == ("i'm", "not", "sure", "about", "that", "?")


def test_a_spoken_sentence_is_cleaned_for_reading() -> None:
    assert cleaned("Okay, so, um, we can't, we can't sign that.") == "We can't sign that."
    assert cleaned("No rush, honestly.") == "No rush, honestly."
    assert shortened("one two three", 8) == "one two…"
    assert joined(["Ana", "Bo", "Cy"]) == "Ana, Bo and Cy"
