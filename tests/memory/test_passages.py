"""A call is cut into passages of about 120 words, whole sentences with their speakers, and nothing is lost."""

from hypothesis import given
from hypothesis import strategies as st

from core.calls import Call, Party, Sentence, Transcript, Turn
from memory.passages import MOST_PIECES, MOST_WORDS, passages, word_pieces

CALL = Call(
    id="9001",
    parties=(
        Party(name="Dana Reyes", speaker_id="s1"),
        Party(name="Ana\nSilva", speaker_id="s2"),
        Party(email="erik@ours.example", speaker_id="s3"),
    ),
)


def said(*turns: tuple[str | None, list[str]]) -> Transcript:
    """A transcript of these turns; every sentence takes five seconds."""
    made, at = [], 0
    for speaker, texts in turns:
        sentences = []
        for text in texts:
            sentences.append(Sentence(start_ms=at, end_ms=at + 4000, text=text))
            at += 5000
        made.append(Turn(speaker_id=speaker, sentences=tuple(sentences)))
    return Transcript(call_id="9001", turns=tuple(made))


def sentence(words: int, first: str = "So") -> str:
    return " ".join([first, *["word"] * (words - 1)]) + "."


def test_speakers_who_take_turns_stand_in_one_passage_each_with_their_name() -> None:
    (passage,) = passages(CALL, said(("s1", ["Hello.", "How are you?"]), ("s2", ["Fine."]), ("s3", ["Hi."])))
    assert passage.text == "Dana Reyes: Hello. How are you?\nAna Silva: Fine.\nerik@ours.example: Hi."
    assert passage.speaker == "Dana Reyes"
    assert passage.speakers == ("Dana Reyes", "Ana Silva", "erik@ours.example")
    assert (passage.start_ms, passage.end_ms) == (0, 19_000)


def test_two_unknown_speakers_are_not_taken_for_one() -> None:
    (passage,) = passages(CALL, said((None, ["Hello."]), ("s9", ["Hi."])))
    assert passage.text == "Speaker unknown: Hello.\nSpeaker unknown: Hi."
    assert (passage.speaker, passage.speakers) == (None, ())


def test_passages_have_about_120_words_and_end_with_a_sentence() -> None:
    transcript = said(*(("s1" if turn % 2 else "s2", [sentence(14), sentence(9)]) for turn in range(60)))
    found = passages(CALL, transcript)
    lengths = [sum(len(line.split(": ", 1)[1].split()) for line in passage.text.split("\n")) for passage in found]
    assert all(110 <= length <= 130 for length in lengths[:-1])
    assert sum(lengths) == 60 * 23
    assert all(passage.text.endswith(".") for passage in found)


def test_a_short_rest_joins_the_passage_before() -> None:
    found = passages(CALL, said(("s1", [sentence(60), sentence(60), "Bye then."])))
    assert [passage.text.endswith("Bye then.") for passage in found] == [True]


def test_a_sentence_without_end_is_cut_between_words_and_keeps_its_time() -> None:
    found = passages(CALL, said(("s1", [sentence(400)])))
    assert len(found) > 2
    assert [one.end_ms for one in found[:-1]] == [one.start_ms for one in found[1:]]
    assert (found[0].start_ms, found[-1].end_ms) == (0, 4000)


def test_a_transcript_without_words_has_no_passages() -> None:
    assert passages(CALL, Transcript(call_id="9001")) == ()
    assert passages(CALL, said(("s1", ["", "  "]))) == ()


@given(
    st.lists(
        st.tuples(st.sampled_from(["s1", "s2", "s9", None]), st.lists(st.text(max_size=400), max_size=4)), max_size=12
    )
)
def test_whatever_is_said_is_all_there_and_never_longer_than_the_embedder_reads(
    turns: list[tuple[str | None, list[str]]],
) -> None:
    found = passages(CALL, said(*turns))
    spoken = "".join("".join(text.split()) for _, texts in turns for text in texts)
    bare = "".join(
        "".join(part.split())
        for passage in found
        for line in passage.text.split("\n")
        for part in [line.split(": ", 1)[1] if ": " in line else line]
    )
    assert bare == spoken
    assert all(pieces <= MOST_PIECES for pieces in word_pieces([passage.text for passage in found]))
    assert all(len(passage.text.split()) <= MOST_WORDS + 2 * passage.text.count(": ") for passage in found)
