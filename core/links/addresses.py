"""Whether something is, or could be taken for, an address: strictly for what is let through, liberally for the rest."""

import html
import re
import unicodedata
from typing import Final
from urllib.parse import unquote

from core.links.hosts import leads_to

PLAIN: Final = re.compile(
    r"(?i:https)://((?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,63})((?:[/?#][A-Za-z0-9\-._~:/?#@!$&'+,;=%*]*)?)"
)
"""An address as plain as it can be: no user, no port, no letter that needs an escape, no bracket."""

HOST: Final = r"(?:[^\W_](?:[\w-]*[^\W_])?\.)+(?!\d)[^\W_]{2,63}"
"""Anything that reads as the name of a host, in any alphabet."""

NAMED_HOST: Final = re.compile(HOST)
ADDRESS: Final = re.compile(
    rf"""
      \w[\w+.-]*:[/\\]+[^\s/\\]                                # any scheme with slashes, however many, whichever way
    | https?:\S                                              # a browser adds the slashes
    | (?:javascript|vbscript|file|blob|mailto|tel|sms|intent|about|view-source|ms-\w+|x-\w+):\S
    | data:[^\s,]*,
    | (?<![\w:/\\])[/\\]{{2}}[^\W_]                            # //host
    | \bwww\.
    | {HOST}\.?(?::\d+)?[/?\#\\]\S                             # host/path
    """,
    re.VERBOSE | re.IGNORECASE,
)
DOTS: Final = str.maketrans("。．｡․", "....")
UNFOLDED: Final = 3
"""How often an escape may be escaped again."""


def leads_somewhere_allowed(address: str, hosts: frozenset[str]) -> str | None:
    """The host that an address leads to, when it is plain, allowed, and no address hides in the rest of it."""
    plain = PLAIN.fullmatch(address)
    if plain is None or not leads_to(plain[1].lower(), hosts):
        return None
    rest = meant(plain[2])
    if "//" in rest or "\\" in rest or any(not letter.isprintable() for letter in rest):
        return None
    return plain[1].lower()


def is_address(text: str) -> bool:
    """Whether anybody might take it, or a part of it, for an address, also when it is written in a hidden way."""
    return ADDRESS.search(text) is not None or ADDRESS.search(meant(text)) is not None


def hosts_named(text: str) -> list[str]:
    """The hosts that a reader of the text believes to see."""
    return [host.lower() for host in NAMED_HOST.findall(meant(text))]


def meant(text: str) -> str:
    """What a browser, or a reader, makes of it: escapes undone, look-alike forms of one letter made that letter."""
    for _ in range(UNFOLDED):
        text = html.unescape(unquote(text))
    without_escapes = re.sub(r"\\(?=[^\w\s\\])", "", text)
    return unicodedata.normalize("NFKC", without_escapes).translate(DOTS)
