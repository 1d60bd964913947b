"""Whatever an answer holds, it leads nowhere but to allowed hosts, and its words stay."""

from collections.abc import Iterator
from itertools import pairwise
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from core.links import LinkFilter, allowed_hosts, only_allowed
from core.settings import load_settings

HOSTS = frozenset({"app.hubspot.com", "gong.io"})
DEAL = "https://app.hubspot.com/contacts/1/record/0-3/7"
CALL = "https://us-1.app.gong.io/call?id=3&highlights=%5B%5D#t=60"
REMOVED = "‹link-removed›"


@pytest.mark.parametrize(
    "text",
    [
        f"See [Acme renewal]({DEAL}), said at [12:30]({CALL}) [1].",
        f"Open {DEAL}.",
        f"(<{DEAL}>) and **{CALL}**, `{DEAL}`",
        f"<{CALL}|the call of Friday> for Slack",
        f"| Acme | {DEAL} | 3 < 5 |",
        "50 % of 3/4 deals at 10:30, e.g. Q3/Q4 and/or Acme Inc. [1][2] (a < b)",
        "Acme is at acme.com, Dana at dana@acme.com",
        "Die Straße 7; 日本語 «ok»: x=1, y<2 & z>3\n\n- one\n- two\t[ ] open",
    ],
)
def test_plain_words_and_links_to_allowed_hosts_stay_as_they_are(text: str) -> None:
    assert only_allowed(text, HOSTS) == text


@pytest.mark.parametrize(
    ("attack", "left"),
    [
        ("https://evil.com/?d=50k", REMOVED),
        ("Look (https://evil.com/x).", f"Look ({REMOVED})."),
        ("http://gong.io/x", REMOVED),
        ("HTTPS://EVIL.COM/", REMOVED),
        ("[the deal](https://evil.com/a)", "the deal"),
        ('[the deal](https://evil.com/a "title")', "the deal"),
        ("[the deal](<https://evil.com/a>)", "the deal"),
        ("[the deal](//evil.com)", "the deal"),
        ("[the deal](/relative/path)", "the deal"),
        ("[the deal](javascript:alert(1))", "the deal"),
        ("[the deal](https:evil.com)", "the deal"),
        ("[the deal](https:\\\\evil.com)", "the deal"),
        ("[the deal](https\\://evil.com)", "the deal"),
        ("[the deal](&#104;ttps://evil.com)", "the deal"),
        ("[the deal][1]\n\n[1]: https://evil.com/x", f"[the deal][1]\n\n1: {REMOVED}"),
        ("[the deal]\n\n[the deal]: //evil.com/x", f"[the deal]\n\nthe deal: {REMOVED}"),
        ("![graph](https://evil.com/i.png?d=50k)", "graph"),
        (f"![graph]({DEAL})", "graph"),
        ("![graph][g]\n[g]: https://evil.com/i.png", f"graph\ng: {REMOVED}"),
        (f"!<b></b>[graph]({DEAL})", f"! [graph]({DEAL})"),
        (f"[![graph](https://evil.com/i.png)]({DEAL})", "graph"),
        ('<img src="https://evil.com/i.png">', ""),
        ("<img\nsrc=https://evil.com/i.png>", f"img\nsrc={REMOVED}>"),
        ('<a href="https://evil.com">the deal</a>', "the deal"),
        ("<script>x</script><!-- y -->", "x"),
        ("ht<b>tps://evil.com", REMOVED),
        ("<https://evil.com>", REMOVED),
        ("<https://evil.com|the deal>", "the deal"),
        (f"<{DEAL}|gong.io>", "gong.io"),
        ("<!channel> <@U1> <#C1|sales> <mailto:a@evil.com|Dana>", "channel @U1 sales Dana"),
        ("https://app.hubspot.com@evil.com/", REMOVED),
        ("https://user:word@app.hubspot.com/", REMOVED),
        ("https://app.hubspot.com:8443/", REMOVED),
        ("https://app.hubspot.com.evil.com/", REMOVED),
        ("https://evilgong.io/", REMOVED),
        ("https://app.hubspot.com%2eevil.com/", REMOVED),
        ("https%3A%2F%2Fevil.com", REMOVED),
        ("https%253A%252F%252Fevil.com", REMOVED),
        ("https://app.hubspot.com\\@evil.com", REMOVED),
        ("https://аpp.hubspot.com/", REMOVED),
        ("https://xn--pp-hubspot-x.com/", REMOVED),
        ("https://gong。io/", REMOVED),
        ("ｈttps://evil.com", REMOVED),
        ("h\u200bttps:\u200d//ev\u00adil.com", REMOVED),
        ("https://\u202emoc.live/", REMOVED),
        (f"{DEAL}?u=https://evil.com", REMOVED),
        (f"{DEAL}?u=%2F%2Fevil.com", REMOVED),
        (f"{DEAL},https://evil.com", REMOVED),
        (f"[gong.io]({DEAL})", "gong.io"),
        (f"[evil.com]({DEAL})", "evil.com"),
        (f"[https://evil.com/x]({DEAL})", REMOVED),
        ("www.evil.com", "evil.com"),
        ("www.evil.com/x", REMOVED),
        ("evil.com/x?d=50k", REMOVED),
        ("evil.com[/](x)50k", REMOVED),
        ("//evil.com/x", REMOVED),
        ("data:text/html,<b>x", REMOVED),
        ("javascript:alert`1`", f"{REMOVED}`"),
        ("\U000e0068\U000e0074hidden", "hidden"),
        ("a\x00b\x1b[31mc", "ab[31mc"),
    ],
)  # fmt: skip
def test_what_leads_elsewhere_is_reduced_to_its_words(attack: str, left: str) -> None:
    assert only_allowed(attack, HOSTS) == left


FRAGMENTS = [
    "https://", "http:", "//", "/", "\\", "evil.com", "app.hubspot.com", DEAL, CALL, "gong.io", "@", ":", ".", "?d=",
    "[", "]", "(", ")", "](", "][", "]:", "![", "<", ">", "<a href=", "<img src=", "</a>", "|", '"', "`", "*", "!",
    "%2e", "&#104;", "javascript:", "data:", "www.", " ", "\n", "\t", "words", "1", "é", "\u200b", "\u202e", "\x00",
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=3), max_size=14).map("".join)


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_no_renderer_of_markdown_finds_a_link_elsewhere_or_an_image(text: str) -> None:
    told = only_allowed(text, HOSTS)
    for kind, address in _rendered(told):
        parts = urlsplit(address)
        host = parts.hostname or ""
        assert kind == "link_open", told
        assert parts.scheme == "https" and parts.username is None, told
        assert host == "app.hubspot.com" or f".{host}".endswith(".gong.io"), told


@settings(max_examples=200, deadline=None)
@given(TEXTS, st.lists(st.integers(0, 200), max_size=8))
def test_a_stream_tells_the_same_however_it_is_cut(text: str, cuts: list[int]) -> None:
    answer = LinkFilter(HOSTS)
    edges = [0, *sorted(cuts), len(text)]
    told = [answer.feed(text[start:end]) for start, end in pairwise(edges)]
    assert "".join(told) + answer.flush() == only_allowed(text, HOSTS)


@given(st.text(alphabet="abc XYZ\n,;!'()0123456789é日", max_size=60))
def test_words_that_are_no_links_are_not_touched(text: str) -> None:
    assert only_allowed(text, HOSTS) == text


def test_a_stream_holds_back_only_what_may_become_a_link() -> None:
    answer = LinkFilter(HOSTS)
    told = [answer.feed(piece) for piece in ("Two deals ", "are open: [Ac", "me](https://", "evil.com) and", " more")]
    assert told == ["Two deals ", "are open: ", "", "Acme ", "and "]
    assert answer.flush() == "more"


def test_an_open_bracket_does_not_hold_the_rest_of_a_long_line() -> None:
    answer = LinkFilter(HOSTS)
    assert len(answer.feed("[" + "word " * 1000)) > 3000


def test_the_allowed_hosts_are_the_portal_gong_and_those_the_owner_names() -> None:
    named = load_settings(link_hosts="Wiki.example.com, https://x.example, *.io,,localhost")
    assert allowed_hosts(named, "app-eu1.hubspot.com") == {"app-eu1.hubspot.com", "gong.io", "wiki.example.com"}
    assert allowed_hosts(load_settings(), "evil.com/app.hubspot.com") == {"gong.io"}


def _rendered(text: str) -> Iterator[tuple[str, str]]:
    """Every link and image, with its address, that Markdown makes of a text; raw HTML counts as an image."""
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        for inner in [token, *(token.children or ())]:
            yield from _leading(inner)


def _leading(token: Token) -> Iterator[tuple[str, str]]:
    if token.type in ("html_block", "html_inline"):
        yield "html", token.content
    for name in ("href", "src"):
        if name in token.attrs:
            yield token.type, str(token.attrs[name])
