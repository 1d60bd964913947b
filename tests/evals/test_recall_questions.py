"""The questions that recall is measured by are sound: what answers them is there, and none is asked twice."""

from collections import Counter
from itertools import pairwise

from evals.labelled import Labelled
from evals.recall.questions import Question, about_calls, about_conversations, calls, conversations
from memory.passages import passages
from memory.recall.words import words_of

QUESTIONS = (*about_conversations(), *about_calls())


def sentences(call: Labelled) -> list[str]:
    return [sentence.text for turn in call.transcript.turns for sentence in turn.sentences]


def test_there_are_enough_of_each() -> None:
    assert len(conversations()) >= 12
    assert all(40 <= len(turns) <= 70 for turns in conversations().values())
    assert len(about_conversations()) >= 150
    assert len(about_calls()) >= 200
    assert len({question.place for question in about_calls()}) >= 60


def test_turns_are_numbered_and_timed_in_their_order() -> None:
    for turns in conversations().values():
        assert [turn.number for turn in turns] == list(range(1, len(turns) + 1))
        assert all(one.at <= other.at for one, other in pairwise(turns))
        assert all(turn.at.tzinfo is not None and turn.speaker and turn.text.strip() for turn in turns)


def test_every_answer_about_a_conversation_is_a_turn_of_it() -> None:
    for question in about_conversations():
        numbers = {turn.number for turn in conversations()[question.place]}
        assert 1 <= len(question.gold) <= 3
        assert len(set(question.gold)) == len(question.gold)
        assert set(question.gold) <= numbers, question


def test_every_quote_stands_in_just_one_sentence_of_its_call() -> None:
    for question in about_calls():
        said = sentences(calls()[question.place])
        assert 1 <= len(question.gold) <= 3
        for quote in question.gold:
            assert isinstance(quote, str)
            assert sum(quote in sentence for sentence in said) == 1, (question.place, quote)


def test_every_quote_stands_whole_in_a_passage() -> None:
    for name in {question.place for question in about_calls()}:
        call = calls()[name]
        texts = [passage.text for passage in passages(call.dialogue.call, call.transcript)]
        quotes = [quote for question in about_calls() if question.place == name for quote in question.gold]
        assert [quote for quote in quotes if not any(str(quote) in text for text in texts)] == []


def test_no_question_is_asked_twice() -> None:
    asked = Counter(" ".join(words_of(question.text)) for question in QUESTIONS)
    assert [words for words, times in asked.items() if times > 1] == []
    assert all(question.text.endswith("?") for question in QUESTIONS)


def test_a_quarter_is_held_out_by_whole_conversations_and_calls() -> None:
    for questions in (about_conversations(), about_calls()):
        held_out = {question.place for question in questions if question.held_out}
        assert held_out.isdisjoint(question.place for question in questions if not question.held_out)
        assert 0.2 <= sum(question.held_out for question in questions) / len(questions) <= 0.3


def test_questions_are_put_in_every_way() -> None:
    for questions in (about_conversations(), about_calls()):
        styles = Counter(question.style for question in questions)
        assert set(styles) == {"named", "reworded", "mixed"}
        assert all(times > len(questions) / 6 for times in styles.values())
    assert sum(question.leans for question in QUESTIONS) >= 15


def test_reworded_questions_share_hardly_a_word_with_their_answer() -> None:
    shared = {style: average_shared(style) for style in ("named", "reworded", "mixed")}
    assert shared["reworded"] < 0.08
    assert shared["reworded"] < shared["mixed"] / 2
    assert shared["reworded"] < shared["named"] / 2


def average_shared(style: str) -> float:
    shares = [share_of_words(question) for question in QUESTIONS if question.style == style]
    return sum(shares) / len(shares)


def share_of_words(question: Question) -> float:
    """How many of the question's words stand in its answer, by their first five letters."""
    asked, said = stems(question.text), stems(answer_of(question))
    return len(asked & said) / len(asked)


def answer_of(question: Question) -> str:
    if question in about_calls():
        return " ".join(str(quote) for quote in question.gold)
    turns = {turn.number: f"{turn.speaker} {turn.text}" for turn in conversations()[question.place]}
    return " ".join(turns[number] for number in question.gold if isinstance(number, int))


def stems(text: str) -> set[str]:
    return {word[:5] for word in words_of(text)}
