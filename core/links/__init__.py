"""Answers without links to anywhere but the owner's own places: no image, no trick, and every word kept.

A model that has read an attacker's note can be made to write a link that carries what it knows to the attacker when
somebody follows it, or an image that does so by itself. So nothing is trusted to be no link: whatever Slack, Markdown,
HTML or a browser might take for one goes, unless it is written as plainly as a link can be and leads to an allowed
host. Text is cut where no link can go on (segments.py), and each segment is judged by itself (segment.py): that is why
a stream gives the same text as the whole, however it was cut.
"""

from collections.abc import Collection

from core.links.addresses import leads_somewhere_allowed
from core.links.hosts import allowed_hosts
from core.links.segment import cleaned
from core.links.segments import Segments

__all__ = ["LinkFilter", "allowed_hosts", "goes_to_allowed", "only_allowed"]


class LinkFilter:
    """Takes an answer in pieces and gives it on without other links; what may become one is held back till it ends."""

    def __init__(self, hosts: Collection[str]) -> None:
        self._hosts = frozenset(hosts)
        self._segments = Segments()

    def feed(self, piece: str) -> str:
        """What can be told after this piece."""
        return "".join(cleaned(segment, self._hosts) for segment in self._segments.add(piece))

    def flush(self) -> str:
        """What is left at the end."""
        return cleaned(self._segments.rest(), self._hosts)


def only_allowed(text: str, hosts: Collection[str]) -> str:
    """The text with links to these hosts and their subdomains only."""
    answer = LinkFilter(hosts)
    return answer.feed(text) + answer.flush()


def goes_to_allowed(address: str, hosts: Collection[str]) -> bool:
    """Whether an address that stands by itself leads to one of these hosts or their subdomains, and nowhere else."""
    return leads_somewhere_allowed(address, frozenset(hosts)) is not None
