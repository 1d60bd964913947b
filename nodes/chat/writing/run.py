"""One agent at work with a model: which tools it called, and what they found, numbered over the whole run."""

from dataclasses import dataclass, field
from typing import Any

from langchain.tools import ToolRuntime
from langchain_core.messages import AnyMessage
from langchain_core.tools import StructuredTool
from pydantic import ValidationError

from core.errors import NotAllowed, NotUsable, ServiceError
from nodes.chat.composing import MARK
from nodes.chat.context import ChatContext
from nodes.chat.events import TurnEvent
from nodes.chat.shape import AgentReply, AgentTask, Citation, ToolCall
from nodes.chat.telling import in_one
from nodes.chat.tools.naming import still_offered
from nodes.chat.tools.shape import ChatTool, Found, Unclear
from nodes.chat.writing.holding import LETTERS
from nodes.chat.writing.port import Looked
from nodes.spec import AgentSpec

NOT_ASKED_FOR = "Nothing was changed: the person did not ask for a change in this turn."
NOT_THEIR_WORDS = "Nothing was changed: a change is told in the person's own words, with their names, days and amounts."
ONCE = "Nothing more was changed: a request is for one change."
NOT_YOURS = "This tool is not yours."
FOUND_BEFORE = "That was found before and stands above. Answer from it."
"""Small models ask again for what they have; the same text again would fill their context, and a server read it all."""
LONGEST_ARGUMENT = 1000
"""Characters of one argument: names and conditions are short, and a longer text takes long to look through."""
TOO_LONG = f"An argument has at most {LONGEST_ARGUMENT} letters."


@dataclass
class Run:
    """The run of one agent for one task."""

    context: ChatContext
    spec: AgentSpec
    task: AgentTask
    looked: Looked
    lines: list[str] = field(default_factory=list)
    sources: list[Citation] = field(default_factory=list)
    calls: list[ToolCall] = field(default_factory=list)
    founds: list[Found] = field(default_factory=list)

    def shown(self, found: Found) -> str:
        """What was found as a model reads it (its marks come around it later), with sources numbered on."""
        base = len(self.sources)
        self.sources += [source.model_copy(update={"number": source.number + base}) for source in found.sources]
        lines = [MARK.sub(lambda mark: f"[{int(mark[1]) + base}]", line) for line in found.lines]
        self.lines += lines
        self.founds.append(found)
        return "\n".join(lines or [found.said])

    async def use(self, tool: ChatTool, arguments: dict[str, Any]) -> str:
        """Has the tool run, and gives what it found; what a model may not do is refused, and told to it."""
        self.context.tell(TurnEvent(kind="tool", name=tool.name))
        if tool.name not in self.spec.tools:
            return self._refused(tool, arguments, NOT_YOURS)
        if any(isinstance(value, str) and len(value) > LONGEST_ARGUMENT for value in arguments.values()):
            return self._refused(tool, {}, TOO_LONG)
        if tool.acts and (why := self._why_not(tool, arguments)):
            return self._refused(tool, arguments, why)
        try:
            self.context.turn.call(ToolCall(agent=self.spec.name, tool=tool.name, arguments=arguments))
            found = await tool.run(tool.arguments.model_validate(arguments), self.context)
        except Unclear as unclear:
            choices = "; ".join(choice.name for choice in await still_offered(unclear.choices, self.context))
            return self._refused(tool, arguments, f"{unclear.question} {choices}".strip())
        except (NotAllowed, NotUsable, ServiceError) as error:
            return self._refused(tool, arguments, str(error))
        except ValidationError:
            return self._refused(tool, arguments, f"these are no arguments of {tool.name}")
        self.calls.append(ToolCall(agent=self.spec.name, tool=tool.name, arguments=arguments))
        return FOUND_BEFORE if found in self.founds else self.shown(found)

    def reply(
        self,
        text: str,
        citations: tuple[Citation, ...],
        partial: str | None,
        model_calls: int = 0,
        messages: tuple[AnyMessage, ...] = (),
    ) -> AgentReply:
        """The agent's reply with all that was found in the run; `citations` are those that the text points at."""
        first = ToolCall(agent=self.spec.name, tool=self.looked.tool, arguments=self.looked.arguments)
        return AgentReply(
            agent=self.spec.name,
            text=text,
            citations=citations,
            table=next((found.table for found in self.founds if found.table), None),
            query=next((found.query for found in self.founds if found.query), None),
            done=next((found.done for found in self.founds if found.done), None),
            results=tuple(dict.fromkeys(one for found in self.founds for one in found.results)),
            partial=in_one(partial, self._unchanged, *(found.partial for found in self.founds)),
            tool_calls=(first, *self.calls),
            model_calls=model_calls,
            messages=messages,
        )

    @property
    def changed(self) -> Found | None:
        """The change that was carried out in the run, or put to a person."""
        return next((found for found in self.founds if found.done), None)

    @property
    def _unchanged(self) -> str | None:
        """Said beside the model's words where it tried a change that it may not make, whatever it says of that."""
        tried = {call.error for call in self.calls}
        return next((why for why in (NOT_ASKED_FOR, NOT_THEIR_WORDS, ONCE) if why in tried), None)

    def _why_not(self, tool: ChatTool, arguments: dict[str, Any]) -> str | None:
        """Why a change is refused: nobody asked for one, or for this one, or it was made already."""
        if self.task.request.kind != "action":
            return NOT_ASKED_FOR
        if any(made.tool == tool.name and made.error is None for made in self.calls):
            return ONCE
        own, given = [LETTERS.findall(text.casefold()) for text in (self.task.request.text, _said_in(arguments))]
        return None if f" {' '.join(given)} " in f" {' '.join(own)} " else NOT_THEIR_WORDS

    def _refused(self, tool: ChatTool, arguments: dict[str, Any], why: str) -> str:
        self.calls.append(ToolCall(agent=self.spec.name, tool=tool.name, arguments=arguments, error=why))
        return why


def _said_in(arguments: dict[str, Any]) -> str:
    return " ".join(str(value) for value in arguments.values() if value is not None)


def as_langchain(tool: ChatTool) -> StructuredTool:
    """The tool as LangChain's loop runs it, with the run it belongs to.

    The schema is given as it is written down: of the class LangChain would want the run to be an argument, too.
    """

    async def run(runtime: ToolRuntime[Run, Any], **arguments: Any) -> str:
        return await runtime.context.use(tool, arguments)

    return StructuredTool.from_function(
        coroutine=run,
        name=tool.name,
        description=tool.description,
        args_schema=tool.arguments.model_json_schema(),
        infer_schema=False,
    )
