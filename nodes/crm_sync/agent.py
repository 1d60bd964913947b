"""The keeper of HubSpot in a conversation: records and figures by query, a record as a whole, and changes of them."""

import re
from typing import Final

from nodes.chat.answering import answered
from nodes.chat.context import ChatContext
from nodes.chat.orchestrating import is_briefing
from nodes.chat.shape import AgentReply, AgentTask
from nodes.chat.tools.acting import MAKE_CHANGE
from nodes.chat.tools.naming import RECORDS
from nodes.chat.tools.records import FIND_RECORDS, READ_RECORD, queried, record_told
from nodes.chat.tools.waiting import waiting_for
from nodes.chat.writing.port import Looked
from nodes.spec import AgentSpec

WAITING: Final = re.compile(
    r"\b(?:waiting|waits?|pending|open|needs?|outstanding|list|show)\b.{0,40}\b"
    r"(?:approv\w+|my (?:word|ok|sign-?off|answer))\b|"
    r"\bapprovals\b|\bwhat (?:do|should|can) i (?:need to |have to )?approve\b",
    re.IGNORECASE,
)
"""Words that ask for the requests that wait for an answer."""


async def chat(spec: AgentSpec, task: AgentTask, context: ChatContext) -> AgentReply:
    """Answers from the records that the asker may see, and changes them as the policy allows."""
    return await answered(spec, task, context, _look_up)


async def _look_up(task: AgentTask, context: ChatContext) -> Looked | None:
    request = task.request
    if WAITING.search(request.text):
        return Looked("list_approvals", {}, await waiting_for(context))
    named = next((one for one in request.named if one.type in RECORDS), None)
    if named is not None:
        return Looked(
            READ_RECORD.name, {"name": named.name}, await record_told(named, context, alone=not is_briefing(request))
        )
    if request.query is not None:
        arguments = {"object": request.query.object, "words": request.text}
        return Looked(FIND_RECORDS.name, arguments, await queried(request.query, context))
    return None


SPEC = AgentSpec(
    name="crm_sync",
    team="operations",
    description="Keeps HubSpot true to what was said on calls, and asks where it may not decide.",
    capabilities=(
        "find the records a call is about",
        "propose changes",
        "apply what the policy allows",
        "answer questions about records",
        "change a record",
    ),
    steps=("resolve", "propose", "policy", "apply"),
    tools=(FIND_RECORDS.name, READ_RECORD.name, MAKE_CHANGE.name),
    prompt="chat_crm_sync.md",
    chat=chat,
)
