"""Who is in the workspace, and which channels: from slack/*.json, or derived from HubSpot's owners."""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from sandbox.reading import WorldError, text_id
from sandbox.store import Document
from sandbox.world import World

BOT_NAME = "sophia"
CHANNEL_NAME = "sales-calls"
ID_LENGTH = 10


@dataclass(frozen=True)
class Directory:
    """The workspace as it is when new: team and bot, members as users.list returns them, channels likewise."""

    team: Document
    users: tuple[Document, ...]
    channels: tuple[Document, ...]


def directory_of(world: World) -> Directory:
    """The workspace of a data folder; raises WorldError for a user or channel without an id."""
    team_id = next((str(user["team_id"]) for user in world.slack_users if user.get("team_id")), slack_id("T", "team"))
    team: Document = {
        "id": team_id,
        "name": "Sandbox",
        "url": "https://sandbox.slack.com/",
        "bot_user_id": slack_id("U", f"{team_id}:{BOT_NAME}"),
        "bot_id": slack_id("B", f"{team_id}:{BOT_NAME}"),
        "app_id": slack_id("A", f"{team_id}:{BOT_NAME}"),
    }
    people = _with_ids(world.slack_users, "slack/users.json") or _owners(world.crm.get("owners", ()), team_id)
    channels = _with_ids(world.slack_channels, "slack/channels.json") or [_channel(team)]
    return Directory(team, (*people, _bot(team)), tuple(channels))


def slack_id(kind: str, name: str) -> str:
    """An id in Slack's form that is always the same for this name; `kind` is its first letter."""
    digest = base64.b32encode(hashlib.sha256(f"{kind}:{name}".encode()).digest()).decode()
    return f"{kind}{digest[: ID_LENGTH - 1]}"


def user_document(id: str, team_id: str, name: str, email: str | None = None) -> Document:
    """A member as users.list returns it."""
    first, _, last = name.partition(" ")
    return {
        "id": id,
        "team_id": team_id,
        "name": (email or name).partition("@")[0].lower().replace(" ", "."),
        "deleted": False,
        "real_name": name,
        "tz": "Etc/UTC",
        "tz_label": "Coordinated Universal Time",
        "tz_offset": 0,
        "profile": {
            "title": "",
            "phone": "",
            "real_name": name,
            "real_name_normalized": name,
            "display_name": first.lower(),
            "status_text": "",
            "team": team_id,
            "first_name": first,
            "last_name": last,
            **({} if email is None else {"email": email}),
        },
        "is_admin": False,
        "is_owner": False,
        "is_restricted": False,
        "is_ultra_restricted": False,
        "is_bot": False,
        "is_app_user": False,
        "updated": 0,
        "is_email_confirmed": email is not None,
    }


def _owners(owners: Sequence[Document], team_id: str) -> list[Document]:
    """A member for every owner with an address who is still there; owners who left have no account."""
    return [
        user_document(
            slack_id("U", str(owner["email"]).lower()),
            team_id,
            " ".join(str(owner[part]) for part in ("firstName", "lastName") if owner.get(part)) or str(owner["email"]),
            str(owner["email"]),
        )
        for owner in owners
        if owner.get("email") and not owner.get("archived")
    ]


def _bot(team: Document) -> Document:
    user = user_document(team["bot_user_id"], team["id"], BOT_NAME.title())
    profile = {**user["profile"], "bot_id": team["bot_id"], "api_app_id": team["app_id"], "always_active": True}
    return {**user, "name": BOT_NAME, "is_bot": True, "profile": profile}


def _channel(team: Document) -> Document:
    return {
        "id": slack_id("C", f"{team['id']}:{CHANNEL_NAME}"),
        "name": CHANNEL_NAME,
        "name_normalized": CHANNEL_NAME,
        "is_channel": True,
        "is_group": False,
        "is_im": False,
        "is_mpim": False,
        "is_private": False,
        "is_archived": False,
        "is_general": False,
        "is_shared": False,
        "is_org_shared": False,
        "is_ext_shared": False,
        "is_pending_ext_shared": False,
        "is_member": True,
        "created": 0,
        "creator": team["bot_user_id"],
        "unlinked": 0,
        "context_team_id": team["id"],
        "updated": 0,
        "topic": {"value": "What was said on calls", "creator": team["bot_user_id"], "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
        "previous_names": [],
    }


def _with_ids(documents: Sequence[Document], source: str) -> list[Document]:
    listed: dict[str, Document] = {}
    for number, document in enumerate(documents):
        id = text_id(document.get("id"), source, f"[{number}].id")
        if id in listed:
            raise WorldError(source, f"{id} is there twice", f"[{number}].id")
        listed[id] = {**document, "id": id}
    return list(listed.values())
