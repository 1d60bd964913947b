"""The qualifier in a conversation: how far a lead or deal is qualified, by what proof, and what to ask next."""

from nodes.chat.answering import answered
from nodes.chat.context import ChatContext
from nodes.chat.shape import AgentReply, AgentTask
from nodes.chat.tools.naming import RECORDS, record_named
from nodes.chat.tools.qualification import QUALIFY, qualification_told
from nodes.chat.writing.port import Looked
from nodes.spec import AgentSpec


async def chat(spec: AgentSpec, task: AgentTask, context: ChatContext) -> AgentReply:
    """Answers from the calls about the lead that the asker may see."""
    return await answered(spec, task, context, _look_up)


async def _look_up(task: AgentTask, context: ChatContext) -> Looked | None:
    request = task.request
    named = next((one for one in request.named if one.type in RECORDS), None)
    if named is None:
        named = record_named(request.text, await context.lexicon())
    return Looked(QUALIFY.name, {"name": named.name}, await qualification_told(named, context))


SPEC = AgentSpec(
    name="lead_qualification",
    team="sales",
    description="Says how far a lead is qualified: BANT, MEDDPICC and a score, each with the sentences it rests on.",
    capabilities=("qualify leads", "say what is missing on a lead or deal, and what to ask next"),
    steps=("qualify",),
    tools=(QUALIFY.name, "read_record", "search_calls", "find_records"),
    prompt="chat_lead_qualification.md",
    chat=chat,
)
