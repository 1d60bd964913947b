"""A call may be longer than the model's context by any factor, and the answers may come in any order."""

import json
import threading

import pytest

from core.analysis import Kind
from core.errors import ConfigurationError, Rejected, Unavailable
from sandbox.model import Abilities, Asked, BrokenOff, Hanging, ModelServer, Refusal, Reply
from tests.nodes.judging.conftest import MakeAnalyst
from tests.nodes.judging.talk import extracted, found, is_reduce, judgement, outline, shown, spoken

MARK = "That is too expensive for us."
SMALL = 6000
"""Tokens of a model's context that takes some forty of these sentences at once."""


def long_talk(sentences: int) -> list[tuple[str, str]]:
    """Two people taking turns; every fortieth sentence is an objection."""
    filler = "we went through the third chapter of the handbook together and nobody had anything to add to it"
    return [("sc"[n % 2], MARK if n % 40 == 39 else f"So {filler}, number {n}.") for n in range(sentences)]


def attentive(asked: Asked) -> Reply:
    """A model that finds every objection there is, and sums up."""
    if is_reduce(asked):
        return Reply.of(outline(summary=[{"text": "The customer finds it too expensive", "sentences": [1]}]))
    numbers = [number for number, text in enumerate(shown(asked), 1) if text == MARK]
    said = [{"text": "The customer finds it too expensive", "sentences": numbers[:1]}] if numbers else []
    return Reply.of(judgement(*(found("objection", [n], "too expensive") for n in numbers), summary=said))


async def test_a_call_of_twenty_times_the_context_is_read_whole(server: ModelServer, analyst_on: MakeAnalyst) -> None:
    server.answer = attentive
    server.abilities = Abilities(context=SMALL)
    call, transcript = spoken(*long_talk(4800))
    assert sum(len(sentence.text) for turn in transcript.turns for sentence in turn.sentences) // 4 > 20 * SMALL

    analyst = analyst_on(server, context=SMALL, tokens=0, answer_tokens=500)
    made = await analyst.analyse(call, transcript, extracted())

    assert [item.evidence for item in made.items] == [((n, 0),) for n in range(39, 4800, 40)]
    assert made.summary == "The customer finds it too expensive."
    assert made.dropped == 0
    assert made.notes == ()
    assert server.most_at_once <= 4


async def test_what_two_windows_saw_is_one_finding(server: ModelServer, analyst_on: MakeAnalyst) -> None:
    server.answer = attentive
    call, transcript = spoken(*long_talk(80))

    for window_tokens in (500, 900, 1300):
        made = await analyst_on(server, window_tokens=window_tokens).analyse(call, transcript, extracted())
        assert [item.evidence for item in made.items] == [((39, 0),), ((79, 0),)]


async def test_every_request_begins_alike(server: ModelServer, analyst_on: MakeAnalyst) -> None:
    server.answer = attentive
    analyst = analyst_on(server, window_tokens=1000)
    for length in (90, 120):
        call, transcript = spoken(*long_talk(length))
        await analyst.analyse(call, transcript, extracted())

    windows = [asked.messages for asked in server.asked if not is_reduce(asked)]
    assert len({messages[0]["content"] for messages in windows}) == 1
    assert len({messages[1]["content"].split("<transcript>")[0] for messages in windows}) == 1


async def test_the_order_of_answers_changes_nothing(server: ModelServer, analyst_on: MakeAnalyst) -> None:
    call, transcript = spoken(*long_talk(200))
    server.answer = attentive
    expected = await analyst_on(server, window_tokens=1000).analyse(call, transcript, extracted())
    last_came = threading.Event()

    def first_answers_last(asked: Asked) -> Reply:
        reply = attentive(asked)
        if is_reduce(asked):
            return reply
        if "number 198." in asked.text:
            last_came.set()
        return Reply(reply.text, gate=last_came) if "number 0." in asked.text else reply

    server.answer = first_answers_last
    assert await analyst_on(server, window_tokens=1000).analyse(call, transcript, extracted()) == expected


async def test_a_window_that_is_refused_as_too_long_is_halved_until_it_fits(
    server: ModelServer, analyst_on: MakeAnalyst
) -> None:
    server.answer = attentive
    server.abilities = Abilities(context=SMALL)
    call, transcript = spoken(*long_talk(400))

    made = await analyst_on(server, context=4 * SMALL, tokens=0, answer_tokens=500).analyse(
        call, transcript, extracted()
    )

    assert len(made.of(Kind.OBJECTION)) == 10
    assert made.notes == ()


async def test_a_cut_off_answer_is_tried_once_in_halves_and_then_left_out_with_a_note(
    server: ModelServer, analyst_on: MakeAnalyst
) -> None:
    call, transcript = spoken(*long_talk(120))

    def stumbling(asked: Asked) -> Reply:
        reply = attentive(asked)
        cut_off = "number 5." in asked.text
        return Reply(reply.text[:40], finish_reason="length") if cut_off else reply

    server.answer = stumbling
    made = await analyst_on(server).analyse(call, transcript, extracted())

    assert [item.evidence for item in made.items] == [((79, 0),), ((119, 0),)]
    assert made.notes == ("The model's answers on 0:00–1:07 could not be used: that was read without it.",)
    assert len(server.asked) == 3


async def test_an_answer_that_does_not_hold_to_the_form_is_like_a_cut_off_one(
    server: ModelServer, analyst_on: MakeAnalyst
) -> None:
    server.queue(Reply("I would say they are happy."))
    server.answer = attentive
    call, transcript = spoken(*long_talk(80))

    made = await analyst_on(server).analyse(call, transcript, extracted())

    assert [item.evidence for item in made.items] == [((39, 0),), ((79, 0),)]
    assert made.notes == ()


async def test_a_summary_that_does_not_fit_one_request_is_made_in_rounds(
    server: ModelServer, analyst_on: MakeAnalyst
) -> None:
    wordy = "The customer finds it too expensive and says so at length, and then again, and says it again after that"

    def answer(asked: Asked) -> Reply:
        if is_reduce(asked):
            return Reply.of(outline(summary=[{"text": "The customer finds it too expensive", "sentences": [1, 2]}]))
        return Reply.of(judgement(summary=[{"text": wordy, "sentences": [number]} for number in range(1, 5)]))

    server.answer = answer
    server.abilities = Abilities(context=4096)
    call, transcript = spoken(*long_talk(600))
    made = await analyst_on(server, context=4096, tokens=0, answer_tokens=500).analyse(call, transcript, extracted())

    assert sum(map(is_reduce, server.asked)) > 1
    assert set(made.summary.split(". ")) <= {"The customer finds it too expensive", made.summary}
    assert made.summary


async def test_a_summary_that_never_fits_leaves_the_extracted_one_with_a_note(
    server: ModelServer, analyst_on: MakeAnalyst
) -> None:
    server.answer = lambda asked: Reply("{", finish_reason="length") if is_reduce(asked) else attentive(asked)
    call, transcript = spoken(*long_talk(120))

    made = await analyst_on(server, window_tokens=1000).analyse(call, transcript, extracted())

    assert made.summary == extracted().summary
    assert "summary" in made.notes[0]
    assert made.items


@pytest.mark.parametrize("fault", [Refusal(503), BrokenOff(), Refusal(429)])
async def test_no_answer_is_unavailable(server: ModelServer, analyst_on: MakeAnalyst, fault: Refusal) -> None:
    server.fault(fault, times=None)
    call, transcript = spoken(*long_talk(120))

    with pytest.raises(Unavailable):
        await analyst_on(server, window_tokens=1000).analyse(call, transcript, extracted())


async def test_a_call_that_takes_too_long_is_unavailable(server: ModelServer, analyst_on: MakeAnalyst) -> None:
    server.fault(Hanging(), times=None)
    call, transcript = spoken(*long_talk(10))

    with pytest.raises(Unavailable, match="took more than"):
        await analyst_on(server, seconds=0.2).analyse(call, transcript, extracted())


async def test_a_call_that_takes_too_many_tokens_is_unavailable(server: ModelServer, analyst_on: MakeAnalyst) -> None:
    server.answer = attentive
    call, transcript = spoken(*long_talk(400))

    with pytest.raises(Unavailable, match="more than 20000 tokens"):
        await analyst_on(server, tokens=20_000, window_tokens=1000, answer_tokens=500).analyse(
            call, transcript, extracted()
        )
    spent = sum(len(json.dumps(asked.messages)) // 4 for asked in server.asked)
    assert spent < 20_000


async def test_no_usable_answer_at_all_is_rejected(server: ModelServer, analyst_on: MakeAnalyst) -> None:
    server.answer = lambda asked: Reply("no")
    call, transcript = spoken(*long_talk(10))

    with pytest.raises(Rejected, match="no part of the call"):
        await analyst_on(server).analyse(call, transcript, extracted())


async def test_a_context_that_is_too_small_is_rejected_before_anything_is_asked(
    server: ModelServer, analyst_on: MakeAnalyst
) -> None:
    call, transcript = spoken(*long_talk(10))

    with pytest.raises(ConfigurationError, match="too small"):
        await analyst_on(server, context=2048).analyse(call, transcript, extracted())
    assert server.asked == []


async def test_an_unknown_model_is_not_asked_again_in_halves(server: ModelServer, analyst_on: MakeAnalyst) -> None:
    analyst = analyst_on(server)
    server.models = ("another",)
    call, transcript = spoken(*long_talk(40))

    with pytest.raises(Rejected, match="404"):
        await analyst.analyse(call, transcript, extracted())
    assert server.asked == []
