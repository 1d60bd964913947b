"""conversations.*: channels, direct messages, who is in them and what was said."""

import re
from collections.abc import Sequence

from sandbox.slack.arguments import Arguments
from sandbox.slack.paging import page
from sandbox.slack.refusal import Refused, wrong_arguments
from sandbox.slack.workspace import Workspace
from sandbox.store import Document

TYPES = ("public_channel", "private_channel", "mpim", "im")
LIST_MOST = 1000
HISTORY_MOST = 999
DEFAULT_PAGE = 100
TIMESTAMP = re.compile(r"\d{1,12}(?:\.\d{1,6})?", re.ASCII)


class Conversations:
    """The methods about conversations over one workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def open(self, arguments: Arguments) -> Document:
        """conversations.open: the direct messages with one person, or a conversation that is known already."""
        if arguments.text("channel"):
            channel = self._workspace.channel(arguments.needed("channel"))
            return {"no_op": True, "already_open": True, "channel": _opened(channel, arguments)}
        user = self._person(arguments)
        known = self._workspace.direct(user)
        if known is None and arguments.flag("prevent_creation"):
            raise Refused("channel_not_found")
        channel = known or self._workspace.open_direct(user)
        state = {} if known is None else {"no_op": True, "already_open": True}
        return {**state, "channel": _opened(channel, arguments)}

    def list(self, arguments: Arguments) -> Document:
        """conversations.list: public channels unless other types are asked for."""
        types = {type.strip() for type in (arguments.text("types") or TYPES[0]).split(",")}
        if not types <= set(TYPES):
            raise Refused("invalid_types")
        hides_archived = arguments.flag("exclude_archived")
        listed = [
            self._described(channel)
            for channel in self._workspace.channels.values()
            if channel_type(channel) in types and not (hides_archived and channel.get("is_archived"))
        ]
        channels, metadata = page(
            listed, arguments, lambda channel: str(channel["id"]), default=DEFAULT_PAGE, most=LIST_MOST
        )
        return {"channels": channels, "response_metadata": metadata}

    def info(self, arguments: Arguments) -> Document:
        """conversations.info."""
        channel = self._workspace.channel(arguments.needed("channel"))
        if arguments.flag("include_num_members"):
            return {"channel": self._described(channel)}
        return {"channel": channel}

    def members(self, arguments: Arguments) -> Document:
        """conversations.members."""
        channel = self._workspace.channel(arguments.needed("channel"))
        members, metadata = page(
            self._workspace.members_of(channel["id"]), arguments, str, default=DEFAULT_PAGE, most=LIST_MOST
        )
        return {"members": members, "response_metadata": metadata}

    def history(self, arguments: Arguments) -> Document:
        """conversations.history: newest first, replies left out, metadata only when they are asked for."""
        channel = self._workspace.channel(arguments.needed("channel"))
        if self._workspace.bot not in self._workspace.members_of(channel["id"]):
            raise Refused("not_in_channel")
        return self._page_of(arguments, list(reversed(self._roots(channel["id"]))), {"pin_count": 0})

    def replies(self, arguments: Arguments) -> Document:
        """conversations.replies: the message that a thread hangs on and what stands in it, oldest first."""
        channel = self._workspace.channel(arguments.needed("channel"))
        if self._workspace.bot not in self._workspace.members_of(channel["id"]):
            raise Refused("not_in_channel")
        ts = arguments.needed("ts")
        if self._workspace.message(channel["id"], ts) is None:
            raise Refused("thread_not_found")
        said = self._workspace.messages_in(channel["id"])
        return self._page_of(arguments, [one for one in said if ts in (one["ts"], one.get("thread_ts"))])

    def _page_of(self, arguments: Arguments, messages: Sequence[Document], also: Document | None = None) -> Document:
        """A page of those messages between `oldest` and `latest`; metadata only when they are asked for."""
        shown, metadata = page(
            self._between(arguments, messages),
            arguments,
            lambda message: str(message["ts"]),
            default=DEFAULT_PAGE,
            most=HISTORY_MOST,
        )
        if not arguments.flag("include_all_metadata"):
            shown = [{name: value for name, value in message.items() if name != "metadata"} for message in shown]
        more = bool(metadata["next_cursor"])
        paging = {"response_metadata": metadata} if more else {}
        return {"messages": shown, "has_more": more, **(also or {}), **paging}

    def _roots(self, channel_id: str) -> Sequence[Document]:
        """The messages of a channel that are no replies."""
        return [message for message in self._workspace.messages_in(channel_id) if _is_root(message)]

    def _between(self, arguments: Arguments, messages: Sequence[Document]) -> Sequence[Document]:
        """Those of these messages that stand between `oldest` and `latest`."""
        inclusive = arguments.flag("inclusive")
        oldest = _moment(arguments.text("oldest"), "invalid_ts_oldest") or (0, 0)
        latest = _moment(arguments.text("latest"), "invalid_ts_latest")

        def within(message: Document) -> bool:
            at = _parts(message["ts"])
            if inclusive and at in (oldest, latest):
                return True
            return at > oldest and (latest is None or at < latest)

        return [message for message in messages if within(message)]

    def _person(self, arguments: Arguments) -> str:
        users = [user.strip() for user in arguments.needed("users").split(",") if user.strip()]
        if len(users) != 1:
            raise wrong_arguments("this workspace opens direct messages with one person at a time")
        user = self._workspace.users.get(users[0])
        if user is None:
            raise Refused("user_not_found")
        if user.get("deleted"):
            raise Refused("user_disabled")
        if user.get("is_bot"):
            raise Refused("cannot_dm_bot")
        return users[0]

    def _described(self, channel: Document) -> Document:
        if channel.get("is_im"):
            return channel
        return {**channel, "num_members": len(self._workspace.members_of(channel["id"]))}


def channel_type(channel: Document) -> str:
    """Which of Slack's four types a conversation is of."""
    if channel.get("is_im"):
        return "im"
    if channel.get("is_mpim"):
        return "mpim"
    return "private_channel" if channel.get("is_private") else "public_channel"


def _opened(channel: Document, arguments: Arguments) -> Document:
    return channel if arguments.flag("return_im") else {"id": channel["id"]}


def _moment(text: str | None, error: str) -> tuple[int, int] | None:
    if not text:
        return None
    if not TIMESTAMP.fullmatch(text):
        raise Refused(error)
    return _parts(text)


def _parts(ts: str) -> tuple[int, int]:
    """A timestamp's seconds and microseconds: a float would not tell two neighbours apart."""
    seconds, _, micros = ts.partition(".")
    return int(seconds), int(micros.ljust(6, "0"))


def _is_root(message: Document) -> bool:
    return message.get("thread_ts") in (None, message["ts"])
