"""A conversation with calls of tools as messages that any server takes, each new step only adding to their end.

A server finds the beginning of a prompt in its cache again. So a step is written back as the model wrote it, nothing
earlier is ever rewritten, and what a tool found stands where it was found, fenced as data.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Any, Final

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage

from core.fencing import enclosed, without_control
from core.llm.chat.constrained import ANSWER, step_text
from core.llm.chat.strict import written
from core.llm.chat.toolbox import Toolbox
from core.llm.chat.tools import NO_TOOL

RESULT: Final = "result"
"""The mark around what a tool found."""
LONGEST_RESULT_LINE: Final = 4000
ID_DIGITS: Final = 16


def with_steps(messages: Sequence[BaseMessage], toolbox: Toolbox | None) -> list[BaseMessage]:
    """The conversation for a model whose steps are JSON; without a toolbox, for one that only answers.

    Results stand in the person's place, and neighbours of one side become one message: many chat templates refuse two
    in a row.
    """
    instructions = "" if toolbox is None else toolbox.instructions
    system, said = _apart(messages)
    head = "\n\n".join(part for part in (instructions, *(message.text for message in system)) if part)
    told: list[BaseMessage] = [SystemMessage(head)] if head else []
    for message in _as_text(said, toolbox):
        told.append(_joined(told.pop(), message) if _alike(told, message) else message)
    return told


def with_native_calls(messages: Sequence[BaseMessage]) -> list[BaseMessage]:
    """The conversation for a server that has a tools API of its own: only what tools found is fenced."""
    return [
        message if isinstance(message, SystemMessage) else message.model_copy(update={"content": _native_text(message)})
        for message in messages
    ]


def call_id(messages: Sequence[BaseMessage], place: int, name: str, arguments: Any) -> str:
    """The id of the call that a model made in answer to these messages.

    The same call at the same point of a thread has the same id, also when the step runs again after a crash; at
    another point it has another one.
    """
    said = [[message.type, _id_of(message), message.text] for message in messages if message.type != "system"]
    content = json.dumps([said, place, name, arguments], sort_keys=True, default=str)
    return f"call_{hashlib.sha256(content.encode()).hexdigest()[:ID_DIGITS]}"


def _native_text(message: BaseMessage) -> str:
    if isinstance(message, ToolMessage):
        return enclosed(RESULT, message.text, LONGEST_RESULT_LINE)
    return without_control(message.text)


def _id_of(message: BaseMessage) -> str | None:
    """What tells apart two messages of the same words; a model's message has an id that every run makes anew."""
    if isinstance(message, ToolMessage):
        return message.tool_call_id
    return message.id if isinstance(message, HumanMessage) else None


def _apart(messages: Sequence[BaseMessage]) -> tuple[list[SystemMessage], list[BaseMessage]]:
    system = [message for message in messages if isinstance(message, SystemMessage)]
    return system, [message for message in messages if not isinstance(message, SystemMessage)]


def _as_text(messages: Iterable[BaseMessage], toolbox: Toolbox | None) -> Iterable[BaseMessage]:
    names: dict[str | None, str] = {}
    for message in messages:
        if isinstance(message, AIMessage):
            names |= {call["id"]: call["name"] for call in message.tool_calls}
            yield AIMessage(without_control(_step_of(message, toolbox)))
        elif isinstance(message, ToolMessage):
            yield HumanMessage(_result_of(message, message.name or names.get(message.tool_call_id, "the tool")))
        else:
            yield message.model_copy(update={"content": without_control(message.text)})


def _step_of(message: AIMessage, toolbox: Toolbox | None) -> str:
    """What a model wrote, in the form in which it writes."""
    if message.tool_calls:
        return "\n".join(_call_text(call["name"], call["args"], toolbox) for call in message.tool_calls)
    return message.text if toolbox is None else step_text({"tool": NO_TOOL, ANSWER: message.text})


def _call_text(name: str, arguments: dict[str, Any], toolbox: Toolbox | None) -> str:
    tool = toolbox.named(name) if toolbox is not None else None
    return step_text({"tool": name, "arguments": arguments if tool is None else written(arguments, tool.own)})


def _result_of(message: ToolMessage, name: str) -> str:
    how = "failed" if message.status == "error" else "found"
    return f"What {name} {how}. {enclosed(RESULT, message.text, LONGEST_RESULT_LINE)}"


def _alike(told: Sequence[BaseMessage], message: BaseMessage) -> bool:
    return bool(told) and told[-1].type == message.type


def _joined(earlier: BaseMessage, later: BaseMessage) -> BaseMessage:
    return earlier.model_copy(update={"content": f"{earlier.text}\n\n{later.text}"})
