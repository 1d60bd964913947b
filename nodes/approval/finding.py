"""Finds the request that a person names, and keeps them from answering what they have not seen."""

from core.errors import NotUsable, RecordConflict
from memory.approvals import Approval, ApprovalStatus
from memory.records import Records

LIST = "`sophia approvals` lists what waits."


async def find(records: Records, reference: str) -> Approval:
    """The request of this number (`12`, or `12.2` in its second round) or id.

    Raises RecordConflict when there is none, or it is in another round, and NotUsable when this is no reference.
    """
    number, _, round = reference.strip().partition(".")
    if not number.isascii() or not number.isalnum() or (round and not round.isdecimal()):
        raise NotUsable(f"“{reference}” is no approval's number", next_step=LIST)
    approvals = records.approvals
    found = await (approvals.numbered(int(number)) if _is_number(number) else approvals.get(number))
    if found is None:
        raise RecordConflict(f"there is no approval {reference}", next_step=LIST)
    if round and int(round) != found.round:
        raise RecordConflict(f"approval {number} is in round {found.round} by now: {found.reason}", next_step=LIST)
    return found


def _is_number(text: str) -> bool:
    return text.isdecimal() and len(text) < 19  # longer ones no database counts to


def reference_of(approval: Approval) -> str:
    """How a person names a request so that it cannot be taken for what it was in an earlier round."""
    return str(approval.number) if approval.round == 1 else f"{approval.number}.{approval.round}"


def refuse_unseen(approval: Approval, reference: str) -> None:
    """Raises RecordConflict for the bare number of what is asked anew: they may have seen only what it was at first."""
    if approval.round > 1 and "." not in reference and approval.status is ApprovalStatus.WAITING:
        raise RecordConflict(
            f"approval {approval.number} has changed since it was first asked: {approval.reason}",
            next_step=f"Look at it again and answer {reference_of(approval)}.",
        )
