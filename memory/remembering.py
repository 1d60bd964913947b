"""Everything that is remembered beside Sophia's own records, as the composition root hands it to the steps."""

from dataclasses import dataclass
from typing import Self

from core.clock import Clock
from memory.call_memory import CallMemory
from memory.conversations import Conversations
from memory.database import Database
from memory.facts import Facts
from memory.store.entries import Entries


@dataclass(frozen=True)
class Memory:
    """What is remembered, by subject, of one company; all of it stands in `entries`, under `tenant`."""

    tenant: str
    entries: Entries
    calls: CallMemory
    conversations: Conversations
    facts: Facts

    @classmethod
    def over(cls, database: Database, entries: Entries, tenant: str, clock: Clock) -> Self:
        """The memory of a company, in the database that `entries` are kept in."""
        return cls(
            tenant=tenant,
            entries=entries,
            calls=CallMemory(database, entries, tenant),
            conversations=Conversations(entries, tenant),
            facts=Facts(entries, tenant, clock),
        )
