"""`sophia ask`, `sophia chat` and `sophia graph` as a person or a program at a terminal uses them."""

import json
from pathlib import Path
from typing import Any

import pytest

from api.ask_shown import Screen
from nodes.chat.shape import AgentReply, Cell, Citation, Column, Table, TurnAnswer
from sandbox.server import SandboxServer
from tests.commands import Sophia

NOW = "2026-11-20T12:00"
DANNY = "danny@paylatch.example"
KEYS = {
    "answer",
    "kind",
    "agents",
    "query",
    "action",
    "second",
    "citations",
    "tool_calls",
    "model_calls",
    "milliseconds",
}


def lines_of(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_an_answer_for_programs_has_ids_with_their_names_and_whole_days(sophia: Sophia, sandbox: SandboxServer) -> None:
    done = sophia.run("ask", "deals closing this month over 50k owned by Danny", "--json", "--now", NOW)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert set(told) >= KEYS
    assert (told["kind"], told["agents"][0], told["model_calls"], told["second"]) == ("query", "crm_sync", 0, None)
    assert told["query"]["object"] == "deals" and told["query"]["aggregate"] is None
    filters = {(one["field"], one["op"]): one for one in told["query"]["filters"]}
    assert filters["closedate", "gte"]["value"] == "2026-11-01"
    assert filters["closedate", "lte"]["value"] == "2026-11-30"
    assert filters["amount", "gt"]["value"] == 50000
    owner = filters["hubspot_owner_id", "eq"]
    assert (owner["value"], owner["name"]) == ("71240118", "Danny Kowalczyk")
    assert sandbox.credentials.hubspot_token not in done.stdout + done.stderr


def test_many_questions_are_understood_at_once_and_nothing_is_done(sophia: Sophia, sandbox: SandboxServer) -> None:
    before = set(sandbox.frame.store.table("hubspot.tasks"))
    asked = (
        "remind me Friday to call Joyce Abernathy and how many deals are there\n\ntop 3 open deals by amount\nhello\n"
    )
    done = sophia.run("ask", "--batch", "-", "--parse", "--as", DANNY, "--now", NOW, stdin=asked)
    assert done.returncode == 0, done.stderr
    two, three, hello = lines_of(done.stdout)
    assert (two["question"], hello["question"]) == (asked.splitlines()[0], "hello")
    assert (two["kind"], two["action"]["object"], two["second"]["kind"]) == ("action", "tasks", "query")
    assert (three["query"]["limit"], three["query"]["sort"]) == (3, [{"field": "amount", "descending": True}])
    assert (hello["kind"], hello["agents"]) == ("chat", ["slack_interface"])
    assert set(sandbox.frame.store.table("hubspot.tasks")) == before


def test_a_conversation_goes_on_in_the_next_process(sophia: Sophia) -> None:
    first = sophia.run("ask", "deals owned by Danny", "--thread", "t")
    assert "1 deal of Danny Kowalczyk, $62,000 in all." in first.stdout, first.stderr
    second = sophia.run("ask", "same for Kenya", "--thread", "t")
    assert "2 deals of Kenya Marsh, $130,000 in all." in second.stdout, second.stderr


def test_a_talk_is_turn_by_turn_until_an_empty_line(sophia: Sophia) -> None:
    said = "deals owned by Danny\nsame for Kenya\n\ndeals owned by Todd\n"
    done = sophia.run("chat", stdin=said)
    assert done.returncode == 0, done.stderr
    assert "Danny Kowalczyk" in done.stdout and "Kenya Marsh" in done.stdout and "Todd" not in done.stdout
    assert "sophia chat --thread" in done.stderr


def test_what_cannot_be_asked_is_said_with_what_to_do(sophia: Sophia, alone: Sophia) -> None:
    for arguments, words in (
        (("ask", "   "), "Give a question in quotes"),
        (("ask", "--batch", "nowhere.txt"), "nowhere.txt cannot be read"),
        (("ask", "x", "--now", "yesterday"), "--now"),
    ):
        done = sophia.run(*arguments)
        assert done.returncode != 0 and words in done.stderr, arguments
    done = alone.run("ask", "my deals")
    assert done.returncode != 0 and "SOPHIA_HUBSPOT_ACCESS_TOKEN" in done.stderr and "Traceback" not in done.stderr


def test_the_demo_can_be_asked_before_it_has_run(alone: Sophia) -> None:
    done = alone.run("ask", "--demo", "--as", DANNY, "how many deals do I have")
    assert "1 deal of yours, $62,000 in all." in done.stdout, done.stderr


def test_the_network_is_drawn(sophia: Sophia, tmp_path: Path) -> None:
    done = sophia.run("graph", "--png", str(tmp_path / "graph.png"))
    assert done.returncode == 0 and (tmp_path / "graph.png").read_bytes().startswith(b"\x89PNG")
    drawn = sophia.run("graph").stdout
    assert all(name in drawn for name in ("orchestrate", "crm_sync", "call_analysis", "compose"))


def test_a_terminal_obeys_nothing_of_an_answer(capsys: pytest.CaptureFixture[str]) -> None:
    evil = "Acme \x1b[2J\x1b]0;owned\x07 deal\r\x9b1m"
    table = Table(columns=(Column(field="a", label=evil),) * 2, rows=((Cell(text=evil),) * 2,) * 2)
    citation = Citation(number=1, kind="record", id="deal:1", title=evil, quote=evil)
    reply = AgentReply(agent="crm_sync", text=evil, table=table, citations=(citation,))
    Screen(quiet=True).show(TurnAnswer(text=evil, kind="query", replies=(reply,), citations=(citation,)))
    shown = capsys.readouterr().out
    assert "Acme" in shown and not {"\x1b", "\x07", "\r", "\x9b"} & set(shown)
