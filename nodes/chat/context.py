"""What a turn of a conversation may use, handed over as LangGraph's runtime context for one run.

`asker` and `scope` are worked out anew for every turn, never taken from a checkpoint: `scope` is what may be shown at
the place, which is never more than what the asker may see.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from typing import TYPE_CHECKING

from core.rights.rights import Asker
from core.scope import Scope
from memory.embedding.port import Embedder
from memory.inbox import Delivery
from memory.recall.recall import Recall
from nodes.cached_crm import CachedCrm
from nodes.chat.events import TurnEvent, unheard
from nodes.chat.turn import Turn
from nodes.context import Context
from nodes.thread.context import ThreadContext
from nodes.understanding.lexicon import Lexicon

if TYPE_CHECKING:
    from nodes.chat.writing.port import Writer


@dataclass(frozen=True)
class ChatContext:
    """Everything an agent may touch for one turn.

    `house` is what the call workflow uses too; `crm` reads HubSpot through the cache, only for asking. `lexicon` gives
    the names this asker may use. `writer` is None where no model is set up: agents answer with what they read then.
    `turn_id` names the turn for good, so that what is done twice is done once; `turn` is what it has taken so far.
    """

    house: Context
    crm: CachedCrm
    asker: Asker
    scope: Scope
    thread: ThreadContext
    turn_id: str
    lexicon: Callable[[], Awaitable[Lexicon]]
    recall: Recall | None = None
    embedder: Embedder | None = None
    """Makes understanding surer; None understands by words alone."""
    writer: "Writer | None" = None
    turn: Turn = field(default_factory=Turn)
    open_approval: Callable[[str], Awaitable[None]] | None = None
    """Brings a request for a person's word to where it waits for the answer; None where that is left to others."""
    carry_out: Callable[[Delivery], Awaitable[None]] | None = None
    """Works on a stored delivery at once: an answer, an order to undo; None leaves it to `sophia serve`."""
    link_hosts: frozenset[str] = frozenset()
    """Where links of an answer may lead, with their subdomains."""
    zone: tzinfo = UTC
    """The portal's: every day and moment of an answer is told in it."""
    dry_run: bool = False
    """Whether nothing may be changed: an action is only told."""
    tell: Callable[[TurnEvent], None] = unheard
    """Told of every step of the turn as it begins, and of the answer's words as they come."""
