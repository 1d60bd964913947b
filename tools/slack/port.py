"""What Sophia asks of Slack outside a conversation: find people, post messages, and find a message again."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from core.analysis import Frozen

Block = Mapping[str, Any]
"""One Block Kit block as Slack's JSON."""


class SlackUser(Frozen):
    """A person in the workspace. `outsider` is true for guests and people of other organisations."""

    id: str
    email: str | None = None
    name: str | None = None
    outsider: bool = False
    deleted: bool = False


class Posted(Frozen):
    """Where a message stands: the channel's id and the message's timestamp, which is its id there."""

    channel: str
    ts: str


class Messenger(Protocol):
    """Posts to Slack. Errors of every method: Unavailable, Unauthorized, NotFound, Rejected (core.errors)."""

    async def user_by_email(self, email: str) -> SlackUser | None:
        """The person with this address, None when the workspace has none; kept for some minutes."""
        ...

    async def direct_channel(self, user_id: str) -> str:
        """The id of the direct-message channel with this person."""
        ...

    async def post(
        self, channel: str, text: str, blocks: Sequence[Block], key: str, *, thread: str | None = None
    ) -> Posted:
        """Posts a message, or a reply in a `thread`, that carries `key` in its metadata and unfurls nothing.

        `thread` is the timestamp of the message that the thread hangs on. Raises Unavailable(maybe_done=True) when no
        answer came: look with `find` before posting again.
        """
        ...

    async def update(self, channel: str, ts: str, text: str, blocks: Sequence[Block], key: str) -> Posted:
        """Replaces what a message of ours says; it carries `key` as before. Done twice, it is as if done once."""
        ...

    async def find(self, channel: str, key: str, since: datetime, *, thread: str | None = None) -> Posted | None:
        """The message in this channel, or in this thread of it, that carries `key`, posted since then."""
        ...

    async def check(self) -> Mapping[str, str]:
        """What the token can do: scope -> "ok" or what is wrong with it. Never posts."""
        ...

    async def close(self) -> None: ...
