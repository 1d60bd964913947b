"""The messenger in a conversation: who was told of what, and telling somebody something."""

from nodes.chat.answering import answered
from nodes.chat.context import ChatContext
from nodes.chat.shape import AgentReply, AgentTask
from nodes.chat.tools.acting import MAKE_CHANGE
from nodes.chat.tools.naming import RECORDS, record_named
from nodes.chat.tools.told import WHO_WAS_TOLD, told_about
from nodes.chat.writing.port import Looked
from nodes.spec import AgentSpec


async def chat(spec: AgentSpec, task: AgentTask, context: ChatContext) -> AgentReply:
    """Answers from what Sophia sent in Slack about calls that the asker may see."""
    return await answered(spec, task, context, _look_up)


async def _look_up(task: AgentTask, context: ChatContext) -> Looked | None:
    request = task.request
    named = next((one for one in request.named if one.type in RECORDS), None)
    if named is None:
        named = record_named(request.text, await context.lexicon())
    return Looked(WHO_WAS_TOLD.name, {"about": named.name}, await told_about(named, context))


SPEC = AgentSpec(
    name="notification",
    team="operations",
    description="Tells the people concerned what a call brought, what was changed and what waits for their word.",
    capabilities=(
        "message a deal's owner",
        "message the channel",
        "say who was told of what",
        "tell a colleague something",
    ),
    steps=("notify",),
    tools=(WHO_WAS_TOLD.name, MAKE_CHANGE.name, "find_records"),
    prompt="chat_notification.md",
    chat=chat,
)
