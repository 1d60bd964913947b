"""The follow-up agent in a conversation: tasks, what was agreed, and reminders."""

from typing import Final

from core.query import OWNER, Filter, Query, Sort
from nodes.chat.answering import answered
from nodes.chat.context import ChatContext
from nodes.chat.orchestrating import is_briefing
from nodes.chat.shape import AgentReply, AgentTask
from nodes.chat.tools.acting import MAKE_CHANGE
from nodes.chat.tools.calls import READ_CALL, SEARCH_CALLS, call_told
from nodes.chat.tools.records import FIND_RECORDS, queried
from nodes.chat.tools.told import FIELD
from nodes.chat.writing.port import Looked
from nodes.spec import AgentSpec
from nodes.understanding.shape import Named

STILL_OPEN: Final = Filter(field="hs_task_status", op="neq", value="COMPLETED", name="open")
FIRST_DUE: Final = (Sort(field="hs_timestamp"),)


async def chat(spec: AgentSpec, task: AgentTask, context: ChatContext) -> AgentReply:
    """Answers from tasks and from what was agreed on calls, and makes tasks as the policy allows."""
    return await answered(spec, task, context, _look_up)


async def _look_up(task: AgentTask, context: ChatContext) -> Looked | None:
    """What was agreed in the last call with whom the request names; else the tasks that it, or the asker, has."""
    request = task.request
    named = next((one for one in request.named if one.type in FIELD), None)
    if named is not None and is_briefing(request):
        query = _open_tasks_of(named)
        return Looked(FIND_RECORDS.name, {"object": "tasks", "words": request.text}, await queried(query, context))
    if named is not None:
        about = Filter(field=FIELD[named.type], op="eq", value=named.id, name=named.name)
        last = (Sort(field="started", descending=True),)
        found = await call_told(Query(object="calls", filters=(about,), sort=last), context)
        if found is not None:
            return Looked(READ_CALL.name, {"about": named.name, "back": 0}, found)
    query = request.query or await _my_tasks(context)
    arguments = {"object": query.object, "words": request.text}
    return Looked(FIND_RECORDS.name, arguments, await queried(query, context))


async def _my_tasks(context: ChatContext) -> Query:
    """The open tasks of who asks, the first due first."""
    me = (await context.lexicon()).me
    mine = (Filter(field=OWNER, op="eq", value=me, name="me"),) if me else ()
    return Query(object="tasks", filters=(*mine, STILL_OPEN), sort=FIRST_DUE)


def _open_tasks_of(named: Named) -> Query:
    """What is still to be done for a record."""
    about = Filter(field=FIELD[named.type], op="eq", value=named.id, name=named.name)
    return Query(object="tasks", filters=(about, STILL_OPEN), sort=FIRST_DUE)


SPEC = AgentSpec(
    name="follow_up",
    team="sales",
    description="Sees to it that what our own people promised on a call is on somebody's list.",
    capabilities=("make HubSpot tasks from promises", "list tasks and next steps", "remind somebody"),
    steps=("follow_up",),
    tools=(FIND_RECORDS.name, READ_CALL.name, SEARCH_CALLS.name, MAKE_CHANGE.name),
    prompt="chat_follow_up.md",
    chat=chat,
)
