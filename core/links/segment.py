"""One segment of an answer with all that could lead away from it taken out.

First the written forms of a link (Markdown, Slack, HTML) are reduced to their words, but for plain ones to an allowed
host, which are set aside. A reference needs no care: no definition is left that it could refer to. The rest is judged
word by word: there is no other way for it to be a link.
"""

import re
from collections.abc import Callable
from typing import Final

from core.links.addresses import ADDRESS, hosts_named, is_address, leads_somewhere_allowed

REMOVED: Final = "‹link-removed›"
"""Stands where an address stood; its marks mean nothing to Slack, Markdown or HTML."""

LONGEST_READ: Final = 4000
"""Characters of a segment in which forms are looked for: no honest one is longer."""
LONGEST_WORD: Final = 400
"""Characters of a word that is looked at, or of a link's words: a longer one is no link, and takes long to search."""
MOST_PASSES: Final = 8
"""How deep forms may lie in one another."""

FORM: Final = re.compile(
    r"""
      (?P<image>!)?\[(?P<words>(?:[^\[\]]|\[[^\[\]]*\])*)\]   # ![words] or [words], which may hold brackets
      (?:\((?P<to>[^()]*(?:\([^()]*\)[^()]*)*)\)               # (address "title")
        |(?P<defines>:)                                        # the definition of a [reference]
        |(?(image)\[[^\[\]]*\]|(?!)))                          # an image by reference
    | <(?P<angle>[A-Za-z/!?@\#][^<>]*)>                        # a tag, an autolink, a link or mention of Slack
    """,
    re.VERBOSE,
)
SET_ASIDE: Final = re.compile(r"(\0\d+\0)")
"""Where an allowed link stood; no text holds the sign (segments.py)."""
OPEN_ANGLE: Final = re.compile(r"<+(?=[A-Za-z/!?@#])")
JOINT: Final = re.compile(r"\](?=[(:])")
"""What makes a link of a bracket whose beginning may stand on an earlier line."""
WORD: Final = re.compile(r"\S+")
AFTER: Final = re.compile(r"[)\]}>*_~`\"'”’»|.,;:!?…]*$")
TAG: Final = re.compile(r"!(?=\S+\s)[A-Za-z].*|[/?]?[A-Za-z][A-Za-z0-9-]*(?:[\s/].*)?|!--.*|!\[CDATA.*", re.DOTALL)
WWW: Final = re.compile(r"(?:www\.)+((?:[\w-]+\.){1,2}[^\W\d_]+)", re.IGNORECASE)


def cleaned(segment: str, hosts: frozenset[str]) -> str:
    """The segment with links to these hosts and those below them only."""
    if not any(mark in segment for mark in "[]<.:/\\&%"):
        return segment
    aside: list[str] = []
    words = _without_forms(segment, hosts, aside)
    told = ""
    for part in SET_ASIDE.split(words):
        link = aside[int(part.strip("\0"))] if part.startswith("\0") else None
        if link is None:
            told += WORD.sub(lambda word: _judged(word[0], hosts), JOINT.sub("] ", part))
        else:
            told += f" {link}" if told.endswith("!") else link  # else it would become an image
    return told


def _without_forms(segment: str, hosts: frozenset[str], aside: list[str]) -> str:
    """The words of a segment; allowed links go `aside`."""
    for _ in range(MOST_PASSES if len(segment) <= LONGEST_READ else 0):
        reduced = FORM.sub(lambda form: _reduced(form, hosts, aside), segment)
        if reduced == segment:
            return OPEN_ANGLE.sub("", segment)
        segment = reduced
    return re.sub(r"[\[\]<>]", "", segment)


def _reduced(form: re.Match[str], hosts: frozenset[str], aside: list[str]) -> str:
    def kept(link: str) -> str:
        aside.append(link)
        return f"\0{len(aside) - 1}\0"

    if form["angle"] is not None:
        return _angle(form["angle"], hosts, kept)
    words = str(form["words"])
    if form["defines"]:
        return f"{words}:"
    address = (form["to"] or "").split(maxsplit=1)[:1]
    if form["image"] or not address or not _honest(words, address[0], hosts):
        return words
    return kept(f"[{words}]({address[0]})")


def _angle(content: str, hosts: frozenset[str], kept: Callable[[str], str]) -> str:
    """What stays of `<content>`."""
    address, bar, words = content.partition("|")
    if _honest(words, address, hosts):
        return kept(f"<{content}>")
    if bar:
        return words
    return "" if TAG.fullmatch(content) else content.lstrip("!")


def _honest(words: str, address: str, hosts: frozenset[str]) -> bool:
    """Whether a link goes to an allowed host, and its words show no other address."""
    if len(words) > LONGEST_WORD:
        return False
    host = leads_somewhere_allowed(address, hosts)
    if host is None or "*" in address or any(mark in words for mark in "[]<>|\0\n") or is_address(words):
        return False
    return all(host == named or host.endswith(f".{named}") for named in hosts_named(words))


def _judged(word: str, hosts: frozenset[str]) -> str:
    """A word as it is, or with the address in it removed."""
    if len(word) > LONGEST_WORD:
        return REMOVED if any(mark in word for mark in "./\\:&%") or not word.isascii() else word
    if not is_address(word):
        return word
    found = ADDRESS.search(word)
    start = found.start() if found else 0
    end = max(start, AFTER.search(word).start())  # type: ignore[union-attr]
    before, address, after = word[:start], word[start:end], word[end:]
    if is_address(before) or is_address(after):
        return REMOVED
    if leads_somewhere_allowed(address, hosts):
        return word
    host = WWW.fullmatch(address)
    shown = REMOVED if host is None or is_address(host[1]) else host[1]
    return f"{before}{shown}{after}"
