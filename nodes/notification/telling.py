"""Tells of a call at one place: in one message, which is kept up to date, and in the thread under it.

There is never a second message of the same kind about a call at a place; whoever has left the place where the first one
stands is told nothing more.
"""

import hashlib
import json
from collections.abc import Sequence

from memory.ledger import Effect, EffectStatus, effect_key
from nodes.context import Context
from nodes.crm_sync.past import past_of
from nodes.notification.message import Message
from nodes.notification.news import TOLD, news_of
from nodes.notification.posting import MESSAGE, OPEN, THREAD, TS, change_once, post_once
from nodes.notification.story import Story
from nodes.notification.thread import news_message, possible_message
from nodes.sure import candidates

FRESH = {"status": EffectStatus.PLANNED, "remote_id": None, "reason": None, "created_at": None, "updated_at": None}
"""What an effect that is made from another does not have from it."""


async def tell(context: Context, story: Story, card: Effect) -> None:
    """Posts the message, once; one that stands is brought up to date, and what is new is said in its thread."""
    ledger = context.records.ledger
    standing = await ledger.get(card.key)
    if standing is None or standing.status in OPEN:
        await post_once(context, card)
    elif _stands_at(standing, card.object_id):
        await _bring_up_to_date(context, standing, card.after or "", card.payload["blocks"])
        await _tell_news(context, story, standing)
    standing = await ledger.get(card.key)
    if standing is not None and _stands_at(standing, card.object_id) and not story.resolution.question:
        await _tell_possible(context, story, standing)


def _stands_at(message: Effect, channel: str | None) -> bool:
    posted = message.status is EffectStatus.CONFIRMED and message.remote_id is not None
    return posted and message.object_id == channel


async def _bring_up_to_date(context: Context, posted: Effect, text: str, blocks: Sequence[object]) -> None:
    """Changes a message of ours where it would say something else now."""
    rows = await context.records.ledger.of_call(posted.call_id)
    versions = [row for row in rows if row.payload.get(MESSAGE) == posted.key]
    last = versions[-1] if versions else posted
    if (last.after, last.payload["blocks"]) != (text, blocks):
        await change_once(context, _version(posted, len(versions), last.after, text, blocks))
    elif last.status in OPEN:
        await change_once(context, last)


def _version(posted: Effect, number: int, before: str | None, text: str, blocks: Sequence[object]) -> Effect:
    """The effect of changing a message to say this, the `number`th change of it from 0."""
    said = hashlib.sha256(json.dumps([text, blocks]).encode()).hexdigest()
    payload = {"blocks": blocks, MESSAGE: posted.key, TS: posted.remote_id}
    key = effect_key(posted.key, "version", str(number), said)
    change = {"key": key, "action": "update", "before": before, "after": text, "payload": payload}
    return posted.model_copy(update={**change, **FRESH})


async def _tell_news(context: Context, story: Story, card: Effect) -> None:
    """Says in the thread what matters and nobody was told."""
    past = await past_of(context, card.call_id)
    here = [row for row in past.effects if row.key == card.key or row.payload.get(THREAD) == card.remote_id]
    news = news_of(story.analysis, past, [row for row in here if row.key == card.key or TOLD in row.payload])
    if news:
        told = news.told(story.analysis).model_dump(mode="json")
        key = effect_key(card.key, "news", json.dumps(told, sort_keys=True))
        message = news_message(story.call, news)
        await post_once(context, _reply(card, key, message, {TOLD: told}))


async def _tell_possible(context: Context, story: Story, card: Effect) -> None:
    """One line in the thread on what is only possible; it is changed when there is more or less of it."""
    key, message = effect_key(card.key, "possible"), possible_message(story)
    line, reply = await context.records.ledger.get(key), _reply(card, key, message, {})
    if line is not None and line.status is EffectStatus.CONFIRMED:
        await _bring_up_to_date(context, line, message.text, reply.payload["blocks"])
    elif candidates(story.analysis) or line is not None:
        await post_once(context, reply)


def _reply(card: Effect, key: str, message: Message, about: dict[str, object]) -> Effect:
    blocks = [dict(block) for block in message.blocks]
    payload = {"blocks": blocks, THREAD: card.remote_id, **about}
    return card.model_copy(update={"key": key, "after": message.text, "payload": payload, **FRESH})
