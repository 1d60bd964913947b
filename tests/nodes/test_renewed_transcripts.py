"""Which transcript is kept when Gong gives another one."""

from core.calls import Sentence, Transcript, Turn
from nodes.call_analysis.renewing import joined


def spoken(*said: tuple[int, str]) -> Transcript:
    """A turn of five seconds at each of these seconds."""
    return Transcript(
        call_id="1",
        turns=tuple(
            Turn(sentences=(Sentence(start_ms=at * 1000, end_ms=at * 1000 + 5000, text=text),)) for at, text in said
        ),
    )


def words(transcript: Transcript | None) -> list[str]:
    return [sentence.text for turn in transcript.turns for sentence in turn.sentences] if transcript else []


FIRST = spoken((0, "Hello."), (5, "Good day."))


def test_a_longer_or_corrected_transcript_takes_the_place_of_the_whole() -> None:
    whole = spoken((0, "Hello!"), (5, "Good day."), (10, "And so on."))
    assert joined(FIRST, whole) == whole


def test_a_second_half_is_put_behind_the_first_however_often_it_comes() -> None:
    second = spoken((10, "As we said."), (15, "Bye."))
    once = joined(FIRST, second)
    assert words(once) == ["Hello.", "Good day.", "As we said.", "Bye."]
    assert joined(once, second) == once


def test_one_without_words_never_takes_words_away() -> None:
    assert joined(FIRST, Transcript(call_id="1")) == FIRST
    assert joined(FIRST, None) == FIRST
    assert joined(None, FIRST) == FIRST
    assert joined(None, None) is None
