"""What an answer leaves for the next turn."""

from nodes.chat.shape import AgentReply, Done
from nodes.understanding.following import next_focus
from nodes.understanding.shape import Action, Doubt, Focus, Named, Request, Understood
from tests.nodes.understanding.following.conversing import Conversation

DEAL = Named(type="deals", id="55201", name="Larkspur - renewal 2026")
OTHER = Named(type="deals", id="103222", name="Lodestar - portfolio payments")


def test_a_list_keeps_its_order_and_the_place_that_was_spoken_of() -> None:
    conversation = Conversation()
    conversation.say("open deals over 20k", ["deal:55201", "deal:103222", "deal:62688"])
    conversation.say("the second one")
    lists = [topic for topic in conversation.focus.topics if len(topic.results) == 3]
    assert [(topic.results[0].id, topic.at) for topic in lists] == [("55201", 1)]


def test_the_same_record_asked_about_twice_is_one_topic() -> None:
    conversation = Conversation()
    conversation.say("open deals over 20k", ["deal:55201", "deal:103222"])
    for text in ("the second one", "who owns it", "when does it close"):
        conversation.say(text)
    assert len(conversation.focus.topics) == 2


def test_what_an_agent_asks_back_may_be_answered() -> None:
    request = Request(kind="agent", text="brief me on Larkspur", agents=("crm_sync",))
    reply = AgentReply(agent="crm_sync", doubt="Which one?", choices=(DEAL, OTHER))
    focus = next_focus(Focus(), Understood(requests=(request,)), [reply], 1)
    assert focus.open_doubt is not None
    assert focus.open_doubt.doubt == Doubt(question="Which one?", choices=(DEAL, OTHER))
    assert focus.topics == ()


def test_the_words_of_a_note_that_waits_for_an_answer_are_kept_whole() -> None:
    words = "they want the portal in two steps, " * 20
    action = Action(verb="create", object="notes", words=words.strip())
    doubt = Doubt(question="Which Larkspur?", choices=(DEAL, OTHER), field="about")
    request = Request(kind="action", text="log it", action=action, doubt=doubt)
    reply = AgentReply(agent="crm_sync", doubt=doubt.question, choices=doubt.choices)
    focus = next_focus(Focus(), Understood(requests=(request,)), [reply], 1)
    assert focus.open_doubt is not None
    assert focus.open_doubt.action == action


def test_the_number_of_a_request_that_waits_is_kept() -> None:
    action = Action(verb="update", object="deals", record=DEAL)
    request = Request(kind="action", text="move it", action=action)
    done = Done(action=action, state="asked", words="waits", approval=12)
    focus = next_focus(Focus(), Understood(requests=(request,)), [AgentReply(agent="crm_sync", done=done)], 1)
    assert [topic.approval for topic in focus.topics] == [12]


def test_small_talk_is_no_topic() -> None:
    conversation = Conversation()
    conversation.say("who owns Lodestar", ["company:103010"])
    conversation.say("thanks, that was great")
    assert [topic.request.text for topic in conversation.focus.topics] == ["who owns Lodestar"]
