"""How somebody is reached in Slack: by the address that HubSpot and Slack both know them by."""

from core.errors import NotFound, Rejected
from tools.slack.port import Messenger, SlackUser


async def direct_channel(messenger: Messenger, email: str) -> tuple[str | None, str]:
    """The channel for messages to the person with this address, or None and why there is none."""
    try:
        user, reason = await member(messenger, email)
        return (await messenger.direct_channel(user.id) if user else None), reason
    except (Rejected, NotFound) as error:
        return None, str(error)


async def member(messenger: Messenger, email: str) -> tuple[SlackUser | None, str]:
    """The person with this address who may be told of the CRM, or None and why there is none; opens no channel."""
    user = await messenger.user_by_email(email)
    if user is None or user.deleted:
        return None, f"nobody in Slack has the address {email}"
    if user.outsider:
        return None, f"{email} is a guest in Slack, who is told nothing of the CRM"
    return user, ""
