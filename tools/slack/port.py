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

    async def post(self, channel: str, text: str, blocks: Sequence[Block], key: str) -> Posted:
        """Posts a message that carries `key` in its metadata, without unfurling links.

        Raises Unavailable(maybe_done=True) when no answer came: look with `find` before posting again.
        """
        ...

    async def find(self, channel: str, key: str, since: datetime) -> Posted | None:
        """The message in this channel that carries `key`, posted since then."""
        ...

    async def check(self) -> Mapping[str, str]:
        """What the token can do: scope -> "ok" or what is wrong with it. Never posts."""
        ...

    async def close(self) -> None: ...
