"""`sophia approvals approve|reject`: stores answers, has each carried out at once, and says how it ended."""

from collections.abc import Sequence

from rich.markup import escape

from api.intake import KIND as CALL
from api.logs import settings_with_logs
from api.terminal import FAILED, notices, results
from api.wiring import Services, open_services
from core.errors import SophiaError
from core.people import TERMINAL
from memory.approvals import KIND as APPROVAL
from memory.approvals import Approval, ApprovalStatus, Decision
from memory.inbox import Delivery, DeliveryStatus
from memory.records import Records
from nodes.approval.answering import answer_approval
from nodes.approval.finding import find, reference_of, refuse_unseen

KEPT = "the answer is kept; `sophia serve` will carry it out"


async def answer_approvals(
    references: Sequence[str],
    decision: Decision,
    *,
    call_id: str | None = None,
    value: str | None = None,
    reason: str | None = None,
) -> int:
    """The command: answers these, or all that waits of a call; 1 when one was refused or could not be done yet."""
    async with open_services(settings_with_logs()) as services:
        if call_id is not None:
            references = await _of_call(services.records, call_id)
        fine = [await _answer(services, reference, decision, value, reason) for reference in references]
    if not fine:
        notices().print(f"Nothing waits of call {call_id}.", markup=False)
    return 0 if all(fine) else FAILED


async def _of_call(records: Records, call_id: str) -> list[str]:
    """What waits of a call, by number. What has changed since it was first asked is answered one by one."""
    found = await records.approvals.of_call(call_id)
    return [str(one.number) for one in found if one.status is ApprovalStatus.WAITING]


async def _answer(
    services: Services, reference: str, decision: Decision, value: str | None, reason: str | None
) -> bool:
    """Whether the answer was taken and carried out; says how it ended either way."""
    try:
        approval, delivery = await _taken(services, reference, decision, value, reason)
    except SophiaError as error:
        said = escape(f"{error}. {error.next_step or ''}")
        notices().print(f"[red]Refused:[/red] {said}", soft_wrap=True)
        return False
    ended = await _carried_out(services, approval, delivery)
    return (
        _tell(ended) if ended else _tell_kept(approval, await services.records.inbox.get(delivery.kind, delivery.key))
    )


async def _taken(
    services: Services, reference: str, decision: Decision, value: str | None, reason: str | None
) -> tuple[Approval, Delivery]:
    """What was answered as it was shown, with the delivery of the answer."""
    approval = await find(services.records, reference)
    if delivery := await _left_undone(services, approval, decision, value):
        return approval, delivery
    refuse_unseen(approval, reference)
    _, delivery = await answer_approval(
        services.context,
        approval,
        TERMINAL,
        decision,
        value=value,
        reason=reason,
        via="cli",
        payload_hash=approval.payload_hash,
    )
    return approval, delivery


async def _left_undone(
    services: Services, approval: Approval, decision: Decision, value: str | None
) -> Delivery | None:
    """The delivery of this very answer, when it was given before and has not been carried out: for another try now."""
    given = approval.answer
    if given is None or given.decision != decision or value is not None or approval.closed_at is not None:
        return None
    delivery = await services.records.inbox.get(APPROVAL, f"{approval.id}:{approval.round}")
    if delivery is not None and delivery.status is DeliveryStatus.RUNNING:
        await services.intake.requeue()  # frees what a process held that died
    elif delivery is not None and delivery.status in (DeliveryStatus.WAITING, DeliveryStatus.PARKED):
        await services.intake.retry(delivery)
    return delivery


async def _carried_out(services: Services, approval: Approval, delivery: Delivery) -> Approval | None:
    """The request once the answer was carried out, None when that has to wait."""
    await services.worker.work(str(delivery.id))
    now = await services.records.approvals.get(approval.id)
    if now is None or (now.closed_at is None and now.round == approval.round):
        return None
    if now.action == "choose" and now.status is ApprovalStatus.APPROVED and now.closed_at is not None:
        call = await services.records.inbox.get(CALL, now.call_id)
        if call is not None:
            await services.worker.work(str(call.id))
    return now


def _tell(approval: Approval) -> bool:
    about = " ".join(part for part in (approval.object_name, approval.label) if part)
    asked_again = approval.closed_at is None
    said = f"asked again as {reference_of(approval)}: {approval.reason}" if asked_again else approval.outcome
    results().print(f"{approval.number} {about}: {said}", markup=False, highlight=False, soft_wrap=True)
    return not asked_again


def _tell_kept(approval: Approval, delivery: Delivery | None) -> bool:
    why = f" ({delivery.reason})" if delivery is not None and delivery.reason else ""
    notices().print(f"{approval.number} {approval.label}: {KEPT}{why}", markup=False, soft_wrap=True)
    return False
