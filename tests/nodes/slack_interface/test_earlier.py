"""What was said before: in this thread, and in earlier ones by those who were told it there."""

from nodes.chat.context import ChatContext
from nodes.thread.turns import turns_of
from tests.nodes.slack_interface.conftest import CHANNEL, Says, Turns
from tests.nodes.thread.talk import spoken, thread_of

TALK = thread_of(
    spoken("what is Acme worth", "Acme is worth $42,000.\nIts deal closes in May.", 1),
    spoken("repeat that", "Acme is worth $42,000.", 2),
)


async def keep(context: ChatContext, asked: str, answered: str) -> None:
    (turn,) = turns_of(spoken(asked, answered, 1), 1)
    await context.thread.memory.keep(context.thread.place, turn)


async def test_a_thread_is_told_in_short_without_what_only_asked_for_it(say: Says) -> None:
    reply = await say("summarise this thread", "agent", TALK)
    assert reply.text.splitlines() == [
        "In this conversation so far:",
        "- what is Acme worth → Acme is worth $42,000. Its deal closes in May. [1]",
    ]
    assert (await say("summarise this thread", "agent")).text == "Nothing has been said in this conversation before."


async def test_the_last_answer_is_told_again_or_its_first_line(say: Says) -> None:
    assert (await say("repeat that", "agent", TALK)).text == "Acme is worth $42,000.\nIts deal closes in May."
    assert (await say("make that shorter", "agent", TALK)).text == "Acme is worth $42,000."
    reply = await say("say it in simpler words", "agent", TALK)
    assert reply.partial == "putting it in other words needs a language model, and none is set up here"
    assert "not answered anything" in (await say("repeat that", "agent")).text


async def test_earlier_conversations_are_told_to_who_had_them(say: Says, turn: Turns) -> None:
    await keep(turn(thread="earlier"), "who owns Zanzibar Freight", "Ben owns Zanzibar Freight.")
    await keep(turn(who="ben", thread="bens"), "is Zanzibar Freight in trouble", "Zanzibar Freight is.")
    await keep(turn(venue=CHANNEL, thread="c1"), "when does Zanzibar Freight close", "In May.")

    own = (await say("what did I ask you about Zanzibar Freight", "agent")).text
    assert "Ana asked" in own and "who owns Zanzibar Freight [1]" in own
    assert "trouble" not in own and "when does" not in own and "I said" not in own

    here = (await say("what did I ask you about Zanzibar Freight", "agent", venue=CHANNEL, thread="now")).text
    assert "when does Zanzibar Freight close" in here
    assert "who owns" not in here and "trouble" not in here

    admin = (await say("what did I ask you about Zanzibar Freight", "agent", who="vic")).text
    assert admin == "Nothing has been said in this conversation before."


async def test_this_thread_comes_before_earlier_ones(say: Says, turn: Turns) -> None:
    await keep(turn(thread="earlier2"), "how big is Umber Mills", "Umber Mills is big.")
    reply = await say("what did we talk about last time with Umber Mills", "agent", TALK)
    assert [source.id for source in reply.citations][:2] == ["thread", "thread:earlier2"]
    assert reply.text.index("what is Acme worth") < reply.text.index("Umber Mills is big")
