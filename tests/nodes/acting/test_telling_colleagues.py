"""What somebody wants a colleague told is passed on in Slack as their words, and as nothing else."""

from typing import Any

import pytest

from memory.ledger import EffectStatus
from nodes.acting.acting import preview
from nodes.understanding.shape import Action, Named
from tests.nodes.acting.wanted import UNDO_THAT, deal, telling


async def test_a_colleague_is_told_as_said_by_who_asks(office: Any) -> None:
    done = await office.do(telling("2", "the contract is out\nplease look"))
    assert (done.state, done.undo) == ("done", None)
    (message,) = office.messages()
    text = message["blocks"][0]["text"]["text"]
    assert text == "*Dana Reyes* asks me to pass on:\n> the contract is out\n> please look"
    (row,) = await office.effects()
    assert (row.status, row.asked_by, row.field) == (EffectStatus.CONFIRMED, "dana@ours.example", "colleague")


async def test_what_is_passed_on_calls_nobody_and_links_nowhere(office: Any) -> None:
    await office.do(telling("2", "<!channel> <@U1> @here https://evil.example <https://evil.example|our site>"))
    (message,) = office.messages()
    for text in (message["text"], message["blocks"][0]["text"]["text"]):
        assert not {"<!", "<@", "<http", "://evil"} & {text[at : at + 5] for at in range(len(text))}
        assert "<" not in text
        assert "://" not in text
        assert "@here" not in text


@pytest.mark.parametrize(
    ("owner", "state", "hint"),
    [("3", "failed", "nobody in Slack"), ("5", "refused", "no such colleague"), ("77", "refused", "no such colleague")],
)
async def test_who_cannot_be_reached_is_said(office: Any, owner: str, state: str, hint: str) -> None:
    done = await office.do(telling(owner, "hello"))
    assert done.state == state
    assert hint in done.words
    assert office.messages() == []
    assert await office.effects() == []


@pytest.mark.parametrize(
    "action",
    [
        telling("2", "  "),
        telling("2", "x" * 2001),
        Action(verb="send", object="messages", record=deal(), words="hello"),
        Action(verb="send", object="messages", words="hello"),
    ],
)
async def test_what_is_no_message_is_refused(office: Any, action: Action) -> None:
    assert (await office.do(action)).state == "refused"
    assert office.messages() == []


@pytest.mark.parametrize("who", ["vera", "nick"])
async def test_who_changes_nothing_writes_to_nobody(office: Any, who: str) -> None:
    assert (await office.do(telling("2", "hello"), who=who)).state == "refused"
    assert office.messages() == []


async def test_the_policy_may_deny_it(office: Any) -> None:
    rule = '[[rule]]\nobjects = "messages"\nfields = "colleague"\nactions = "create"\ndecision = "DENY"\n'
    office.under(rule + 'reason = "Write to each other yourselves"\n')
    done = await office.do(telling("2", "hello"))
    assert done.state == "refused"
    assert "Write to each other yourselves" in done.words


async def test_without_slack_it_is_said_that_nothing_was_sent(office: Any) -> None:
    office.fault("slack", "revoked_token", "", times=None)
    done = await office.do(telling("2", "hello"))
    assert done.state == "failed"
    assert "Nothing was sent" in done.words


async def test_a_preview_sends_nothing(office: Any) -> None:
    done = await preview(telling("2", "hello"), await office.turn())
    assert (done.state, done.after) == ("done", "hello")
    assert (await preview(telling("3", "hello"), await office.turn())).state == "failed"
    assert office.messages() == []


async def test_the_same_turn_run_again_sends_it_once(office: Any) -> None:
    first = await office.do(telling("2", "hello"), turn="one")
    assert await office.do(telling("2", "hello"), turn="one") == first
    assert len(office.messages()) == 1


async def test_a_message_is_not_taken_back_and_nothing_before_it_is(office: Any) -> None:
    await office.do(Action(verb="complete", object="tasks", record=Named(type="tasks", id="401", name="")))
    await office.do(telling("2", "hello"))
    done = await office.do(UNDO_THAT)
    assert (done.state, office.value("tasks", "401", "hs_task_status")) == ("refused", "COMPLETED")
    assert "read" in done.words
