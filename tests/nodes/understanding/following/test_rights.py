"""What may not be seen any more is not spoken of: it reads like what does not exist."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.scope import EVERYTHING, Scope, owned_by
from nodes.understanding.lexicon import Lexicon, Mention, NameIndex
from nodes.understanding.shape import Named
from tests.nodes.understanding.following.conversing import Conversation, line
from tests.nodes.understanding.portal import lexicon, seen_by
from tools.hubspot.port import ObjectType

KENYA = "71240119"


def of_nobody() -> Lexicon:
    """The names that are left to somebody who may see the records of one colleague only."""
    return replace(lexicon(), names=seen_by(Scope(audiences=frozenset({owned_by("0")}))))


@dataclass(frozen=True)
class Without:
    """The names without one record, which nobody may know of any more."""

    names: NameIndex
    gone: str

    def mentions(self, text: str) -> Sequence[Mention]:
        return [one for one in self.names.mentions(text) if all(named.id != self.gone for named in one.candidates)]

    def named(self, type: ObjectType, id: str) -> Named | None:
        return None if id == self.gone else self.names.named(type, id)


def shown(*ids: str) -> Conversation:
    conversation = Conversation()
    conversation.say("open deals over 20k", [f"deal:{id}" for id in ids])
    return conversation


def test_a_record_of_the_list_is_gone_with_the_right_to_it() -> None:
    conversation = shown("55201", "103222")
    assert (
        line(conversation.say("the second one").first)
        == "deals; hs_object_id eq Lodestar - portfolio payments; limit 1"
    )
    conversation.names = of_nobody()
    after = conversation.say("move it to contract sent").first
    assert after.action is not None
    assert after.action.record is None
    assert "Lodestar" not in after.model_dump_json()


def test_choices_are_offered_again_only_where_they_may_be_seen() -> None:
    conversation = Conversation()
    assert len(conversation.say("deals with Larkspur").first.doubt.choices) == 3  # type: ignore[union-attr]
    conversation.names = of_nobody()
    for answer in ("2", "the campus one", "both"):
        trial = Conversation(conversation.names, conversation.focus, conversation.turn)
        assert "Larkspur Campus" not in trial.say(answer).model_dump_json()


def test_a_query_about_a_record_is_gone_with_the_right_to_it() -> None:
    conversation = Conversation()
    conversation.say("last call with Quadrangle", ["call:585"])
    conversation.names = of_nobody()
    for text in ("and the one before?", "who owns it", "back to Quadrangle", "I meant the deal", "same for Kenya"):
        trial = Conversation(conversation.names, conversation.focus, conversation.turn)
        assert "Quadrangle Student" not in trial.say(text).model_dump_json()


def test_calls_and_tasks_are_named_by_what_they_are() -> None:
    """They stand in no index: whether they may be seen is looked at when the request is carried out."""
    conversation = Conversation()
    conversation.say("my overdue tasks", ["task:1", "task:2"])
    done = conversation.say("complete the second one").first
    assert done.action is not None
    assert done.action.record == Named(type="tasks", id="2", name="that task")
    asked = conversation.say("what about the other one")
    assert "tasks 1" not in asked.model_dump_json()


def test_everything_is_as_before_for_who_may_see_it() -> None:
    conversation = shown("55201", "103222")
    conversation.names = replace(lexicon(), names=seen_by(EVERYTHING))
    assert line(conversation.say("who owns the second one").first).startswith("deals; hs_object_id eq Lodestar")


def test_it_is_never_the_next_record_where_the_one_spoken_of_is_gone() -> None:
    conversation = shown("55201", "103222", "62688")
    conversation.say("the second one")
    portal = lexicon()
    conversation.names = replace(portal, names=Without(portal.names, "103222"))
    after = conversation.say("move it to contract sent").first
    assert after.action is not None
    assert after.action.record is None


def test_no_choice_has_the_number_nought() -> None:
    conversation = Conversation()
    assert len(conversation.say("deals with Larkspur").first.doubt.choices) == 3  # type: ignore[union-attr]
    assert conversation.say("0").first.query is None
