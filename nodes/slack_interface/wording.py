"""The words of an answer as Slack's mrkdwn: bold, lists and links to allowed hosts are kept, everything else is text.

Answers come as plain text or, from a model, as Markdown. Whatever is not read here is escaped (tools/slack/text.py), so
no word of a record, a call or a model can mention anybody, call a channel or lead elsewhere.
"""

import re
import textwrap
from collections.abc import Iterable, Iterator
from typing import Final

from core.links import goes_to_allowed
from tools.slack.text import CUT, SECTION_LIMIT, escape, link

LONGEST_WRITTEN: Final = SECTION_LIMIT // 6
"""Letters of a piece of a line that is too long for a section: escaped, a letter is at most five."""
NOTE: Final = 80
"""Letters that are kept for saying what was cut."""

INLINE: Final = re.compile(
    r"""
      \[(?P<words>[^\[\]\n]+)\]\((?P<to>https://[^\s()<>]+)\)        # [words](address)
    | <(?P<angle>https://[^\s<>|]+)(?:\|(?P<label>[^<>|\n]*))?>      # <address|words>
    | (?P<bare>https://[^\s<>()\[\]"'`“”]*[^\s<>()\[\]"'`“”.,;:!?…*_~])
    | \*\*(?P<bold>[^\s*](?:[^*\n]*[^\s*])?)\*\*
    """,
    re.VERBOSE,
)
HEADING: Final = re.compile(r"#{1,6}\s+(?P<words>\S.*)")
BULLET: Final = re.compile(r"(?P<indent>\s*)[-*+]\s+(?=\S)")


def mrkdwn(line: str, hosts: frozenset[str]) -> str:
    """One line for Slack, with links to these hosts and their subdomains only."""
    heading = HEADING.fullmatch(line)
    if heading:
        return f"*{_inline(heading['words'].replace('*', ''), hosts)}*"
    bullet = BULLET.match(line)
    if bullet:
        return f"{bullet['indent']}• {_inline(line[bullet.end() :], hosts)}"
    return _inline(line, hosts)


def as_sections(text: str, hosts: frozenset[str], room: int) -> tuple[str, ...]:
    """The text for one section after the other, in `room` letters; what does not fit is counted in a last line."""
    lines = [line for written in text.strip().splitlines() for line in _lines(written, hosts)]
    kept, left = [], room if sum(len(line) + 1 for line in lines) <= room else room - NOTE
    for line in lines:
        left -= len(line) + 1
        if left < 0:
            break
        kept.append(line)
    if len(kept) < len(lines):
        kept.append(f"{CUT} and {_counted(len(lines) - len(kept), 'line')} more, too long for a message")
    return tuple(_packed(kept))


def _lines(written: str, hosts: frozenset[str]) -> list[str]:
    """A line for Slack, in pieces where a section would not hold it."""
    whole = mrkdwn(written, hosts)
    if len(whole) <= SECTION_LIMIT:
        return [whole]
    return [escape(piece) for piece in textwrap.wrap(written, LONGEST_WRITTEN)]


def _packed(lines: Iterable[str]) -> Iterator[str]:
    """The lines below each other, as many as a section holds."""
    section: list[str] = []
    for line in lines:
        if section and sum(len(each) + 1 for each in section) + len(line) > SECTION_LIMIT:
            yield "\n".join(section)
            section = []
        section.append(line)
    if any(line.strip() for line in section):
        yield "\n".join(section)


def _inline(text: str, hosts: frozenset[str]) -> str:
    shown, at = [], 0
    for found in INLINE.finditer(text):
        shown += [escape(text[at : found.start()]), _marked(found, hosts)]
        at = found.end()
    return "".join([*shown, escape(text[at:])])


def _marked(found: re.Match[str], hosts: frozenset[str]) -> str:
    """What Slack shows for a link or bold words; words alone where the link leads elsewhere."""
    if found["bold"]:
        return f"*{_inline(found['bold'], hosts)}*"
    address = found["to"] or found["angle"] or found["bare"]
    words = found["words"] or found["label"]
    if goes_to_allowed(address, hosts):
        return link(address, words or address.removeprefix("https://"), hosts)
    return escape(words or address)


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
