"""What waits for the word of who asks: requests that they may answer, each with its number."""

from typing import Final

from core.fencing import harmless
from memory.approvals import Approval
from nodes.approval.finding import reference_of
from nodes.approval.seeing import NOT_HERE, may_answer_now
from nodes.chat.context import ChatContext
from nodes.chat.tools.shape import Found
from nodes.querying.reading import Reader

MOST: Final = 10
LONGEST: Final = 160
NOTHING_WAITS: Final = "Nothing waits for your word."
HOW: Final = "Say “approve {number}”, or “reject {number} because …”."


async def waiting_for(context: ChatContext) -> Found:
    """The requests, the oldest first; nothing at a place where others read along, who need not see the records."""
    if context.scope != context.asker.scope:
        return Found(said=NOT_HERE)
    waiting = await context.house.records.approvals.waiting()
    crm = Reader(context)
    theirs = [one for one in waiting if await may_answer_now(context.house, crm, context.asker, one)]
    if not theirs:
        return Found(said=NOTHING_WAITS)
    lines = tuple(_line(one) for one in theirs[:MOST])
    more = f"… and {len(theirs) - MOST} more" if len(theirs) > MOST else ""
    count = f"{len(theirs)} request{'s' if len(theirs) > 1 else ''} for your word:"
    how = HOW.format(number=reference_of(theirs[0]))
    return Found(said="\n".join(part for part in (count, *lines, more, how) if part), lines=lines)


def _line(one: Approval) -> str:
    """A request in a line; a question says all by itself, a change what is there and what is proposed."""
    name = harmless(one.object_name or "", LONGEST)
    before = harmless(one.current_label or one.current or "nothing", LONGEST)
    after = harmless(one.proposed_label or one.proposed, LONGEST)
    label = harmless(one.label, LONGEST)
    told = f"{label} of {name}: {before} → {after}" if one.action == "update" else f"{label} {after}".strip()
    quote = f" (“{harmless(one.quote, LONGEST)}”)" if one.quote else ""
    return f"- {reference_of(one)}: {told}{quote}"
