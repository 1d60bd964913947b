"""Slack behind the Messenger: slack_sdk's own client, over one session, with our limits, retries and errors."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Self
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from core.errors import ConfigurationError, NotFound, ServiceError
from core.kept import Kept
from core.limiter import Limit, Limiter, ProcessWindows
from core.retry import RetryPolicy
from core.settings import LOOPBACK_HOSTS, Settings
from tools.slack.errors import SERVICE, slack_error, unanswered, unreadable
from tools.slack.port import Block, Posted, SlackUser
from tools.slack.text import FALLBACK_LIMIT

EVENT_TYPE = "sophia"
"""The type of the metadata that carries a message's key."""
POSTS = Limit("post", 1, 1.1)
"""Slack allows about one a second in a channel; the tenth is for connections that are slow to open."""
LOOKUPS = Limit("lookup", 50, 60.0)
OPENINGS = Limit("open", 50, 60.0)
HISTORY = Limit("history", 50, 60.0)
REPLIES = Limit("replies", 50, 60.0)
UPDATES = Limit("update", 50, 60.0)
IDENTITY = Limit("identity", 20, 60.0)
PEOPLE_KEPT_S = 300.0
CHANNELS_KEPT_S = 3600.0
HISTORY_PAGE = 200
CLOCKS_DIFFER = timedelta(hours=1)
"""Slack's clock and ours may differ by this much: a message is looked for from so much earlier."""
SCOPES = {
    "chat:write": "posting messages",
    "users:read": "finding people",
    "users:read.email": "finding people by their address",
    "im:write": "writing to people directly",
    "im:history": "looking whether a direct message was posted",
    "channels:history": "looking whether a message was posted in a channel",
}


class SlackClient:
    """The Messenger over the Web API. `timeout_s` bounds each answer, in seconds."""

    def __init__(
        self,
        base_url: str,
        token: str,
        *,
        limiter: Limiter | None = None,
        retry: RetryPolicy | None = None,
        timeout_s: float = 30.0,
    ) -> None:
        self._limiter = limiter or Limiter(SERVICE, ProcessWindows())
        self._retry = retry or RetryPolicy()
        self._timeout = aiohttp.ClientTimeout(total=timeout_s, sock_connect=min(timeout_s, 10.0))
        # The SDK's own handlers would repeat a post whose connection broke; what may be repeated is our policy's.
        self._web = AsyncWebClient(token, base_url=base_url, retry_handlers=[])
        if urlsplit(base_url).hostname in LOOPBACK_HOSTS:
            self._web.proxy = None
        self._people: Kept[str, SlackUser | None] = Kept(self._look_up, PEOPLE_KEPT_S)
        self._channels: Kept[str, str] = Kept(self._open, CHANNELS_KEPT_S)
        self._home: Kept[None, Mapping[str, Any]] = Kept(self._who_am_i, float("inf"))

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """The client of these settings; raises ConfigurationError when there is no token."""
        if settings.slack_bot_token is None:
            raise ConfigurationError("Slack is not set up", next_step="Set SOPHIA_SLACK_BOT_TOKEN.")
        token = settings.slack_bot_token.get_secret_value()
        return cls(str(settings.slack_base_url), token, limiter=Limiter.from_settings(SERVICE, settings))

    async def user_by_email(self, email: str) -> SlackUser | None:
        """The person with this address, None when the workspace has none; kept for some minutes."""
        address = email.strip().lower()
        return await self._people.get(address) if "@" in address else None

    async def direct_channel(self, user_id: str) -> str:
        """The id of the direct-message channel with this person; kept for an hour."""
        return await self._channels.get(user_id)

    async def post(
        self, channel: str, text: str, blocks: Sequence[Block], key: str, *, thread: str | None = None
    ) -> Posted:
        """Posts a message, or a reply in a `thread`, that carries `key` in its metadata and unfurls nothing.

        Raises Unavailable(maybe_done=True) when no answer came: look with `find` before posting again.
        """
        answer = await self._call(
            lambda: self._web.chat_postMessage(
                channel=channel,
                text=text[:FALLBACK_LIMIT],
                blocks=[dict(block) for block in blocks],
                metadata=_metadata(key),
                thread_ts=thread,
                unfurl_links=False,
                unfurl_media=False,
            ),
            POSTS.of(channel),
            write=True,
        )
        return _posted(answer)

    async def update(self, channel: str, ts: str, text: str, blocks: Sequence[Block], key: str) -> Posted:
        """Replaces what a message of ours says; it carries `key` as before. Done twice, it is as if done once."""
        answer = await self._call(
            lambda: self._web.chat_update(
                channel=channel,
                ts=ts,
                text=text[:FALLBACK_LIMIT],
                blocks=[dict(block) for block in blocks],
                metadata=_metadata(key),
            ),
            UPDATES,
            write=True,
            repeatable=True,
        )
        return _posted(answer)

    async def find(self, channel: str, key: str, since: datetime, *, thread: str | None = None) -> Posted | None:
        """The message in this channel, or this thread, that carries `key`, posted since then (give or take an hour)."""
        oldest, cursor = f"{(since - CLOCKS_DIFFER).timestamp():.6f}", None
        while True:
            page = await self._history(channel, oldest, cursor, thread)
            for message in page.get("messages") or ():
                if _key_of(message) == key:
                    return Posted(channel=channel, ts=_text(message.get("ts"), "ts", write=False))
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return None

    async def check(self) -> Mapping[str, str]:
        """What the token can do: scope -> "ok" or what is missing without it, as Slack lists them with every answer."""
        try:
            answer = await self._call(self._web.auth_test, IDENTITY)
        except ServiceError as error:
            return {"token": f"{error} {error.next_step or ''}".strip()}
        listed = answer.headers.get("x-oauth-scopes")
        if listed is None:
            return {"token": "ok"}
        granted = {scope.strip() for scope in listed.split(",")}
        missing = "missing, it is needed for {}. Give it to the Slack app and install that again."
        scopes = {scope: "ok" if scope in granted else missing.format(why) for scope, why in SCOPES.items()}
        return {"token": "ok"} | scopes

    async def close(self) -> None:
        if self._web.session is not None:
            await self._web.session.close()
        await self._limiter.close()

    async def _look_up(self, email: str) -> SlackUser | None:
        try:
            answer = await self._call(lambda: self._web.users_lookupByEmail(email=email), LOOKUPS)
        except NotFound:
            return None
        user = answer.get("user")
        if not isinstance(user, Mapping):
            raise unreadable("answered without a user", write=False)
        home = await self._home.get(None)
        profile = user.get("profile") or {}
        return SlackUser(
            id=_text(user.get("id"), "user.id", write=False),
            email=profile.get("email") or email,
            name=profile.get("real_name") or user.get("real_name") or user.get("name"),
            outsider=_is_outsider(user, home),
            deleted=user.get("deleted") is True,
        )

    async def _open(self, user_id: str) -> str:
        # Opening a conversation that is open already gives the same one, so it may be repeated.
        answer = await self._call(
            lambda: self._web.conversations_open(users=user_id), OPENINGS, write=True, repeatable=True
        )
        return _text((answer.get("channel") or {}).get("id"), "channel.id", write=True)

    async def _who_am_i(self, _: None) -> Mapping[str, Any]:
        answer = await self._call(self._web.auth_test, IDENTITY)
        return {name: answer.get(name) for name in ("team_id", "enterprise_id")}

    async def _history(self, channel: str, oldest: str, cursor: str | None, thread: str | None) -> AsyncSlackResponse:
        """A page of the channel, or of one thread of it: replies stand in no channel's history."""
        asked: dict[str, Any] = {"channel": channel, "oldest": oldest, "cursor": cursor, "limit": HISTORY_PAGE}
        if thread is not None:
            return await self._call(
                lambda: self._web.conversations_replies(ts=thread, include_all_metadata=True, **asked), REPLIES
            )
        return await self._call(lambda: self._web.conversations_history(include_all_metadata=True, **asked), HISTORY)

    async def _call(
        self,
        ask: Callable[[], Awaitable[AsyncSlackResponse]],
        limit: Limit,
        *,
        write: bool = False,
        repeatable: bool | None = None,
    ) -> AsyncSlackResponse:
        async def once() -> AsyncSlackResponse:
            await self._limiter.turn(limit)
            return await self._ask(ask, write)

        return await self._retry.run(once, repeatable=not write if repeatable is None else repeatable)

    async def _ask(self, ask: Callable[[], Awaitable[AsyncSlackResponse]], write: bool) -> AsyncSlackResponse:
        """One request, over the session that is made with the first."""
        if self._web.session is None:
            self._web.session = aiohttp.ClientSession(timeout=self._timeout)
        try:
            return await ask()
        except SlackApiError as error:
            raise slack_error(error, write=write) from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise unanswered(error, write=write) from error
        except (AttributeError, UnicodeDecodeError) as error:  # the SDK takes every body for a JSON object
            raise unreadable("answered with something", write=write) from error


def _metadata(key: str) -> dict[str, Any]:
    return {"event_type": EVENT_TYPE, "event_payload": {"key": key}}


def _posted(answer: AsyncSlackResponse) -> Posted:
    channel = _text(answer.get("channel"), "channel", write=True)
    return Posted(channel=channel, ts=_text(answer.get("ts"), "ts", write=True))


def _key_of(message: Any) -> str | None:
    """The key that a message of Sophia's carries; None for everybody else's."""
    metadata = message.get("metadata") if isinstance(message, Mapping) else None
    if not isinstance(metadata, Mapping) or metadata.get("event_type") != EVENT_TYPE:
        return None
    payload = metadata.get("event_payload")
    return payload.get("key") if isinstance(payload, Mapping) else None


def _is_outsider(user: Mapping[str, Any], home: Mapping[str, Any]) -> bool:
    """A guest, a stranger, or somebody of another team that is not of our own enterprise."""
    if any(user.get(mark) is True for mark in ("is_restricted", "is_ultra_restricted", "is_stranger")):
        return True
    team, enterprise = user.get("team_id"), (user.get("enterprise_user") or {}).get("enterprise_id")
    same_enterprise = enterprise is not None and enterprise == home["enterprise_id"]
    return team is not None and team != home["team_id"] and not same_enterprise


def _text(value: Any, name: str, *, write: bool) -> str:
    if not isinstance(value, str) or not value:
        raise unreadable(f"answered without {name}", write=write)
    return value
