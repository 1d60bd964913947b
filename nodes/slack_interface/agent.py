"""Answers what is about Sophia or this conversation, and what is nobody else's; asks back what was unclear."""

import re
from typing import Final

from core.fencing import harmless
from nodes.chat.answering import answered
from nodes.chat.context import ChatContext
from nodes.chat.shape import AgentReply, AgentTask, Citation
from nodes.chat.tools.shape import Found
from nodes.chat.writing.port import Looked
from nodes.spec import AgentSpec
from nodes.thread.trimming import turns_in

THREAD: Final = re.compile(r"\b(summar\w+|recap)\b.{0,40}\b(thread|conversation|chat|channel|this)\b", re.IGNORECASE)
THANKS: Final = re.compile(
    r"\b(thanks?|thank you|thx|cheers|ta|great|perfect|awesome|nice|good (job|work))\b", re.IGNORECASE
)
GREETING: Final = re.compile(r"\b(hi|hello|hey|howdy|good (morning|afternoon|evening)|yo|g'?day)\b", re.IGNORECASE)

HELP: Final = """I answer from your HubSpot, your calls and what was said here before. For example:
- “which deals close this month over 50k”, “my overdue tasks”, “pipeline by stage”
- “last call with Acme”, “what did they say about pricing”, “how many price objections this quarter”
- “brief me on Acme”, “what is missing to qualify Acme”
- “move Acme to contract sent”, “remind me Friday to call Joyce”, “log that we spoke”, “undo that”
What I change goes by your company's policy, and I tell you how to take it back."""
NOT_MINE: Final = (
    "That is not something I can help with: I know your team's deals, companies, contacts, tasks and calls, and "
    "nothing beyond them. Ask “what can you do?” for examples."
)
UNCLEAR: Final = "I am not sure what you would like to know. Which deal, company, call or task is it about?"
LINES: Final = 8
"""Turns of a thread that are told in its summary."""


async def chat(spec: AgentSpec, task: AgentTask, context: ChatContext) -> AgentReply:
    """Answers for Sophia herself."""
    if task.request.kind == "unclear" and task.request.doubt is None:
        return AgentReply(agent=spec.name, doubt=UNCLEAR)
    reply = await answered(spec, task, context, _look_up)
    return reply if reply.handoff is None else AgentReply(agent=spec.name, doubt=UNCLEAR)


async def _look_up(task: AgentTask, context: ChatContext) -> Looked | None:
    if THREAD.search(task.request.text):
        return Looked("recall_conversation", {"question": task.request.text}, _thread(task))
    return Looked("say", {}, Found(said=said_to(task.request.kind, task.request.text)))


def said_to(kind: str, text: str) -> str:
    """A short word for what needs no looking up."""
    if kind == "out_of_scope":
        return NOT_MINE
    if THANKS.search(text) and len(text.split()) <= 8:
        return "You are welcome."
    if GREETING.match(text.strip()) and len(text.split()) <= 4:
        return "Hello. Ask me about your deals, calls and tasks; “what can you do?” shows examples."
    return HELP


def _thread(task: AgentTask) -> Found:
    """What was said in this thread, in short: its summary, then its last turns."""
    turns = [turn for turn in turns_in(task.thread) if turn.is_whole][-LINES:]
    lines = [harmless(line, 300) for line in task.thread.get("summary", "").splitlines()]
    lines += [f"{harmless(turn.asked, 160)} → {harmless(turn.answered, 200)}" for turn in turns]
    if not lines:
        return Found(said="Nothing has been said in this thread before.")
    source = Citation(number=1, kind="conversation", id="thread", title="This conversation")
    told = tuple(f"- {line} [1]" for line in lines)
    return Found(said="\n".join(["In this conversation so far:", *told]), lines=told, sources=(source,))


SPEC = AgentSpec(
    name="slack_interface",
    team="operations",
    description="Speaks for Sophia herself: greets, helps, asks back, and says what she does not do.",
    capabilities=("say what Sophia can do", "summarise the conversation", "show answers in Slack"),
    tools=(),
    prompt="chat_slack_interface.md",
    chat=chat,
)
