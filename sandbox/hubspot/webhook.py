"""HubSpot's webhook: events in batches to one address, signed v3 so that the receiver can tell they are HubSpot's."""

import base64
import hashlib
import hmac
import json
import random
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sandbox.clock import Clock
from sandbox.hubspot.events import Events
from sandbox.hubspot.object_types import OBJECT_TYPES, object_type
from sandbox.store import Document

APP_ID = 3_141_592
BATCH_SIZE = 100
ANSWER_WITHIN_S = 5.0
"""How long HubSpot waits for an answer."""
CLASSIC = {OBJECT_TYPES[name].id for name in ("contacts", "companies", "deals")}
"""The types whose events have the spelling `deal.propertyChange` too."""
WRITTEN_PLAINLY = {
    "%3A": ":", "%2F": "/", "%3F": "?", "%40": "@", "%21": "!", "%24": "$",
    "%27": "'", "%28": "(", "%29": ")", "%2A": "*", "%2C": ",", "%3B": ";",
}  # fmt: skip
"""What HubSpot does not leave escaped in the address that it signs."""


@dataclass(frozen=True)
class Target:
    """Where events are sent: how often each batch, in which order, in which spelling."""

    url: str
    client_secret: str
    portal_id: int
    repeat: int = 1
    shuffle: bool = False
    classic: bool = False


@dataclass(frozen=True)
class Delivery:
    """One batch on its way; `keys` are those of its events."""

    keys: tuple[str, ...]
    events: tuple[Document, ...]


def deliveries(pending: Sequence[tuple[str, Document]], target: Target) -> list[Delivery]:
    """The batches for what is pending. Shuffled means events and batches, in the same way for the same events."""
    events = list(pending)
    order = random.Random(len(events))  # noqa: S311 - not for secrets: a run must be repeatable
    if target.shuffle:
        order.shuffle(events)
    batches = [events[start : start + BATCH_SIZE] for start in range(0, len(events), BATCH_SIZE)]
    made = [
        Delivery(tuple(key for key, _ in batch), tuple(_written(event, target, number) for _, event in batch))
        for number in range(target.repeat)
        for batch in batches
    ]
    if target.shuffle:
        order.shuffle(made)
    return made


async def send_all(events: Events, target: Target, clock: Clock, *, clear: bool = True) -> list[Document]:
    """Sends what is pending; returns for each delivery how many events it had and its status or error.

    With `clear` events are forgotten once a delivery of theirs was answered with success; all others stay pending.
    """
    import httpx

    answers: list[Document] = []
    taken: set[str] = set()
    sent = deliveries(events.pending(), target)
    async with httpx.AsyncClient(timeout=ANSWER_WITHIN_S, trust_env=False) as client:
        for delivery in sent:
            body = json.dumps(delivery.events, ensure_ascii=False).encode()
            try:
                answer = await client.post(target.url, content=body, headers=signed(target, body, clock.now()))
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                answers.append({"events": len(delivery.events), "error": repr(error)})
                continue
            answers.append({"events": len(delivery.events), "status": answer.status_code})
            if answer.is_success:
                taken.update(delivery.keys)
    if clear:
        events.told(taken)
    events.failed({key for delivery in sent for key in delivery.keys} - taken)
    return answers


def signed(target: Target, body: bytes, now: datetime) -> dict[str, str]:
    """The headers of a delivery: its signature (v3) and the milliseconds that are signed with it."""
    address, timestamp = target.url, str(int(now.timestamp() * 1000))
    for escape, character in WRITTEN_PLAINLY.items():
        address = address.replace(escape, character).replace(escape.lower(), character)
    digest = hmac.new(target.client_secret.encode(), f"POST{address}".encode(), hashlib.sha256)
    digest.update(body + timestamp.encode())
    return {
        "Content-Type": "application/json",
        "X-HubSpot-Signature-v3": base64.b64encode(digest.digest()).decode(),
        "X-HubSpot-Request-Timestamp": timestamp,
    }


def _classic(event: Document) -> Document:
    """The event in the spelling of its type, as long as that one exists."""
    kind = event["subscriptionType"].partition(".")[2]
    ids = [event[name] for name in ("objectTypeId", "fromObjectTypeId", "toObjectTypeId") if name in event]
    if not CLASSIC.issuperset(ids):
        return event
    names = [type.singular for id in ids if (type := object_type(id)) is not None]
    generic = {"objectTypeId", "fromObjectTypeId", "toObjectTypeId", "associationTypeId", "associationCategory"}
    kept = {name: value for name, value in event.items() if name not in generic}
    classic = {**kept, "subscriptionType": f"{names[0]}.{kind}"}
    return {**classic, "associationType": "_TO_".join(names).upper()} if kind == "associationChange" else classic


def _written(event: Document, target: Target, attempt: int) -> Document:
    """The event as HubSpot sends it the n-th time, in the spelling asked for."""
    spelt = _classic(event) if target.classic else event
    subscription = ":".join(str(spelt.get(name)) for name in ("subscriptionType", "objectTypeId", "propertyName"))
    frame = {"portalId": target.portal_id, "appId": APP_ID, "subscriptionId": zlib.crc32(subscription.encode())}
    return {**frame, **spelt, "attemptNumber": event["attemptNumber"] + attempt}
