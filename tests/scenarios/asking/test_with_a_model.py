"""Conversations with a language model that says what it is told to: over a real socket, its words held by code."""

from dataclasses import replace

import pytest

from api.asking import Question
from nodes.chat.limits import TurnLimits
from nodes.chat.shape import AgentTask
from nodes.chat.tools.shape import Found
from nodes.chat.writing.port import AWAY, UNUSABLE, Looked
from nodes.chat.writing.run import FOUND_BEFORE
from nodes.understanding.shape import Request
from sandbox.model import Refusal, Reply
from tests.scenarios.asking.conftest import KENYA, Conversation, Speaking, calls, says

pytestmark = pytest.mark.asyncio(loop_scope="session")

ASKED = "what is the next step with Brightwater Community Management?"
FOUND = "run your exact order through the test association"
TRUE = "Todd Pilcher runs the exact order through the test association [2]."


async def test_an_answer_is_the_models_own_with_its_sources(speaking: Speaking) -> None:
    speaking.model.queue(says(TRUE))
    talk = speaking.talk(KENYA)
    told = await talk.hears(ASKED)
    assert told.startswith("Todd Pilcher runs the exact order through the test association [1].")
    (source,) = talk.told["citations"]
    assert (source["speaker"], source["minute"]) == ("Todd Pilcher", "2:07") and FOUND in source["quote"]
    assert talk.told["model_calls"] == 1


async def test_what_no_source_says_is_left_out(speaking: Speaking) -> None:
    speaking.model.queue(says(f"{TRUE} They pay 900,000 dollars on 3 May [2]. Their signer is Zelda [2]."))
    told = await speaking.talk(KENYA).hears(ASKED)
    assert "test association [1]" in told and "2 sentences were left out" in told
    assert "900,000" not in told and "Zelda" not in told


@pytest.mark.parametrize(
    "nonsense",
    [
        says("Everything is fine, they will surely buy."),
        says("See [99]."),
        says(""),
        Reply("certainly! here you go"),
        Reply('{"tool": "none", "answer": "cut o'),
        Reply.of({"tool": "launch_rockets", "arguments": {}}),
    ],
)
async def test_a_model_that_talks_nonsense_leaves_what_was_found(speaking: Speaking, nonsense: Reply) -> None:
    speaking.model.answer = lambda _asked: nonsense
    told = await speaking.talk(KENYA).hears(ASKED)
    assert FOUND in told and "Brightwater CM / Paylatch" in told
    assert "surely" not in told and "certainly" not in told


async def test_a_model_looks_up_more_before_it_answers(speaking: Speaking) -> None:
    speaking.model.queue(
        calls("search_calls", question="order of payments", about="Brightwater Community Management"),
        says("Roxanne Duarte asks for the priority of payments [3]."),
    )
    talk = speaking.talk(KENYA)
    await talk.hears(ASKED)
    assert [call["tool"] for call in talk.told["tool_calls"]] == ["read_call", "search_calls"]
    assert "order of payments" in speaking.model.asked[1].text or "Florida" in speaking.model.asked[1].text


async def test_what_a_model_asks_for_again_is_not_sent_again(speaking: Speaking) -> None:
    again = calls("search_calls", question="order of payments", about="Brightwater Community Management")
    speaking.model.queue(again, again, says(TRUE))
    await speaking.talk(KENYA).hears(ASKED)
    _, once, twice = [asked.text for asked in speaking.model.asked]
    assert FOUND_BEFORE not in once and FOUND_BEFORE in twice
    assert len(twice) - len(once) < 600


async def test_an_answer_of_no_use_is_no_outage(speaking: Speaking) -> None:
    speaking.model.queue(Reply("no JSON at all"), Reply("nor here"), Reply("nor here"))
    told = await speaking.talk(KENYA).hears(ASKED)
    assert FOUND in told and UNUSABLE in told and AWAY not in told


async def test_a_model_that_is_away_leaves_what_was_found(speaking: Speaking) -> None:
    speaking.model.fault(Refusal(503), times=None)
    told = await speaking.talk(KENYA).hears(ASKED)
    assert FOUND in told and "the model is away, so this is what was found, as it stands" in told


@pytest.mark.parametrize("limits", [{"model_calls": 1}, {"tool_calls": 0}, {"tokens": 1}])
async def test_a_turn_that_may_take_no_more_ends_with_what_is_known(speaking: Speaking, limits: dict[str, int]) -> None:
    speaking.model.answer = lambda _asked: calls("search_calls", question="price", about=None)
    told = await speaking.talk(KENYA, **limits).hears(ASKED)
    assert FOUND in told
    assert len(speaking.model.asked) <= TurnLimits().model_calls


async def test_lists_figures_actions_and_talk_ask_no_model(speaking: Speaking) -> None:
    talk = speaking.talk(KENYA)
    for said in (
        "open deals I own",
        "same for Danny",
        "pipeline by stage",
        "last call with Brightwater",
        "who owns Brightwater",
        "remind me tomorrow to call Roxanne Duarte",
        "undo that",
        "hello",
        "who won the world cup?",
    ):
        assert (await talk.says(said)).model_calls == 0, said
    assert speaking.model.asked == []


async def test_a_model_is_shown_only_what_the_asker_may_see(speaking: Speaking) -> None:
    speaking.model.answer = lambda _asked: calls("search_calls", question="price", about="Lodestar Apartment Homes")
    await speaking.talk(KENYA).says(ASKED)
    prompts = "\n".join(asked.text for asked in speaking.model.asked)
    assert "Brightwater" in prompts
    assert "Vera Lindqvist" not in prompts and "Lodestar - portfolio" not in prompts


async def test_the_prompt_of_a_thread_only_grows_at_its_end(speaking: Speaking) -> None:
    speaking.model.queue(says(TRUE), says(TRUE))
    talk: Conversation = speaking.talk(KENYA)
    await talk.says(ASKED)
    await talk.says("what did Roxanne Duarte say about the priority of payments?")
    first, second = (asked.messages for asked in speaking.model.asked)
    shared = [one for one, other in zip(first, second, strict=False) if one == other]
    assert len(shared) >= len(first) - 1


async def test_a_change_that_was_made_is_told_where_the_model_gets_no_further(speaking: Speaking) -> None:
    asked = "log on Brightwater Community Management that they cancelled"
    talk = speaking.talk(KENYA, model_calls=1)
    context = replace(await talk.asking.context(Question(text=asked, thread=talk.thread), KENYA), dry_run=True)
    speaking.model.queue(calls("make_change", words=asked))
    spec = talk.asking.registry.agents["crm_sync"]
    request = Request(kind="action", text=asked, agents=(spec.name,))
    looked = Looked("read_record", {}, Found(said="Brightwater", lines=("[1] Brightwater",), partial="It is old."))
    writer = talk.asking.writer
    assert writer is not None
    reply = await writer.write(spec, AgentTask(request), context, looked)
    assert reply is not None and reply.done is not None and reply.text == reply.done.words
    assert "they cancelled" in reply.text and "would be made" in reply.text
    assert reply.partial is not None and reply.partial.endswith("It is old.")
