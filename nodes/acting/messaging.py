"""Tells a colleague something in Slack, once, as what it is: the words of who asks, passed on.

Only somebody who is an active owner in HubSpot and a full member of the workspace is written to. What is passed on is
shown as text: it calls nobody, links nowhere, and bears the sender's name.
"""

from core.errors import NotFound, NotUsable, Rejected, Unauthorized
from memory.ledger import Effect, EffectStatus
from nodes.acting.finishing import finished
from nodes.acting.order import Order
from nodes.acting.ruling import agent_of, ruled
from nodes.acting.telling import carried_out, denied, told
from nodes.chat.shape import Done
from nodes.notification.message import section
from nodes.notification.posting import post_once
from nodes.notification.reaching import direct_channel, member
from nodes.policy.intent import Intent
from nodes.showing import shorten
from tools.hubspot.port import Owner
from tools.slack.text import FALLBACK_LIMIT, escape, one_line

PLACE = "colleague"
"""What the policy calls it: see docs/policy.md."""
TEXT_LIMIT = 2000
NAME_LIMIT = 80
SHOWN = 200
QUOTED = "> "


async def send(order: Order) -> Done:
    """Passes the words on to the colleague who is named."""
    owner, text = await _colleague(order), _text(order)
    key = order.key("send", owner.id, text)
    row = await order.house.records.ledger.get(key)
    if row is not None and not order.trial and row.status is not EffectStatus.PLANNED:
        return await _post(order, row, owner)
    verdict = await ruled(order, Intent("create", "messages", PLACE))
    if verdict.decision != "allow":
        return denied(order, verdict, f"write to {_name(owner)}", "write to colleagues")
    try:
        return await (_tell(order, owner, text) if order.trial else _reach(order, owner, text, key))
    except (Rejected, NotFound, Unauthorized) as error:
        return _unreached(order, owner, str(error))


async def _tell(order: Order, owner: Owner, text: str) -> Done:
    """What would be sent; opens no channel."""
    user, reason = await member(order.house.messenger, owner.email or "")
    if user is None:
        return _unreached(order, owner, reason)
    return told(order, "done", f"{_name(owner)} would be told “{shorten(text, SHOWN)}”", after=text)


async def _reach(order: Order, owner: Owner, text: str, key: str) -> Done:
    channel, reason = await direct_channel(order.house.messenger, owner.email or "")
    if channel is None:
        return _unreached(order, owner, reason)
    return await _post(order, _effect(order, text, key, channel), owner)


async def _post(order: Order, effect: Effect, owner: Owner) -> Done:
    row = await finished(order, effect.key, lambda: post_once(order.house, effect))
    said = f"I told {_name(owner)} in Slack: “{shorten(_text(order), SHOWN)}”"
    return carried_out(order, row, said, label="Slack message", after=_text(order))


def _effect(order: Order, text: str, key: str, channel: str) -> Effect:
    head = f"*{one_line(order.person.name, NAME_LIMIT)}* asks me to pass on:"
    quoted = "\n".join(f"{QUOTED}{line}" for line in escape(text).splitlines())
    return Effect(
        key=key,
        call_id=order.call_id,
        agent=agent_of("messages"),
        service="slack",
        action="post",
        object_type="message",
        object_id=channel,
        field=PLACE,
        after=one_line(f"{order.person.name}: {text}", FALLBACK_LIMIT // 4),
        payload={"blocks": [dict(section(f"{head}\n{quoted}"))], **order.mark},
        asked_by=order.asked_by,
    )


async def _colleague(order: Order) -> Owner:
    """Whom to tell: an active owner, by id."""
    named = order.action.record or next(iter(order.action.about), None)
    owners = {owner.id: owner for owner in await order.house.crm.owners() if not owner.archived}
    found = owners.get(named.id) if named is not None and named.type == "person" else None
    if found is None or not found.email:
        raise NotUsable("I know of no such colleague to write to", next_step="Name somebody who is in HubSpot.")
    return found


def _text(order: Order) -> str:
    text = (order.action.words or "").strip()
    if not text or len(text) > TEXT_LIMIT:
        raise NotUsable(f"a message has a text of at most {TEXT_LIMIT} letters", next_step="Say what to tell them.")
    return text


def _name(owner: Owner) -> str:
    return owner.name or owner.email or owner.id


def _unreached(order: Order, owner: Owner, reason: str) -> Done:
    return told(order, "failed", f"I cannot reach {_name(owner)} in Slack: {reason}. Nothing was sent")
