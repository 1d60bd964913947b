"""Where in a call something was said: as a player shows it, and as Gong links to it."""

import json
from urllib.parse import quote, urlsplit

from core.calls import Call

GONG = "gong.io"
"""Under which every Gong workspace has its pages: a link in a note or message leads nowhere else."""

HIGHLIGHT_SECONDS = 20
"""How much of the call a link marks: long enough to hear the sentence, short enough to find it."""


def minute(start_ms: int) -> str:
    """Where in the call something was said, as a player shows it: `3:05`, or `1:02:03` past the hour."""
    minutes, seconds = divmod(start_ms // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def call_url(call: Call, start_ms: int | None = None) -> str | None:
    """Gong's page of the call, at a moment where one is given; None when the address is none of Gong's."""
    if not call.url or not _is_gongs(call.url):
        return None
    if start_ms is None:
        return call.url
    start = start_ms // 1000
    marked = json.dumps([{"type": "SHARE", "from": start, "to": start + HIGHLIGHT_SECONDS}], separators=(",", ":"))
    return f"{call.url}{'&' if '?' in call.url else '?'}highlights={quote(marked, safe='')}"


def _is_gongs(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme == "https" and (parts.hostname or "").endswith(f".{GONG}") and parts.username is None
    except ValueError:
        return False
