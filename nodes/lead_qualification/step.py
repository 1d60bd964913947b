"""The qualify step: how far the leads who were on a call are qualified by it and the calls before it.

It only proposes, beside what the call itself speaks for: the policy, the ledger and the one request that updates a
record are the same.
"""

from collections.abc import Sequence
from typing import Any

from langgraph.runtime import Runtime

from nodes.audiences import record_subject
from nodes.context import Context
from nodes.crm_sync.grounds import Grounds
from nodes.crm_sync.past import past_of
from nodes.lead_qualification.hearing import HeardCall
from nodes.lead_qualification.history import calls_about, heard_calls
from nodes.lead_qualification.leads import is_lead
from nodes.lead_qualification.proposing import deal_changes, lead_changes, may_tell
from nodes.lead_qualification.qualifying import qualified
from nodes.lead_qualification.shape import LeadQualification
from nodes.showing import started_at
from nodes.state import CallState, Change
from nodes.stored import analysed
from tools.hubspot.port import Record


async def qualify(state: CallState, runtime: Runtime[Context]) -> dict[str, Any]:
    """Adds how far the leads who were there, and the deal, are qualified by this call and those before it."""
    context, resolution = runtime.context, state.get("resolution")
    if resolution is None:
        return {}
    call, analysis = await analysed(context, state["call_id"])
    past, now = await past_of(context, call.id), context.clock.now()
    grounds = Grounds(call, analysis, resolution, (), now, past)
    return {"changes": (*state.get("changes", ()), *await _changes(context, grounds))}


async def _changes(context: Context, grounds: Grounds) -> list[Change]:
    deal = grounds.resolution.deal if grounds.resolution.question is None else None
    found: list[Change] = []
    if deal is not None and may_tell(grounds, deal):
        found += deal_changes(grounds, deal, await _qualification(context, grounds, [deal]))
    for contact in grounds.resolution.contacts:
        if is_lead(contact) and may_tell(grounds, contact):
            about = [contact] if deal is None else [contact, deal]
            found += lead_changes(grounds, contact, await _qualification(context, grounds, about))
    return found


async def _qualification(context: Context, grounds: Grounds, about: Sequence[Record]) -> LeadQualification:
    """What this call and those before it about any of these records say."""
    subjects = [record_subject(record.type, record.id) for record in about]
    before = await calls_about(context, subjects, before=started_at(grounds.call))
    earlier = [each for each in heard_calls(before) if each.call.id != grounds.call.id]
    return qualified([HeardCall(grounds.call, grounds.analysis), *earlier])
