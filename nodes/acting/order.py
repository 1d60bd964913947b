"""An action as it was ordered: of whom, in which turn, and the names under which all that follows from it is kept.

Nothing in a key depends on the time or on what HubSpot holds. So the same turn, run again after a crash, comes to the
same keys, and finds what it has planned, sent or asked before.
"""

import hashlib
from dataclasses import dataclass
from typing import Any, Final

from core.people import Person
from memory.ledger import CHAT, effect_key
from nodes.chat.context import ChatContext
from nodes.context import Context
from nodes.understanding.shape import Action

SAID: Final = "said"
"""Under which a payload tells the thread and the action that an effect or a request for a person's word is of."""
THREAD: Final = "thread"
ACTION: Final = "action"


@dataclass(frozen=True)
class Order:
    """One action to be carried out. `words` are what the person wrote; on `trial` nothing is changed, only told."""

    action: Action
    context: ChatContext
    words: str
    trial: bool = False

    @property
    def house(self) -> Context:
        """What every step of Sophia may use."""
        return self.context.house

    @property
    def person(self) -> Person:
        """Who asks."""
        return self.context.asker.person

    @property
    def asked_by(self) -> str:
        """Who asks, as the ledger and approvals name people."""
        return self.person.email or self.person.name

    @property
    def owner_id(self) -> str | None:
        """The asker's own id as an owner in HubSpot; None for who has no seat there."""
        colleague = self.context.asker.colleague
        return colleague.owner_id if colleague else None

    @property
    def is_overheard(self) -> bool:
        """Whether others read along who may see less than the asker."""
        return self.context.scope != self.context.asker.scope

    @property
    def call_id(self) -> str:
        """What stands in the place of a call's id."""
        return f"{CHAT}{self.context.turn_id}"

    @property
    def thread(self) -> str:
        """The conversation that it was said in."""
        return self.context.thread.place.thread

    @property
    def mark(self) -> dict[str, Any]:
        """What a payload says of where this comes from."""
        said = self.action.model_copy(update={"needs_approval": None}).model_dump_json()
        action = hashlib.sha256(said.encode(errors="surrogatepass")).hexdigest()[:16]
        return {SAID: {THREAD: self.thread, ACTION: f"{self.context.turn_id}/{action}"}}

    def key(self, *parts: str) -> str:
        """The key of what follows from this order and is told apart by these parts."""
        return effect_key("chat", self.context.turn_id, *parts)


def thread_in(payload: dict[str, Any]) -> str | None:
    """The thread that a payload was marked with."""
    thread: str | None = payload.get(SAID, {}).get(THREAD)
    return thread


def action_in(payload: dict[str, Any]) -> str | None:
    """The action that a payload was marked with, by a name that no other one has."""
    action: str | None = payload.get(SAID, {}).get(ACTION)
    return action
