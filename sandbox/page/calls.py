"""Calls and Slack messages on the page."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from sandbox.frame import Frame
from sandbox.gong.calls import started
from sandbox.page.markup import Markup, folded, joined, rows, tag
from sandbox.page.text import message_as_markup
from sandbox.store import Document


def calls_table(frame: Frame) -> Markup:
    """Every call, the newest first, each linking to its transcript."""
    calls = [(started(call["extensive"]), id, call) for id, call in frame.store.table("gong.calls").items()]
    calls.sort(key=lambda item: (item[0].timestamp() if item[0] else 0.0, item[1]), reverse=True)
    return rows(
        [
            [
                moment.strftime("%Y-%m-%d %H:%M") if moment else "no date",
                tag("a", str(call["extensive"]["metaData"].get("title") or id), href=f"/calls/{quote(id, safe='')}"),
                f"{float(call['extensive']['metaData'].get('duration') or 0) / 60:.0f} min",
                ", ".join(_names(call["extensive"])),
                "none" if call["transcript"] is None else f"{len(call['transcript'].get('transcript') or [])} turns",
            ]
            for moment, id, call in calls
        ],
        ["started", "call", "length", "people", "transcript"],
    )


def transcript(call: Document) -> Markup:
    """A call's transcript with who speaks and when."""
    people = {
        party["speakerId"]: str(party.get("name") or "somebody")
        for party in call["extensive"].get("parties") or []
        if isinstance(party, dict) and party.get("speakerId")
    }
    turns = (call["transcript"] or {}).get("transcript") or []
    if not turns:
        return tag("p", "There is no transcript.", class_="quiet")
    return joined(*(_turn(turn, people) for turn in turns if isinstance(turn, dict)))


def messages(frame: Frame) -> Markup:
    """Slack's messages by channel, the newest first."""
    by_channel: dict[str, list[Document]] = {}
    for stored in frame.store.table("slack.messages").values():
        by_channel.setdefault(stored["channel"], []).append(stored)
    if not by_channel:
        return tag("p", "Nothing was posted.", class_="quiet")
    return joined(
        *(
            folded(
                f"{_channel_name(frame, channel)} ({len(stored)})",
                *(_message(one, frame) for one in reversed(stored)),
                is_open=True,
            )
            for channel, stored in by_channel.items()
        )
    )


def _names(extensive: Document) -> Iterator[str]:
    for party in extensive.get("parties") or []:
        if isinstance(party, dict) and (party.get("name") or party.get("emailAddress")):
            yield str(party.get("name") or party["emailAddress"])


def _turn(turn: Document, people: dict[str, str]) -> Markup:
    sentences = [sentence for sentence in turn.get("sentences") or [] if isinstance(sentence, dict)]
    said = " ".join(str(sentence.get("text") or "") for sentence in sentences)
    begins = _minutes(sentences[0].get("start")) if sentences else ""
    who = people.get(str(turn.get("speakerId")), "somebody")
    return tag("p", tag("span", begins, class_="time"), tag("strong", f" {who}: "), said)


def _minutes(milliseconds: Any) -> str:
    seconds = int(milliseconds or 0) // 1000
    return f"{seconds // 60}:{seconds % 60:02d}"


def _message(stored: Document, frame: Frame) -> Markup:
    message = stored["message"]
    head = [tag("span", _posted(str(message["ts"])), class_="time")]
    if message.get("edited"):
        head.append(tag("span", " edited", class_="quiet"))
    if stored["ephemeral_to"]:
        head.append(tag("span", f" seen by {_person(frame, stored['ephemeral_to'])} only", class_="quiet"))
    return tag("article", tag("p", *head), message_as_markup(message), class_="message")


def _posted(ts: str) -> str:
    return datetime.fromtimestamp(float(ts), UTC).strftime("%Y-%m-%d %H:%M:%S")


def _channel_name(frame: Frame, id: str) -> str:
    channel = frame.store.table("slack.channels").get(id, {})
    if channel.get("is_im"):
        return f"direct messages with {_person(frame, str(channel.get('user')))}"
    return f"#{channel.get('name') or id}"


def _person(frame: Frame, id: str) -> str:
    user = frame.store.table("slack.users").get(id, {})
    return str(user.get("real_name") or user.get("name") or id)
