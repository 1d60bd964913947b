"""How many rows stand where, for the metrics: one look at several tables."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from sqlmodel import col

from memory.approvals import KIND as APPROVAL
from memory.approvals import ApprovalStatus
from memory.calls import CallStatus
from memory.database import Database
from memory.inbox import DeliveryStatus
from memory.tables import ApprovalRow, CallAnalysisRow, InboxRow, SyncLogRow

KINDS = ("call", APPROVAL, "undo")
"""Kinds of deliveries that are counted also where there are none: a figure that is missing warns nobody."""


@dataclass(frozen=True)
class Counts:
    """Deliveries by kind and status, calls by status, effects by service, object and status, approvals by status.

    Analyses stand `whole`, or as `awaits_model`.
    """

    inbox: Mapping[tuple[str, ...], int]
    calls: Mapping[tuple[str, ...], int]
    effects: Mapping[tuple[str, ...], int]
    approvals: Mapping[tuple[str, ...], int]
    analyses: Mapping[tuple[str, ...], int]


async def counted(database: Database) -> Counts:
    """The counts as they stand now."""

    def work(session: Session) -> Counts:
        effect = (col(SyncLogRow.service), col(SyncLogRow.object_type), col(SyncLogRow.status))
        return Counts(
            inbox=_zeros(KINDS, DeliveryStatus) | _by(session, col(InboxRow.kind), col(InboxRow.status)),
            calls=_zeros(CallStatus) | _by(session, col(CallAnalysisRow.status)),
            effects=_by(session, *effect),
            approvals=_zeros(ApprovalStatus) | _by(session, col(ApprovalRow.status)),
            analyses=_analyses(session),
        )

    return await database.read(work)


def _analyses(session: Session) -> dict[tuple[str, ...], int]:
    awaits = col(CallAnalysisRow.awaits_model)
    made = select(awaits, func.count()).where(col(CallAnalysisRow.analysis).is_not(None)).group_by(awaits)
    found = {bool(waits): count for waits, count in session.execute(made)}
    return {("whole",): found.get(False, 0), ("awaits_model",): found.get(True, 0)}


def _by(session: Session, *columns: Any) -> dict[tuple[str, ...], int]:
    rows = session.execute(select(*columns, func.count()).group_by(*columns))
    return {tuple(row[:-1]): row[-1] for row in rows}


def _zeros(*labels: Any) -> dict[tuple[str, ...], int]:
    return {tuple(str(label) for label in named): 0 for named in product(*labels)}
