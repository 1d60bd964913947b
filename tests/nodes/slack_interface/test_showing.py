"""An answer as Slack shows it: what is told, that nothing in it does more than show, and that Slack takes it."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.query import Aggregate, Query
from nodes.chat.shape import AgentReply, Cell, Citation, Column, Done, Table, TurnAnswer
from nodes.slack_interface.showing import SlackAnswer, as_slack
from nodes.understanding.shape import Action, Named
from tests.nodes.slack_interface.checking import SLACK_TYPES, problems_of

HOSTS = frozenset({"app.hubspot.com", "gong.io"})
DEAL = "https://app.hubspot.com/contacts/77/record/0-3/301"
CALL = "https://us-1.app.gong.io/call?id=9001&xtid=185"


def answer(*replies: AgentReply, citations: tuple[Citation, ...] = (), text: str | None = None) -> TurnAnswer:
    said = "\n\n".join(reply.text or reply.doubt or "" for reply in replies) if text is None else text
    return TurnAnswer(text=said, kind="query", agents=("crm_sync",), replies=replies, citations=citations)


def reply(text: str = "", **about: Any) -> AgentReply:
    return AgentReply(agent="crm_sync", text=text, **about)


def shown(*replies: AgentReply, **about: Any) -> SlackAnswer:
    """The answer as Slack shows it, in a form that it takes; also without data tables."""
    made = answer(*replies, **about)
    assert problems_of(as_slack(made, HOSTS, data_tables=False).blocks) == []
    slack = as_slack(made, HOSTS)
    assert problems_of(slack.blocks) == []
    assert 0 < len(slack.text) <= 4000
    return slack


def texts(slack: SlackAnswer) -> str:
    """What stands in the sections and small lines."""
    found = [
        element["text"]
        for block in slack.blocks
        for element in ([block["text"]] if "text" in block else block.get("elements", []))
    ]
    return "\n".join(found)


def table(rows: int = 2, **about: Any) -> Table:
    columns = (Column(field="dealname", label="Deal"), Column(field="amount", label="Amount", number=True))
    lines = tuple((Cell(text=f"Acme {at}", link=DEAL), Cell(text=f"${at},000", value=at * 1000)) for at in range(rows))
    return Table(columns=columns, rows=lines, **about)


def tables_in(slack: SlackAnswer) -> list[Any]:
    return [block for block in slack.blocks if block["type"] == "data_table"]


def test_the_schemas_of_slack_are_read_where_they_are() -> None:
    blocks = [{"type": "context", "elements": [{"type": "mrkdwn", "text": "x", "verbatim": "yes"}]}]
    assert problems_of([{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}])
    assert bool(problems_of(blocks)) == SLACK_TYPES.is_dir()


def test_words_come_first_then_the_table_then_the_sources() -> None:
    source = Citation(number=1, kind="record", id="deal:301", title="Acme rollout", link=DEAL)
    slack = shown(reply("Two deals close in May [1].", table=table()), citations=(source,))
    assert [block["type"] for block in slack.blocks] == ["section", "data_table", "context"]
    assert texts(slack) == f"Two deals close in May [1].\n[1] <{DEAL}|Acme rollout>"
    assert slack.text.startswith("Two deals close in May [1].\n\n| Deal")


def test_a_table_has_links_numbers_and_pages_and_its_totals_below() -> None:
    totals = (Cell(text="In all"), Cell(text="$66,000", value=66_000))
    slack = shown(reply("Twelve deals.", table=table(12, totals=totals, more=3)))
    [block] = tables_in(slack)
    assert block["rows"][0] == [{"type": "raw_text", "text": "Deal"}, {"type": "raw_text", "text": "Amount"}]
    assert block["rows"][1][0]["elements"][0]["elements"] == [{"type": "link", "url": DEAL, "text": "Acme 0"}]
    assert block["rows"][2][1] == {"type": "raw_number", "value": 1000, "text": "$1,000"}
    assert (len(block["rows"]), block["page_size"]) == (13, 10)
    assert "In all: Amount $66,000 · 3 more not shown" in texts(slack)


def test_a_table_is_text_where_a_workspace_takes_no_data_table() -> None:
    slack = as_slack(answer(reply("Two deals.", table=table(more=5))), HOSTS, data_tables=False)
    assert tables_in(slack) == []
    assert "```\n| Deal   | Amount |\n|--------|-------:|\n| Acme 0 | $0,000 |" in texts(slack)
    assert "… and 5 more\n```" in texts(slack)


def test_what_is_too_long_for_a_table_is_told_below_it() -> None:
    slack = shown(reply("Many deals.", table=table(500)))
    assert len(tables_in(slack)[0]["rows"]) == 101
    assert "400 more not shown" in texts(slack)
    wide = Table(
        columns=tuple(Column(field=str(at), label=f"C{at}") for at in range(30)),
        rows=(tuple(Cell(text=str(at)) for at in range(30)),) * 2,
    )
    slack = shown(reply("Wide.", table=wide))
    assert len(tables_in(slack)[0]["rows"][0]) == 20
    assert "10 more columns not shown" in texts(slack)


def test_a_table_that_only_repeats_the_words_is_left_out() -> None:
    one = Table(columns=(Column(field="dealname", label="Deal"),), rows=((Cell(text="Acme"),),))
    assert tables_in(shown(reply("Acme is the only one.", table=one))) == []
    assert tables_in(shown(reply("None.", table=one.model_copy(update={"rows": ()})))) == []


def test_a_source_is_told_with_its_call_speaker_day_and_minute() -> None:
    call = Citation(
        number=2,
        kind="call",
        id="call:9001",
        title="Acme pricing",
        link=CALL,
        quote="Too dear for us.",
        speaker="Joyce Lam",
        minute="3:05",
        at=datetime(2026, 5, 4, tzinfo=UTC),
    )
    told = texts(shown(reply("They object [2]."), citations=(call,)))
    address = CALL.replace("&", "&amp;")
    assert f"[2] <{address}|Acme pricing>, Joyce Lam, 4 May 2026, 3:05 “Too dear for us.”" in told
    said = texts(shown(reply("“Too dear for us.” [2]"), citations=(call,)))
    assert said.count("Too dear") == 1


def test_records_of_which_there_are_only_figures_are_no_sources() -> None:
    source = Citation(number=1, kind="record", id="deal:1", title="Acme", link=DEAL)
    query = Query(object="deals", aggregate=Aggregate(fn="count"))
    slack = shown(reply("12 deals [1].", query=query, citations=(source,)), citations=(source,))
    assert [block["type"] for block in slack.blocks] == ["section"]


def test_a_question_back_comes_with_its_choices() -> None:
    choices = tuple(Named(type="deals", id=str(at), name=f"Acme {at}", detail="Proposal") for at in (1, 2))
    slack = shown(reply(doubt="Which Acme?", choices=choices))
    assert texts(slack) == "Which Acme?\n1. Acme 1 (Proposal)\n2. Acme 2 (Proposal)"


def test_many_choices_are_cut_with_a_word() -> None:
    choices = tuple(Named(type="deals", id=str(at), name=f"Acme {at} {'x' * 60}") for at in range(300))
    assert "lines more, too long for a message" in texts(shown(reply(doubt="Which?", choices=choices)))


MOVE = Action(verb="update", object="deals")


@pytest.mark.parametrize("words", ["I moved Acme.", "I moved Acme from Demo to Contract. To undo: `sophia undo abc`."])
def test_a_change_is_told_once_with_before_after_and_the_way_back(words: str) -> None:
    done = Done(
        action=MOVE,
        state="done",
        words=words,
        label="Deal stage",
        before="Demo",
        after="Contract",
        undo="sophia undo abc",
    )
    told = texts(shown(reply(words, done=done)))
    assert [told.count(part) for part in ("Demo", "Contract", "sophia undo abc")] == [1, 1, 1]


def test_what_waits_for_a_word_says_how_it_is_answered() -> None:
    done = Done(action=MOVE, state="asked", words="It waits.", label="Amount", after="$5", approval=12)
    told = texts(shown(reply("It waits.", done=done)))
    assert "*Amount*: nothing → $5\nSay “approve 12” or “reject 12 because …”" in told


def test_what_was_withdrawn_is_not_to_be_answered() -> None:
    done = Done(action=MOVE, state="done", words="It is withdrawn.", approval=12)
    assert texts(shown(reply("It is withdrawn.", done=done))) == "It is withdrawn."


def test_a_record_that_a_row_leads_to_is_no_source_besides() -> None:
    source = Citation(number=1, kind="record", id="deal:301", title="Acme rollout", link=DEAL)
    told = shown(reply("Two deals.", table=table()), citations=(source,))
    assert [block["type"] for block in told.blocks] == ["section", "data_table"]


def test_what_is_missing_is_told() -> None:
    assert "Note: HubSpot is away, so this is of 9:05" in texts(
        shown(reply("One deal.", partial="HubSpot is away, so this is of 9:05"))
    )


def test_two_replies_in_the_same_words_are_one() -> None:
    assert len(shown(reply("I found nothing."), reply("I found nothing.")).blocks) == 1


def test_an_answer_of_nothing_says_so() -> None:
    assert texts(shown(text="")) == "I found nothing that I could tell you."


def test_markdown_of_a_model_becomes_what_slack_shows() -> None:
    words = f"## In short\n- **Acme** is [the deal]({DEAL}) [1]\n* <{DEAL}|this one>, or {DEAL}."
    plain = DEAL.removeprefix("https://")
    assert texts(shown(reply(words))) == (
        f"*In short*\n• *Acme* is <{DEAL}|the deal> [1]\n• <{DEAL}|this one>, or <{DEAL}|{plain}>."
    )


EVIL = [
    "<!channel> look",
    "<!here|everybody>",
    "<!subteam^S123|team>",
    "<@U123ABC> owes you",
    "<#C123|general>",
    "@channel @here @everyone",
    "<https://evil.example|HubSpot>",
    "[HubSpot](https://evil.example/a)",
    "https://evil.example/?q=secret",
    "![x](https://evil.example/x.png)",
    f"[{DEAL}](https://evil.example)",
    f"<{DEAL}|<!channel>>",
    f"[<!channel>]({DEAL})",
    f"**<@U1>** [a|b]({DEAL})",
    f"{DEAL}|<!channel>",
    f"https://app.hubspot.com@evil.example/{DEAL}",
    f"{DEAL}><!channel>",
    "&lt;!channel&gt; &#60;!channel&#62;",
    "<!date^1392734382^{date}^https://evil.example|x>",
    '"}]},{"type":"actions"',
    "```\n<!channel>\n```",
    "\u202e<\u200b!channel>",
]


@pytest.mark.parametrize("evil", EVIL)
def test_nothing_from_outside_does_more_than_show(evil: str) -> None:
    named = Named(type="deals", id="1", name=evil, detail=evil)
    done = Done(action=MOVE, state="done", words=evil, label=evil, before=f"a{evil}", after=evil, undo=evil)
    cells = Table(
        columns=(Column(field="a", label=evil), Column(field="b", label="B", number=True)),
        rows=((Cell(text=evil, link="https://evil.example"), Cell(text=evil, value=1)),) * 2,
        totals=(Cell(text=evil), Cell(text=evil)),
    )
    source = Citation(
        number=1, kind="call", id="call:1", title=evil, link="https://evil.example/x", quote=f"b{evil}", speaker=evil
    )
    replies = (
        reply(f"x {evil}", done=done, table=cells, partial=evil),
        reply(doubt=evil, choices=(named,)),
    )
    made = answer(*replies, citations=(source,))
    for data_tables in (True, False):
        slack = as_slack(made, HOSTS, data_tables=data_tables)
        assert problems_of(slack.blocks) == []
        assert_harmless(slack)


CALLS_PEOPLE = re.compile(r"(?<!\w)@(?:channel|here|everyone)")
"""What some clients take for a call to everybody; within a word none does."""


def assert_harmless(slack: SlackAnswer) -> None:
    """No mention, no address that Slack would link, and no link but to an allowed host."""
    for text in [*texts(slack).splitlines(), *slack.text.splitlines()]:
        for part in text.split("<")[1:]:
            assert part.startswith(("https://app.hubspot.com/", "https://us-1.app.gong.io/")), text
        outside = "".join(part.rpartition(">")[2] for part in text.split("<"))
        assert "://" not in outside and not CALLS_PEOPLE.search(outside), text
        assert "evil.example/" not in outside
    for block in tables_in(slack):
        assert "evil.example/" not in str(block) and "https://evil" not in str(block)


PIECES = [*"<>|!@#&[]()*_~`{}:/.\\\"'\n ab1é\u2028", "https://", DEAL, "**", "evil.example/x"]
NASTY = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)


@settings(max_examples=80, deadline=None)
@given(NASTY, NASTY)
def test_no_text_breaks_out_or_is_refused(one: str, two: str) -> None:
    cells = Table(columns=(Column(field="a", label=one),), rows=((Cell(text=two),), (Cell(text=one, link=two),)))
    slack = as_slack(answer(reply(one, table=cells, doubt=two, partial=one)), HOSTS)
    assert problems_of(slack.blocks) == []
    assert_harmless(slack)


@pytest.mark.parametrize("text", ["word " * 3000, "w" * 15_000, "& " * 7000, "line\n" * 3000, "<!channel>\n" * 1500])
def test_long_words_are_cut_with_a_word_about_it(text: str) -> None:
    slack = shown(reply(text, table=table(80)), reply(text, partial=text, table=table(80)), reply(text))
    assert "more, too long for a message" in texts(slack)


def test_no_more_than_fifty_blocks_and_the_sources_stay() -> None:
    source = Citation(number=1, kind="record", id="deal:301", title="Acme rollout", link=DEAL)
    slack = shown(*(reply(f"Answer {at}.") for at in range(80)), citations=(source,))
    assert len(slack.blocks) == 50
    assert "… and 32 more parts, too long for a message" in texts(slack)
    assert "Acme rollout" in texts(slack)


def test_links_go_to_allowed_hosts_only_whoever_allowed_them_before() -> None:
    source = Citation(number=1, kind="record", id="deal:301", title="Acme", link=DEAL)
    made = answer(reply(f"See [Acme]({DEAL}) [1].", table=table()), citations=(source,))
    slack = as_slack(made, frozenset())
    assert "app.hubspot.com/" not in f"{slack.blocks}{slack.text}"
    assert "See Acme [1]." in texts(slack)
