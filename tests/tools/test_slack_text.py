"""What others wrote stays text in Slack, and fits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.slack.text import escape, fit_lines, link, one_line


@pytest.mark.parametrize(
    "text",
    [
        "<!channel> urgent",
        "<@U123> look",
        "<https://evil.example|your invoice>",
        "@here @channel @everyone",
        "https://evil.example/login",
        "mailto://x",
    ],
)
def test_data_mentions_nobody_and_links_nowhere(text: str) -> None:
    shown = escape(text)
    assert not set(shown) & set("<>")
    assert not any(f"@{word}" in shown for word in ("here", "channel", "everyone", "U123"))
    assert "://" not in shown


def test_what_is_shown_reads_as_it_was_written() -> None:
    shown = escape("Tom & Ana say 1 < 2 > 0, mail ana@us.example or https://x.example")
    seen = shown.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").replace("\u2060", "")
    assert seen == "Tom & Ana say 1 < 2 > 0, mail ana@us.example or https://x.example"


def test_an_address_of_a_person_can_be_copied_as_it_is() -> None:
    assert escape("write to ana@us.example") == "write to ana@us.example"


@given(st.text(alphabet="ab &<>@:/\n"), st.integers(min_value=1, max_value=60))
def test_escaped_text_is_never_longer_than_its_limit_nor_cut_inside_an_escape(text: str, limit: int) -> None:
    shown = escape(text, limit)
    assert len(shown) <= limit
    assert not set(shown) & set("<>")
    assert "&" not in shown.replace("&amp;", "").replace("&lt;", "").replace("&gt;", "")
    assert shown == escape(text) or shown.endswith("…")


def test_a_quote_is_one_line() -> None:
    assert one_line("  We\nneed\t it  ") == "We need it"
    assert one_line("word " * 50, 20) == "word word word word…"


def test_a_link_shows_its_label() -> None:
    assert link("https://app.hubspot.com/contacts/1?a=1&b=2", "Deal <1>") == (
        "<https://app.hubspot.com/contacts/1?a=1&amp;b=2|Deal &lt;1&gt;>"
    )


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "http://gong.io/call",
        "javascript:alert(1)",
        "https://",
        "https://x.example/a b",
        "https://x.example/|y",
        "https://x.example/>",
        "https://x.example/\n",
        "https://user@evil.example/",
        "https://user:pass@evil.example/",
        "https://[::1",
        "https://exämple.example/",
        "//x.example",
    ],
)
def test_an_address_that_is_not_safe_leaves_the_label_alone(url: str | None) -> None:
    assert link(url, "Call | one") == "Call ¦ one"


@pytest.mark.parametrize(
    ("url", "linked"),
    [
        ("https://gong.io/call", True),
        ("https://us-1.app.gong.io/call", True),
        ("https://gong.io.evil.example/call", False),
        ("https://evilgong.io/call", False),
    ],
)
def test_a_link_leads_only_to_the_hosts_that_are_allowed(url: str, linked: bool) -> None:
    assert link(url, "Call", hosts={"gong.io"}).startswith("<https") is linked


def test_lines_that_do_not_fit_are_counted() -> None:
    lines = [f"• line {number}" for number in range(100)]
    assert fit_lines(lines[:3], 100) == "• line 0\n• line 1\n• line 2"
    shown = fit_lines(lines, 100)
    assert len(shown) <= 100
    assert shown.endswith("more")
    kept = shown.count("• line")
    assert shown.splitlines()[-1] == f"… and {100 - kept} more"
    assert fit_lines(["x" * 50], 10) == "…"
