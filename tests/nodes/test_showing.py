"""How moments, days, names and long texts are shown."""

import json
from collections.abc import Callable
from datetime import date
from urllib.parse import parse_qs, urlsplit

import pytest

from core.analysis import Finding
from core.calls import Call
from nodes.showing import call_name, call_url, day, duration, gist, minute, only_repeats, shorten


@pytest.mark.parametrize(
    ("start_ms", "shown"), [(0, "0:00"), (999, "0:00"), (65_000, "1:05"), (3_599_999, "59:59"), (3_723_000, "1:02:03")]
)
def test_a_moment_is_shown_as_a_player_shows_it(start_ms: int, shown: str) -> None:
    assert minute(start_ms) == shown


def test_a_day_is_shown_with_its_weekday() -> None:
    assert day(date(2026, 3, 5)) == "Thu 5 Mar 2026"


def test_a_link_to_a_moment_marks_it_in_seconds(call: Call) -> None:
    url = call_url(call, 185_999)
    assert url is not None
    query = parse_qs(urlsplit(url).query)
    assert query["id"] == ["9001"]
    assert json.loads(query["highlights"][0]) == [{"type": "SHARE", "from": 185, "to": 205}]


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "javascript:alert(1)",
        "http://us-1.app.gong.io/call?id=1",
        "https://gong.io.evil.example/call?id=1",
        "https://evil.example/app.gong.io",
        "https://me@us-1.app.gong.io/call",
        "https://[broken",
    ],
)
def test_an_address_that_is_not_gongs_is_no_link(call: Call, url: str | None) -> None:
    assert call_url(call.model_copy(update={"url": url})) is None


def test_a_call_without_a_title_goes_by_its_day_and_else_by_its_id(call: Call) -> None:
    assert call_name(call) == "Acme - pricing"
    assert call_name(call.model_copy(update={"title": "  "})) == "Call of Tue 10 Mar 2026"
    assert call_name(Call(id="7")) == "Call 7"


def test_a_long_text_is_cut_between_words() -> None:
    assert shorten("one two\n three", 100) == "one two three"
    assert shorten("one two three", 10) == "one two…"
    assert shorten("x" * 20, 10) == "xxxxxxxxx…"


def test_a_short_call_lasted_under_a_minute() -> None:
    assert (duration(59), duration(60), duration(1770)) == ("under a minute", "1 min", "30 min")


def test_a_finding_is_told_without_the_name_and_day_that_are_shown_apart(finding: Callable[..., Finding]) -> None:
    step = finding(text="Dana Reyes: send it  today (due 2026-03-13)", owner="Dana Reyes", due=date(2026, 3, 13))
    assert gist(step) == "send it today"
    assert gist(finding(text="Ana Silva: too dear", speaker="Ana Silva")) == "too dear"
    assert gist(finding(text="Ana: too dear", speaker=None)) == "Ana: too dear"


@pytest.mark.parametrize(
    ("text", "quote", "repeats"),
    [
        ("Ana: It is too dear.", "It is too dear.", True),
        ("It is too dear", "It is, um, just too dear.", True),
        ("Price is an obstacle", "It is too dear.", False),
        ("dear too", "It is too dear.", False),
    ],
)
def test_a_finding_that_only_repeats_its_quote_is_known_for_it(
    finding: Callable[..., Finding], text: str, quote: str, repeats: bool
) -> None:
    assert only_repeats(finding(text=text, quote=quote, speaker="Ana")) is repeats
