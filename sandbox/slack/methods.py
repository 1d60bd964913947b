"""The methods of the Web API that this double knows, with the scope each needs and how often it may be called.

Rates are Slack's tiers: 20, 50 or 100 requests a minute; where Slack gives a method no tier, a few hundred.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sandbox.slack.arguments import Arguments
from sandbox.slack.chat import Chat
from sandbox.slack.conversations import TYPES, Conversations, channel_type
from sandbox.slack.limits import Quotas
from sandbox.slack.people import EMAIL_SCOPE, People
from sandbox.slack.workspace import Workspace
from sandbox.store import Document

TIER_2 = 20
TIER_3 = 50
TIER_4 = 100
OWN_RATE = 600

Answer = Callable[[Arguments], Document]
Needs = Callable[[Arguments], frozenset[str]]

READ_SCOPES = {
    "public_channel": "channels:read",
    "private_channel": "groups:read",
    "mpim": "mpim:read",
    "im": "im:read",
}
HISTORY_SCOPES = {
    "public_channel": "channels:history",
    "private_channel": "groups:history",
    "mpim": "mpim:history",
    "im": "im:history",
}
GRANTED = frozenset(
    {"chat:write", "im:write", "users:read", EMAIL_SCOPE, *READ_SCOPES.values(), *HISTORY_SCOPES.values()}
)
"""What the token of a new sandbox may do; it may not write where it is no member (chat:write.public)."""


@dataclass(frozen=True)
class Method:
    """One method: what answers it, which scopes it needs for these arguments, and its requests a minute."""

    answer: Answer
    needs: Needs
    per_minute: int


def methods_of(workspace: Workspace, quotas: Quotas) -> Mapping[str, Method]:
    """The methods by name."""
    people, conversations, chat = People(workspace), Conversations(workspace), Chat(workspace, quotas)

    def reading(arguments: Arguments) -> frozenset[str]:
        return frozenset({READ_SCOPES[_type_of(workspace, arguments)]})

    def history(arguments: Arguments) -> frozenset[str]:
        return frozenset({HISTORY_SCOPES[_type_of(workspace, arguments)]})

    return {
        "auth.test": Method(people.who_am_i, _always(), OWN_RATE),
        "users.lookupByEmail": Method(people.by_email, _always(EMAIL_SCOPE), TIER_3),
        "users.info": Method(people.info, _always("users:read"), TIER_4),
        "users.list": Method(people.list, _always("users:read"), TIER_2),
        "conversations.open": Method(conversations.open, _always("im:write"), TIER_3),
        "conversations.list": Method(conversations.list, _listing, TIER_2),
        "conversations.info": Method(conversations.info, reading, TIER_3),
        "conversations.members": Method(conversations.members, reading, TIER_4),
        "conversations.history": Method(conversations.history, history, TIER_3),
        "conversations.replies": Method(conversations.replies, history, TIER_3),
        "chat.postMessage": Method(chat.post, _always("chat:write"), OWN_RATE),
        "chat.postEphemeral": Method(chat.post_ephemeral, _always("chat:write"), TIER_4),
        "chat.update": Method(chat.update, _always("chat:write"), TIER_3),
        "chat.delete": Method(chat.delete, _always("chat:write"), TIER_3),
        "chat.getPermalink": Method(chat.permalink, _always(), OWN_RATE),
    }


def _always(*scopes: str) -> Needs:
    return lambda arguments: frozenset(scopes)


def _listing(arguments: Arguments) -> frozenset[str]:
    types = (arguments.text("types") or TYPES[0]).split(",")
    return frozenset(READ_SCOPES[type.strip()] for type in types if type.strip() in READ_SCOPES)


def _type_of(workspace: Workspace, arguments: Arguments) -> str:
    channel = workspace.channels.get(arguments.needed("channel"))
    return TYPES[0] if channel is None else channel_type(channel)
