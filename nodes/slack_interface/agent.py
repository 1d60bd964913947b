"""Answers what is about Sophia or this conversation, and what is nobody else's; asks back what was unclear."""

import re
from typing import Final

from nodes.chat.answering import answered
from nodes.chat.context import ChatContext
from nodes.chat.events import TurnEvent
from nodes.chat.shape import AgentReply, AgentTask
from nodes.chat.tools.shape import Found
from nodes.chat.writing.port import Looked
from nodes.slack_interface.about import said_about
from nodes.slack_interface.earlier import is_about_earlier, told_of_earlier
from nodes.slack_interface.topics import topic_of
from nodes.spec import AgentSpec
from nodes.understanding.shape import Kind

TALK: Final[tuple[Kind, ...]] = ("chat", "out_of_scope", "unclear")
WORDS: Final = 8
"""Of a short word of courtesy: more are about something."""

THANKS: Final = re.compile(
    r"\b(?:thanks?|thank you|thx|cheers|ta|ty|much appreciated|great|perfect|awesome|brilliant|super|wow|nice|cool|"
    r"very good|that helps|that was (?:quick|helpful)|you are fast|good (?:job|work))\b",
    re.IGNORECASE,
)
BYE: Final = re.compile(
    r"\b(?:bye|goodbye|see you|good night|have a (?:nice|good)|that's (?:all|it)|later)\b", re.IGNORECASE
)
GREETING: Final = re.compile(
    r"^\W*(?:hi|hiya|hello|hey|howdy|greetings|welcome back|good (?:morning|afternoon|evening|day)|morning|yo|g'?day|"
    r"(?:are )?you (?:ok|there)|anyone there|how are you|how's it going)\b",
    re.IGNORECASE,
)
GRUMBLE: Final = re.compile(
    r"\b(?:(?:that's|this is|you(?:'re| are)) (?:\w+ )?(?:wrong|rubbish|nonsense|useless|annoying|slow|bad|stupid|"
    r"incorrect)|not what i (?:asked|meant|said)|doesn't help)\b",
    re.IGNORECASE,
)
FINE: Final = re.compile(
    r"^\W*(?:ok(?:ay)?|fine|got it|understood|noted|sorry|my bad|no (?:worries|thanks)|never ?mind|forget it|you're "
    r"welcome|yes|i'm back|lol|haha)\b",
    re.IGNORECASE,
)

SHORT: Final = (
    (GRUMBLE, "I am sorry. Tell me what is wrong, or ask again with the name of the deal, company or person you mean."),
    (THANKS, "You are welcome."),
    (BYE, "Until next time."),
    (GREETING, "Hello. Ask me about your deals, calls and tasks; “what can you do?” shows examples."),
    (FINE, "All right."),
)
"""What is said to a few words of courtesy, the first that fits."""

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


async def chat(spec: AgentSpec, task: AgentTask, context: ChatContext) -> AgentReply:
    """Answers for Sophia herself: what is about her by code, whatever it was taken for; the rest as every agent."""
    request = task.request
    topic = topic_of(request.text) if request.said is None and request.kind in TALK else None
    if topic is not None:
        context.tell(TurnEvent(kind="agent", name=spec.name))
        return AgentReply(agent=spec.name, text=await said_about(topic, context))
    if request.kind == "unclear" and request.doubt is None:
        return AgentReply(agent=spec.name, doubt=UNCLEAR)
    reply = await answered(spec, task, context, _look_up)
    return reply if reply.handoff is None else AgentReply(agent=spec.name, doubt=UNCLEAR)


async def _look_up(task: AgentTask, context: ChatContext) -> Looked | None:
    text = task.request.text
    if task.request.kind == "agent" and is_about_earlier(text):
        return Looked("recall_conversation", {"question": text}, await told_of_earlier(task, context))
    return Looked("say", {}, Found(said=said_to(task.request.kind, text)))


def said_to(kind: str, text: str) -> str:
    """A short word for what needs no looking up."""
    if kind == "out_of_scope":
        return NOT_MINE
    fitting = (said for words, said in SHORT if words.search(text)) if len(text.split()) <= WORDS else iter(())
    return next(fitting, HELP)


SPEC = AgentSpec(
    name="slack_interface",
    team="operations",
    description="Speaks for Sophia herself: greets, helps, asks back, and says what she does not do.",
    capabilities=("say what Sophia can do", "summarise the conversation", "show answers in Slack"),
    tools=(),
    prompt="chat_slack_interface.md",
    chat=chat,
)
