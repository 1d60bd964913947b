"""The workspace: its people, channels, direct messages and messages, as tables of the frame's store.

slack.team       one document, `team`: ids of the team and of our own bot, and the last timestamp given
slack.users      user id -> a member as users.list returns it
slack.channels   channel id -> a conversation as conversations.list returns it (channels and direct messages)
slack.members    channel id -> {"members": [user id, …]}
slack.messages   channel id:ts -> {"channel", "message", "ephemeral_to", "unfurl_links", "unfurl_media"}
"""

from collections.abc import Iterator

from sandbox.frame import Frame
from sandbox.slack.directory import CHANNEL_NAME, Directory, directory_of, slack_id
from sandbox.slack.refusal import Refused
from sandbox.store import Document, Store, Table

TEAM = "team"


class Workspace:
    """What is true in Slack now; filled from the data folder when its tables are new."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.users: Table = frame.store.table("slack.users")
        self.channels: Table = frame.store.table("slack.channels")
        self.members: Table = frame.store.table("slack.members")
        self.messages: Table = frame.store.table("slack.messages")
        self._team: Table = frame.store.table("slack.team")
        if TEAM not in self._team:
            with frame.store.batch():
                self._fill(directory_of(frame.world))

    @property
    def team(self) -> Document:
        """The team and our bot: id, name, url, bot_user_id, bot_id, app_id."""
        return self._team[TEAM]

    @property
    def bot(self) -> str:
        """The user id of our own bot."""
        return str(self.team["bot_user_id"])

    def next_ts(self) -> str:
        """The timestamp of the next message: the time now, and always after the last one."""
        micros = max(int(self.frame.clock.now().timestamp() * 1_000_000), int(self.team["last_micros"]) + 1)
        self._team[TEAM] = {**self.team, "last_micros": micros}
        return f"{micros // 1_000_000}.{micros % 1_000_000:06d}"

    def user_by_email(self, email: str) -> Document | None:
        """The active member with this address, in whatever case it is written."""
        wanted = email.strip().lower()
        return next((user for user in self.users.values() if _email(user) == wanted and not user.get("deleted")), None)

    def channel(self, id: str) -> Document:
        """The conversation with this id; raises Refused(channel_not_found)."""
        if id not in self.channels:
            raise Refused("channel_not_found")
        return self.channels[id]

    def channel_named(self, name: str) -> Document | None:
        """The channel with this name, with or without its #."""
        return next((c for c in self.channels.values() if c.get("name") == name.removeprefix("#")), None)

    def members_of(self, channel_id: str) -> list[str]:
        """The user ids of everybody in a conversation."""
        return list(self.members.get(channel_id, {}).get("members", []))

    def direct(self, user_id: str) -> Document | None:
        """The direct messages between our bot and this person, None when they were never opened."""
        return self.channels.get(slack_id("D", f"{self.team['id']}:{user_id}"))

    def open_direct(self, user_id: str) -> Document:
        """The direct messages between our bot and this person, opened now when they are new."""
        known = self.direct(user_id)
        if known is not None:
            return known
        channel = {
            "id": slack_id("D", f"{self.team['id']}:{user_id}"),
            "created": int(self.frame.clock.now().timestamp()),
            "is_im": True,
            "is_org_shared": False,
            "is_archived": False,
            "is_user_deleted": False,
            "context_team_id": self.team["id"],
            "updated": int(self.frame.clock.now().timestamp() * 1000),
            "user": user_id,
            "priority": 0,
        }
        self._add_channel(channel, [self.bot, user_id])
        return channel

    def message(self, channel_id: str, ts: str) -> Document | None:
        """What is stored of a message that everybody in the channel sees."""
        stored = self.messages.get(f"{channel_id}:{ts}")
        return None if stored is None or stored["ephemeral_to"] else stored

    def put_message(self, stored: Document) -> None:
        """Stores a message, new or changed."""
        self.messages[f"{stored['channel']}:{stored['message']['ts']}"] = stored

    def drop_message(self, channel_id: str, ts: str) -> None:
        """Removes a message."""
        del self.messages[f"{channel_id}:{ts}"]

    def messages_in(self, channel_id: str) -> Iterator[Document]:
        """The messages of a channel that everybody there sees, oldest first."""
        for stored in self.messages.values():
            if stored["channel"] == channel_id and not stored["ephemeral_to"]:
                yield stored["message"]

    def _fill(self, directory: Directory) -> None:
        self._team[TEAM] = {**directory.team, "last_micros": 0}
        for user in directory.users:
            self.users[str(user["id"])] = user
        everybody = [str(user["id"]) for user in directory.users if not user.get("deleted")]
        for channel in directory.channels:
            listed, _ = channel.pop("members", None), channel.pop("num_members", None)
            absent = set() if channel.get("is_member", True) else {self.bot}
            self._add_channel(channel, listed or [user for user in everybody if user not in absent])

    def _add_channel(self, channel: Document, members: list[str]) -> None:
        self.channels[str(channel["id"])] = channel
        self.members[str(channel["id"])] = {"members": members}


def call_channel(store: Store) -> str | None:
    """The id of the channel that is told of calls: the one named for it, else the first that our bot is in."""
    channels = [
        channel
        for channel in store.table("slack.channels").values()
        if channel.get("is_member", True) and not channel.get("is_im") and not channel.get("is_archived")
    ]
    channels.sort(key=lambda channel: channel.get("name") != CHANNEL_NAME)
    return str(channels[0]["id"]) if channels else None


def _email(user: Document) -> str:
    return str((user.get("profile") or {}).get("email") or "").lower()
