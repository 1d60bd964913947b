"""Changes that a person asks for: what the words mean is understood by the same code with a model and without one.

A model only hands over words. It cannot name an id, and none of this runs unless the person asked for a change.
"""

from pydantic import Field

from nodes.acting.acting import act, preview
from nodes.chat.context import ChatContext
from nodes.chat.tools.shape import Arguments, ChatTool, Found, Unclear
from nodes.understanding.shape import Action, Focus
from nodes.understanding.understanding import understand


class MakeChange(Arguments):
    """What should be done, in one sentence."""

    words: str = Field(description="The change in one sentence, with the names, days and amounts the person gave.")


async def make_change(arguments: MakeChange, context: ChatContext) -> Found:
    """Changes a record, makes a task or note, or tells a colleague something, as the policy allows."""
    request = (await understand(arguments.words, await context.lexicon(), Focus(), context.embedder)).first
    if request.doubt is not None:
        raise Unclear(request.doubt.question, request.doubt.choices)
    if request.action is None:
        raise Unclear("What exactly should be changed, and on which record?")
    return await acted(request.action, context, arguments.words)


async def acted(action: Action, context: ChatContext, words: str) -> Found:
    """The action carried out, put to a person or refused; in a dry run only told."""
    done = await (preview(action, context) if context.dry_run else act(action, context, words))
    named = (done.action.record,) if done.action.record else ()
    return Found(said=done.words, lines=(done.words,), done=done, results=named)


MAKE_CHANGE = ChatTool(
    "make_change",
    "Makes one change that the person asked for, as the policy allows.",
    MakeChange,
    make_change,
    acts=True,
)
