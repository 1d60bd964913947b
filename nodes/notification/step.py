"""The notify step: tells the deal's owner and the channel, each once; of a call analysed anew in the same message.

Somebody without Slack, a leaver or a guest gets no message; the ledger says why. The channel is told all the same.
"""

from typing import Any

from langgraph.runtime import Runtime

from memory.ledger import Effect, effect_key
from nodes.context import Context
from nodes.notification.message import Message, message_of
from nodes.notification.news import TOLD, told_in
from nodes.notification.reaching import direct_channel
from nodes.notification.story import Story, story_of
from nodes.notification.telling import tell
from nodes.policy.deciding import Verdict
from nodes.policy.intent import Intent, with_standing
from nodes.policy.refusing import refuse
from nodes.state import CallState
from tools.hubspot.port import Owner

AGENT = "notification"
"""Whose step this is, as the ledger says it."""


async def notify(state: CallState, runtime: Runtime[Context]) -> dict[str, Any]:
    """Tells the deal's owner and the channel what was found, what was changed and what waits for a person."""
    context, resolution = runtime.context, state.get("resolution")
    if resolution is None:
        return {}
    story = await story_of(context, state["call_id"], resolution)
    message = message_of(story)
    await _tell_owner(context, story, message)
    if context.options.channel:
        await _tell_channel(context, story, message, context.options.channel)
    return {}


async def _tell_channel(context: Context, story: Story, message: Message, channel: str) -> None:
    effect, verdict = _effect(story, message, "channel", channel), await _verdict(context, story, "channel")
    if verdict.decision != "allow":
        await refuse(context.records.ledger, [(effect, verdict.reason)])
        return
    await tell(context, story, effect)


async def _tell_owner(context: Context, story: Story, message: Message) -> None:
    channel, reason = await _owners_channel(context, story)
    effect = _effect(story, message, "owner", channel)
    await (tell(context, story, effect) if channel else refuse(context.records.ledger, [(effect, reason)]))


async def _owners_channel(context: Context, story: Story) -> tuple[str | None, str]:
    """The channel for messages to the deal's owner, or None and why there is none."""
    verdict = await _verdict(context, story, "owner")
    if verdict.decision != "allow":
        return None, verdict.reason
    email = await owner_address(context, story)
    if email is None:
        return None, "the deal has no owner, and Gong names none of the call"
    return await direct_channel(context.messenger, email)


async def _verdict(context: Context, story: Story, place: str) -> Verdict:
    """What the policy says about a message to this place."""
    intent = Intent("create", "messages", place, agent=AGENT)
    return context.policy.decide(await with_standing(context.crm, intent, story.resolution.deal))


async def owner_address(context: Context, story: Story) -> str | None:
    """The address of the deal's owner; without one, or when that person has left, of whoever held the call."""
    owners: dict[str, Owner] = {owner.id: owner for owner in await context.crm.owners() if not owner.archived}
    deal = story.resolution.deal
    owner = owners.get(deal.get("hubspot_owner_id") or "") if deal else None
    held_by = story.call.primary()
    return (owner.email if owner else None) or (held_by.email if held_by else None)


def _effect(story: Story, message: Message, place: str, channel: str | None) -> Effect:
    # A question and, once it is answered, the result are two messages.
    subject = "question" if story.resolution.question else "result"
    return Effect(
        key=effect_key(story.call.id, "message", subject, place),
        call_id=story.call.id,
        agent=AGENT,
        service="slack",
        action="post",
        object_type="message",
        object_id=channel,
        field=place,
        after=message.text,
        payload={
            "blocks": [dict(block) for block in message.blocks],
            TOLD: told_in(story.analysis).model_dump(mode="json"),
        },
    )
