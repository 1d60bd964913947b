"""All stores over one database, as the composition root hands them to the steps."""

from dataclasses import dataclass
from typing import Self

from core.clock import Clock, FixedClock, SystemClock
from memory.approvals import Approvals
from memory.business_context import BusinessContext
from memory.calls import CallStore
from memory.crm_events import CrmEvents
from memory.cursors import Cursors
from memory.database import Database
from memory.drift import Drifts
from memory.inbox import Inbox
from memory.ledger import Ledger
from memory.repeats import Repeats
from memory.turns import TurnLeases


@dataclass(frozen=True)
class Records:
    """What Sophia remembers, by subject."""

    calls: CallStore
    ledger: Ledger
    approvals: Approvals
    inbox: Inbox
    repeats: Repeats
    cursors: Cursors
    business_context: BusinessContext
    crm_events: CrmEvents
    drifts: Drifts
    turns: TurnLeases

    @classmethod
    def over(cls, database: Database, clock: Clock) -> Self:
        """The stores of a database. `clock` dates what is written.

        The inbox keeps the machine's time when `clock` stands still: leases must run out all the same.
        """
        running = SystemClock() if isinstance(clock, FixedClock) else clock
        inbox = Inbox(database, running)
        return cls(
            calls=CallStore(database, clock),
            ledger=Ledger(database, clock),
            approvals=Approvals(database, clock, inbox),
            inbox=inbox,
            repeats=Repeats(database, running),
            cursors=Cursors(database, clock),
            business_context=BusinessContext(database),
            crm_events=CrmEvents(database, clock),
            drifts=Drifts(database, clock),
            turns=TurnLeases(database, SystemClock()),
        )
