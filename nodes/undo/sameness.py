"""Whether a note or task is still as Sophia made it, as far as HubSpot lets one tell.

HubSpot writes some values its own way: a moment in another form, rich text with other tags, entities and white space.
So moments are compared as moments, and bodies by what a person sees of them: their letters, links and pictures. Bold
type that somebody has added is not noticed; a word is. The line that names Sophia's key, where the portal has no
property for it, is not part of the body.
"""

import re
from collections.abc import Mapping
from html.parser import HTMLParser

from nodes.crm_sync.moments import same_value

BODIES = frozenset({"hs_note_body", "hs_task_body"})
MARK = re.compile(r"Sophiaref[0-9a-f]{12}$")
"""The key's line at the end of a body (tools/hubspot/keyed.py), without its blanks."""

LABELS: Mapping[str, str] = {
    "hs_note_body": "text",
    "hs_task_body": "text",
    "hs_task_subject": "title",
    "hs_task_status": "status",
    "hs_task_type": "type",
    "hs_timestamp": "date",
    "hubspot_owner_id": "owner",
}


def differences(made: Mapping[str, str], found: Mapping[str, str | None]) -> list[str]:
    """What was changed since, in words for a person; `made` are the properties as Sophia set them."""
    return [_difference(name, found.get(name)) for name in made if not same_property(name, made[name], found.get(name))]


def same_property(name: str, made: str, found: str | None) -> bool:
    """Whether a property holds what Sophia put into it."""
    return _seen(made) == _seen(found or "") if name in BODIES else same_value(made, found)


def _difference(name: str, found: str | None) -> str:
    label = LABELS.get(name, name)
    return f"its {label} was edited" if name in BODIES else f"its {label} is “{found or ''}” now"


class _Sight(HTMLParser):
    """Collects what is seen of a piece of HTML."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def _seen(html: str) -> tuple[str, list[str]]:
    sight = _Sight()
    sight.feed(html)
    sight.close()
    return MARK.sub("", "".join("".join(sight.text).split())), sight.links
