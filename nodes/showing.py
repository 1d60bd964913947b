"""How a moment of a call, a day and a long text are shown to people, the same in HubSpot and in Slack."""

import re
from datetime import date, datetime

from core.analysis import Finding
from core.calls import Call
from core.places import call_url as call_url
from core.places import minute as minute

WORD = re.compile(r"\w+")


def day(when: date) -> str:
    """A day without doubt about the order of its parts: `Thu 12 Mar 2026`."""
    return f"{when:%a} {when.day} {when:%b %Y}"


def call_name(call: Call) -> str:
    """What people call this call: its title, else its day, else its id."""
    if call.title and call.title.strip():
        return " ".join(call.title.split())
    return f"Call of {day(call.started)}" if call.started else f"Call {call.id}"


def shorten(text: str, limit: int) -> str:
    """The text in at most `limit` characters, cut between words where it must be cut."""
    text = " ".join(text.split())
    if len(text) <= limit:
        return text
    kept = text[: limit - 1]
    return f"{kept[: kept.rfind(' ')] if ' ' in kept else kept}…"


def gist(finding: Finding) -> str:
    """What a finding says, without the name before it and the day behind it, which are shown apart."""
    text = " ".join(finding.text.split())
    for name in (finding.owner, finding.speaker):
        text = text.removeprefix(f"{name}: ")
    return text.removesuffix(f" (due {finding.due})")


def only_repeats(finding: Finding) -> bool:
    """Whether a finding says no more than its own quote, save for words left out, so that one of the two is enough."""
    quoted = iter(WORD.findall(finding.quote.casefold()))
    return all(word in quoted for word in WORD.findall(gist(finding).casefold()))


def duration(seconds: int) -> str:
    """How long a call was, in minutes; less than one is said so."""
    return f"{round(seconds / 60)} min" if seconds >= 60 else "under a minute"


def started_at(call: Call) -> datetime | None:
    """When the call began; None when Gong did not say, or left out the time zone."""
    return call.started if call.started is not None and call.started.tzinfo is not None else None
