"""Text for Slack: what others wrote is shown as text and nothing else, and fits Slack's limits.

Transcripts and CRM fields are data. In a message they must not mention anybody, call a channel, or make a link.
"""

import re
from collections.abc import Collection, Sequence
from urllib.parse import urlsplit

SECTION_LIMIT = 3000
HEADER_LIMIT = 150
FALLBACK_LIMIT = 4000
"""Characters of a message's `text`, which stands in for the blocks in notifications."""
BLOCKS_A_MESSAGE = 50

CUT = "…"
ESCAPES = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    # Slack links bare addresses, and some clients call people by plain text: a word joiner, unseen, stops both.
    "@": "@\u2060",
    "://": ":\u2060//",
}
PIECE = re.compile(r"(?P<active>[&<>]|://|(?<!\w)@)|.", re.DOTALL)
URL_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~:/?#[]@!$&'()*+,;=%")


def escape(text: str, limit: int | None = None) -> str:
    """Somebody's text so that Slack shows it and does nothing else with it; cut with "…" to `limit` characters."""
    pieces = [ESCAPES[piece[0]] if piece["active"] else piece[0] for piece in PIECE.finditer(text)]
    if limit is None or sum(map(len, pieces)) <= limit:
        return "".join(pieces)
    kept, room = [], limit - len(CUT)
    for piece in pieces:
        room -= len(piece)
        if room < 0:
            break
        kept.append(piece)
    return "".join(kept).rstrip() + CUT


def one_line(text: str, limit: int | None = None) -> str:
    """The same without line breaks and runs of blanks: for a quote, a title, a button."""
    return escape(" ".join(text.split()), limit)


def link(url: str | None, label: str, hosts: Collection[str] | None = None) -> str:
    """A link, or the label alone when the address is not https, holds other than URL characters, or leads elsewhere.

    `hosts` are the hosts that it may lead to, with all under them; None allows every host.
    """
    shown = one_line(label).replace("|", "¦")
    if url is None or not set(url) <= URL_CHARACTERS or not _leads_to(url, hosts):
        return shown
    return f"<{url.replace('&', '&amp;')}|{shown}>"


def fit_lines(lines: Sequence[str], limit: int = SECTION_LIMIT) -> str:
    """Finished lines under each other; those that do not fit are counted in a last line, never cut in the middle."""
    whole = "\n".join(lines)
    if len(whole) <= limit:
        return whole
    length = len(whole)
    for kept in range(len(lines) - 1, -1, -1):
        length -= len(lines[kept]) + 1
        note = f"{CUT} and {len(lines) - kept} more"
        if length + 1 + len(note) <= limit:
            return "\n".join([*lines[:kept], note])
    return CUT


def _leads_to(url: str, hosts: Collection[str] | None) -> bool:
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    if parts.scheme != "https" or not host or parts.username is not None:
        return False
    return hosts is None or any(host == allowed or host.endswith(f".{allowed}") for allowed in hosts)
