"""Carries out what somebody asks for in a conversation: the one way from an action to what comes of it.

An action comes from understanding with its records resolved. Who asks, what they may change, what the policy says and
what was done before are looked at here, by code, whoever made the action. A model's word decides none of it.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from core.errors import NotAllowed, NotUsable, RecordConflict, ServiceError, Unavailable
from memory.outages import SERVICE as DATABASE
from nodes.acting.answering import answer
from nodes.acting.making import create
from nodes.acting.messaging import send
from nodes.acting.order import Order
from nodes.acting.remembering import remember
from nodes.acting.ruling import ruled
from nodes.acting.seeing import refuse_onlooker
from nodes.acting.taking_back import undo
from nodes.acting.telling import denied, refused, told
from nodes.acting.updating import complete, update
from nodes.chat.context import ChatContext
from nodes.chat.shape import Done
from nodes.policy.intent import Intent
from nodes.understanding.shape import Action, Verb


async def act(action: Action, context: ChatContext, words: str) -> Done:
    """Carries the action out as the person who asks in `words`, once however often the turn is run.

    In a dry run it is `preview`. Raises Unavailable only where the database is away: run the same turn again.
    """
    return await _done(Order(action, context, words, trial=context.dry_run))


async def preview(action: Action, context: ChatContext) -> Done:
    """What would come of the action now: its state, and whether a person would be asked. Changes nothing."""
    return await _done(Order(action, context, "", trial=True))


async def _done(order: Order) -> Done:
    try:
        if order.action.verb != "answer":  # who is asked may answer what they see, whatever else they may do
            refuse_onlooker(order)
        return await WAYS[order.action.verb](order)
    except (NotAllowed, NotUsable, RecordConflict) as error:
        return refused(order, error)
    except ServiceError as error:
        if isinstance(error, Unavailable) and error.service == DATABASE:
            raise
        return told(order, "failed", f"that cannot be done now: {error}. Nothing was changed")


async def _delete(order: Order) -> Done:
    """Never done: the policy denies it, whatever a file says."""
    object_type = order.action.object
    verdict = await ruled(order, Intent("delete", object_type))
    return denied(order, verdict, f"delete any of the {object_type}", f"delete {object_type}")


WAYS: Final[Mapping[Verb, Callable[[Order], Awaitable[Done]]]] = {
    "update": update,
    "create": create,
    "complete": complete,
    "delete": _delete,
    "send": send,
    "undo": undo,
    "answer": answer,
    "remember": remember,
}
