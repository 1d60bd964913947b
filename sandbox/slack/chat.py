"""chat.*: messages posted, changed, deleted, shown to one person, and linked to."""

from typing import Any

from sandbox.slack.arguments import Arguments
from sandbox.slack.blocks import MESSAGE_MOST, block_problems, text_length
from sandbox.slack.directory import BOT_NAME, slack_id
from sandbox.slack.limits import Quotas
from sandbox.slack.refusal import Refused, TooMany
from sandbox.slack.workspace import Workspace
from sandbox.store import Document

TEXT_MOST = 40_000
UPDATED_TEXT_MOST = 4_000
MARKDOWN_TEXT_MOST = 12_000
METADATA_MOST = 16_000
"""Characters of a message's metadata, written as JSON."""
EVENT_TYPE_MOST = 255
NOTHING_TO_SHOW = "This content can't be displayed."


class Chat:
    """The chat methods over one workspace."""

    def __init__(self, workspace: Workspace, quotas: Quotas) -> None:
        self._workspace = workspace
        self._quotas = quotas

    def post(self, arguments: Arguments) -> Document:
        """chat.postMessage: to a channel's id or name, or to a person's id, which opens the direct messages."""
        content = _content(arguments, TEXT_MOST)
        channel = self._addressee(arguments.needed("channel"))
        thread = self._thread(arguments, channel["id"])
        self._wait_for_turn(channel["id"])
        message = {**self._author(), **content, **thread, "ts": self._workspace.next_ts()}
        self._put(arguments, channel["id"], _with_block_ids(message))
        return {"channel": channel["id"], "ts": message["ts"], "message": _shown(message)}

    def post_ephemeral(self, arguments: Arguments) -> Document:
        """chat.postEphemeral: shown to one member of the channel only, and in no history."""
        content = _content(arguments, TEXT_MOST)
        channel = self._writable(arguments.needed("channel"))
        user = arguments.needed("user")
        if user not in self._workspace.members_of(channel["id"]):
            raise Refused("user_not_in_channel")
        message = {**self._author(), **content, "ts": self._workspace.next_ts()}
        self._put(arguments, channel["id"], _with_block_ids(message), ephemeral_to=user)
        return {"message_ts": message["ts"]}

    def update(self, arguments: Arguments) -> Document:
        """chat.update: what is not given stays as it was."""
        channel = self._writable(arguments.needed("channel"))
        stored = self._own_message(arguments, channel["id"], "cant_update_message")
        content = _content(arguments, UPDATED_TEXT_MOST, keeps_text=stored["message"]["text"])
        message = {**stored["message"], **content, "edited": {"user": self._workspace.bot, "ts": self._now()}}
        self._workspace.put_message({**stored, "message": _with_block_ids(message)})
        return {"channel": channel["id"], "ts": message["ts"], "text": message["text"], "message": _shown(message)}

    def delete(self, arguments: Arguments) -> Document:
        """chat.delete: only our own messages."""
        channel = self._workspace.channel(arguments.needed("channel"))
        stored = self._own_message(arguments, channel["id"], "cant_delete_message")
        self._workspace.drop_message(channel["id"], stored["message"]["ts"])
        return {"channel": channel["id"], "ts": stored["message"]["ts"]}

    def permalink(self, arguments: Arguments) -> Document:
        """chat.getPermalink: a link to a message that is there."""
        channel = self._workspace.channel(arguments.needed("channel"))
        ts = arguments.needed("message_ts")
        stored = self._workspace.message(channel["id"], ts)
        if stored is None:
            raise Refused("message_not_found")
        link = f"{self._workspace.team['url']}archives/{channel['id']}/p{ts.replace('.', '')}"
        thread = stored["message"].get("thread_ts")
        if thread not in (None, ts):
            link += f"?thread_ts={thread}&cid={channel['id']}"
        return {"channel": channel["id"], "permalink": link}

    def _addressee(self, address: str) -> Document:
        """The conversation that a message goes to."""
        user = self._workspace.users.get(address)
        if user is not None:
            if user.get("is_bot"):
                raise Refused("cannot_dm_bot")
            if user.get("deleted"):
                raise Refused("channel_not_found")
            return self._workspace.open_direct(address)
        named = self._workspace.channel_named(address)
        return self._writable(str(named["id"]) if named is not None else address)

    def _writable(self, channel_id: str) -> Document:
        channel = self._workspace.channel(channel_id)
        if self._workspace.bot not in self._workspace.members_of(channel_id):
            raise Refused("not_in_channel")
        if channel.get("is_archived"):
            raise Refused("is_archived")
        return channel

    def _thread(self, arguments: Arguments, channel_id: str) -> Document:
        ts = arguments.text("thread_ts")
        if not ts:
            return {}
        parent = self._workspace.message(channel_id, ts)
        if parent is None:
            raise Refused("thread_not_found")
        return {"thread_ts": parent["message"].get("thread_ts", ts)}

    def _own_message(self, arguments: Arguments, channel_id: str, error: str) -> Document:
        stored = self._workspace.message(channel_id, arguments.needed("ts"))
        if stored is None:
            raise Refused("message_not_found")
        if stored["message"].get("user") != self._workspace.bot:
            raise Refused(error)
        return stored

    def _wait_for_turn(self, channel_id: str) -> None:
        seconds = self._quotas.of_channel(channel_id)
        if seconds is not None:
            raise TooMany(seconds)

    def _author(self) -> Document:
        team = self._workspace.team
        profile = {"id": team["bot_id"], "app_id": team["app_id"], "name": BOT_NAME, "deleted": False, "updated": 0}
        return {
            "type": "message",
            "user": team["bot_user_id"],
            "bot_id": team["bot_id"],
            "app_id": team["app_id"],
            "team": team["id"],
            "bot_profile": {**profile, "team_id": team["id"], "icons": {}},
        }

    def _put(self, arguments: Arguments, channel_id: str, message: Document, ephemeral_to: str | None = None) -> None:
        self._workspace.put_message(
            {
                "channel": channel_id,
                "message": message,
                "ephemeral_to": ephemeral_to,
                "unfurl_links": arguments.flag("unfurl_links"),
                "unfurl_media": arguments.flag("unfurl_media", default=True),
            }
        )

    def _now(self) -> str:
        return f"{self._workspace.frame.clock.now().timestamp():.6f}"


def _content(arguments: Arguments, text_most: int, keeps_text: str | None = None) -> Document:
    """What a message says: text, blocks, attachments and metadata; raises Refused when it may not stand so."""
    content: Document = {}
    blocks = _blocks(arguments)
    attachments = arguments.structure("attachments", "invalid_attachments")
    text = arguments.text("text") or arguments.text("markdown_text") or ""
    if len(arguments.text("markdown_text") or "") > MARKDOWN_TEXT_MOST or len(text) > text_most:
        raise Refused("msg_too_long")
    if not (text or blocks or attachments):
        raise Refused("no_text")
    content["text"] = text or keeps_text or NOTHING_TO_SHOW
    if blocks is not None:
        content["blocks"] = blocks
    if attachments is not None:
        content["attachments"] = _attachments(attachments)
    metadata = _metadata(arguments)
    if metadata is not None:
        content["metadata"] = metadata
    return content


def _blocks(arguments: Arguments) -> list[Document] | None:
    blocks = arguments.structure("blocks", "invalid_blocks_format")
    if blocks is None:
        return None
    problems = block_problems(blocks)
    if problems:
        messages = [f"[ERROR] {problem}" for problem in problems]
        raise Refused("invalid_blocks", errors=problems, response_metadata={"messages": messages})
    if text_length(blocks) > MESSAGE_MOST:
        raise Refused("msg_blocks_too_long")
    return list(blocks)


def _attachments(attachments: Any) -> list[Document]:
    if not isinstance(attachments, list) or not all(isinstance(attachment, dict) for attachment in attachments):
        raise Refused("invalid_attachments")
    return attachments


def _metadata(arguments: Arguments) -> Document | None:
    metadata = arguments.structure("metadata", "invalid_metadata_format")
    if metadata is None:
        return None
    event = metadata.get("event_type") if isinstance(metadata, dict) else None
    if not isinstance(event, str) or not 1 <= len(event) <= EVENT_TYPE_MOST:
        raise Refused("invalid_metadata_format")
    if not isinstance(metadata.get("event_payload"), dict):
        raise Refused("invalid_metadata_format")
    if len(str(metadata)) > METADATA_MOST:
        raise Refused("metadata_too_large")
    return {"event_type": event, "event_payload": metadata["event_payload"]}


def _with_block_ids(message: Document) -> Document:
    if "blocks" not in message:
        return message
    blocks = [
        {**block, "block_id": block.get("block_id") or slack_id("b", f"{message['ts']}:{number}")}
        for number, block in enumerate(message["blocks"])
    ]
    return {**message, "blocks": blocks}


def _shown(message: Document) -> Document:
    """The message as an answer shows it: its metadata come only to those who ask for them."""
    return {name: value for name, value in _with_block_ids(message).items() if name != "metadata"}
