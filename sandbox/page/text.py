"""Turns what the services hold (HubSpot's HTML, Slack's blocks and mrkdwn) into something to read."""

import re
from html import unescape
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

from sandbox.page.markup import Markup, joined, tag
from sandbox.store import Document

BREAKS = frozenset({"p", "div", "br", "li", "ul", "ol", "h1", "h2", "h3", "h4", "tr", "blockquote"})
MRKDWN = re.compile(
    r"<(?P<target>[^<>|\n]+)(?:\|(?P<label>[^<>\n]*))?>|\*(?P<bold>[^*\n]+)\*|(?P<quote>^(?:&gt;|>) ?)", re.M
)


def html_as_text(html: str) -> str:
    """The text of a note or task's HTML, with line breaks where its blocks end."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.parts).splitlines())
    return "\n".join(line for line in lines if line)


def message_as_markup(message: Document) -> Markup:
    """A Slack message as it reads: its blocks, or its text when it has none."""
    blocks = message.get("blocks")
    if not blocks:
        return tag("p", mrkdwn(str(message.get("text") or "")))
    return joined(*(_block(block) for block in blocks if isinstance(block, dict)))


def mrkdwn(text: str) -> Markup:
    """Slack's mrkdwn: links, bold and quotes; links only to http and https."""
    parts: list[str | Markup] = []
    end = 0
    for found in MRKDWN.finditer(text):
        parts += [unescape(text[end : found.start()]), _token(found)]
        end = found.end()
    return joined(*parts, unescape(text[end:]))


def _token(found: re.Match[str]) -> str | Markup:
    if found["bold"] is not None:
        return tag("strong", mrkdwn(found["bold"]))
    if found["quote"] is not None:
        return tag("span", "│ ", class_="quiet")
    target, label = found["target"], found["label"]
    if not _is_web(unescape(target)):
        return unescape(label or target)
    return tag("a", unescape(label or target), href=unescape(target), rel="noreferrer nofollow")


def _block(block: Document) -> Markup:
    match block.get("type"):
        case "header":
            return tag("h4", _text(block.get("text")))
        case "divider":
            return Markup("<hr>")
        case "context":
            return tag("p", *_spaced(block.get("elements")), class_="quiet")
        case "actions":
            return tag("p", *_spaced(block.get("elements")), class_="buttons")
        case "section":
            fields = block.get("fields") or []
            return joined(tag("p", _text(block.get("text"))), *(tag("p", _text(field)) for field in fields))
        case _:
            return tag("p", *_spaced(list(_texts(block))))


def _spaced(elements: Any) -> list[str | Markup]:
    return [part for element in elements or [] for part in (_text(element), " ")]


def _text(value: Any) -> str | Markup:
    """A text object, an element with a text, or plain text."""
    if isinstance(value, dict):
        inner = value.get("text")
        if isinstance(inner, dict):
            return tag("span", _text(inner), class_="button")
        text = str(inner or value.get("alt_text") or "")
        return text if value.get("type") == "plain_text" else mrkdwn(text)
    return "" if value is None else str(value)


def _texts(value: Any) -> list[str]:
    """Every text in a block that has no form of its own here, in order."""
    if isinstance(value, dict):
        own = value.get("text")
        return ([own] if isinstance(own, str) else []) + [text for part in value.values() for text in _texts(part)]
    return [text for part in value for text in _texts(part)] if isinstance(value, list) else []


def _is_web(target: str) -> bool:
    try:
        return urlsplit(target).scheme in ("http", "https")
    except ValueError:
        return False


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "li":
            self.parts.append("\n• ")
        elif tag in BREAKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in BREAKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        self.parts.append(data)
