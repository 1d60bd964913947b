"""The model's words as they come, over a real socket: heard sentence by sentence, and only what stands in the end."""

import asyncio
import re
import uuid
from dataclasses import dataclass, field

import pytest

from api.asking import Question
from nodes.chat.events import TurnEvent
from nodes.chat.shape import TurnAnswer
from nodes.chat.writing.port import AS_IT_STANDS
from sandbox.model import BrokenOff, Hanging, Reply
from tests.scenarios.asking.conftest import KENYA, Speaking, calls, says

pytestmark = pytest.mark.asyncio(loop_scope="session")

ASKED = "what is the next step with Brightwater Community Management?"
FOUND = "run your exact order through the test association"
TRUE = "Todd Pilcher runs the exact order through the test association [2]."
FALSE = "They pay 900,000 dollars on 3 May [2]."
NOT_SAID = "The sources do not say that."
LONG = says(f"{TRUE} {TRUE} {FALSE} See [the page](https://evil.example/x) [2]. {TRUE}")


@dataclass
class Listener:
    """Somebody who hears a turn."""

    events: list[TurnEvent] = field(default_factory=list)
    told: asyncio.Event = field(default_factory=asyncio.Event)

    def hear(self, event: TurnEvent) -> None:
        self.events.append(event)
        if event.kind == "text":
            self.told.set()

    @property
    def words(self) -> str:
        """All words that were told."""
        return "".join(event.text for event in self.events if event.kind == "text")

    @property
    def kinds(self) -> list[str]:
        return [event.kind for event in self.events]


async def asked_of(speaking: Speaking, listener: Listener, text: str = ASKED) -> TurnAnswer:
    return await speaking.asking.ask(Question(text=text, thread=uuid.uuid4().hex, tell=listener.hear), KENYA)


async def test_sentences_are_heard_one_by_one_and_are_the_reply(speaking: Speaking) -> None:
    speaking.model.queue(LONG)
    listener = Listener()
    answer = await asked_of(speaking, listener)
    (reply,) = answer.replies
    assert listener.words == reply.text
    assert answer.text.startswith(listener.words)
    assert listener.kinds.count("text") == 4
    assert "900,000" not in listener.words and "evil" not in listener.words


async def test_who_hears_nothing_is_told_the_same(speaking: Speaking) -> None:
    speaking.model.answer = lambda _asked: LONG
    heard = await asked_of(speaking, Listener())
    unheard = await speaking.talk(KENYA).says(ASKED)
    assert unheard.text == heard.text and unheard.citations == heard.citations


async def test_a_sentence_is_heard_while_the_model_still_writes(speaking: Speaking) -> None:
    speaking.model.queue(Hanging(LONG, pieces=10))
    listener = Listener()
    turn = asyncio.create_task(asked_of(speaking, listener))
    await asyncio.wait_for(listener.told.wait(), timeout=20)
    assert listener.words == TRUE.replace("[2]", "[1]")
    turn.cancel()
    with pytest.raises(asyncio.CancelledError):
        await turn
    assert listener.kinds[-1] == "taken back"


async def test_a_model_that_dies_in_the_middle_leaves_what_code_found(speaking: Speaking) -> None:
    speaking.model.queue(BrokenOff(LONG, pieces=20))
    listener = Listener()
    answer = await asked_of(speaking, listener)
    assert listener.kinds[-1] == "taken back" and TRUE[:10] in listener.words
    assert FOUND in answer.text and "the model is away, so this is what was found, as it stands" in answer.text
    assert TRUE[:30] not in answer.text


async def test_the_words_have_the_numbers_of_the_answers_sources(speaking: Speaking) -> None:
    speaking.model.queue(
        calls("search_calls", question="order of payments", about="Brightwater Community Management"),
        says(f"The login comes by then [3]. {TRUE}"),
    )
    listener = Listener()
    answer = await asked_of(speaking, listener)
    assert listener.kinds.index("tool") < listener.kinds.index("text")
    assert re.findall(r"\[(\d)\]", listener.words) == re.findall(r"\[(\d)\]", answer.replies[0].text) == ["1", "2"]
    assert [source.number for source in answer.citations] == [1, 2]
    assert FOUND in (answer.citations[1].quote or "")


async def test_that_nothing_is_said_of_it_goes_before_what_was_found(speaking: Speaking) -> None:
    speaking.model.queue(says(NOT_SAID))
    listener = Listener()
    answer = await asked_of(speaking, listener)
    assert answer.text.startswith(f"{NOT_SAID}\n{AS_IT_STANDS}\n") and FOUND in answer.text
    assert listener.words == answer.replies[0].text
    assert any(FOUND in (source.quote or "") for source in answer.citations)


async def test_a_call_of_no_tool_is_corrected_and_the_answer_follows(speaking: Speaking) -> None:
    speaking.model.queue(calls("launch_rockets"), says(TRUE))
    listener = Listener()
    answer = await asked_of(speaking, listener)
    assert listener.words == answer.text == TRUE.replace("[2]", "[1]")
    assert "there is no such tool here" in speaking.model.asked[1].text


async def test_nobody_hears_what_holds_to_no_source(speaking: Speaking) -> None:
    speaking.model.queue(Reply('{"answer": "They will surely buy.", "tool": "none"}'))
    listener = Listener()
    answer = await asked_of(speaking, listener)
    assert listener.words == "" and FOUND in answer.text
