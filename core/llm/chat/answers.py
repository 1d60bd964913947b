"""A model's answer as the message that an agent goes on with: a call of tools, or words."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

from langchain_core.messages import AIMessage, BaseMessage, ToolCall
from langchain_core.messages.ai import InputTokenDetails, UsageMetadata

from core.errors import Rejected, SophiaError
from core.llm.chat.constrained import ANSWER
from core.llm.chat.history import call_id
from core.llm.chat.toolbox import Toolbox
from core.llm.chat.tools import NO_TOOL, WrongArguments
from core.llm.failures import SERVICE, NotInForm
from core.llm.port import Answer, Usage
from core.llm.told import encodable

USE_CONSTRAINED: Final = "Set SOPHIA_MODEL_TOOLS=constrained, which holds small models to a call."
NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")


class WrongCall(SophiaError):
    """A model called a tool that was not offered, or with arguments that it does not take.

    `message` is what it wrote, and `problems` say by the id of each wrong call what to do better: an agent's loop
    answers the call with that and goes on (loop.py).
    """

    def __init__(self, message: AIMessage, problems: Mapping[str, str]) -> None:
        super().__init__(f"the model called a tool wrongly: {'; '.join(problems.values())}")
        self.message = message
        self.problems = problems


@contextmanager
def wrong_calls_told(toolbox: Toolbox | None, asked: Sequence[BaseMessage]) -> Iterator[None]:
    """Raises an answer that its server did not hold to the schema as WrongCall, where it is a wrong call of a tool.

    It is none where any words may have been told of it.
    """
    try:
        yield
    except NotInForm as misfit:
        call = _call_in(misfit.text)
        if toolbox is None or call is None:
            raise
        try:
            _with_calls(AIMessage(""), [call], toolbox, asked)
        except WrongCall as wrong:
            raise wrong from misfit
        raise


def message_of(answer: Answer, usage: Usage, toolbox: Toolbox | None, asked: Sequence[BaseMessage]) -> AIMessage:
    """The answer to a conversation as a message; raises WrongCall, or Rejected for a call that had to be and is not."""
    calls = [(call.name, _parsed(call.arguments)) for call in answer.calls]
    text = answer.text
    if answer.value is not None:
        tool = answer.value["tool"]
        calls = [] if tool == NO_TOOL else [(tool, answer.value["arguments"])]
        text = "" if calls else answer.value[ANSWER]
    if toolbox is not None and not calls and not toolbox.may_answer:
        raise Rejected(SERVICE, f"{answer.endpoint} answered where a tool had to be called", next_step=USE_CONSTRAINED)
    message = AIMessage(encodable(text), usage_metadata=_usage(usage), response_metadata=_about(answer), tool_calls=[])
    return message if not calls else _with_calls(message, calls, toolbox, asked)


def _with_calls(
    message: AIMessage, calls: Sequence[tuple[str, Any]], toolbox: Toolbox | None, asked: Sequence[BaseMessage]
) -> AIMessage:
    made: list[ToolCall] = []
    problems: dict[str, str] = {}
    for place, (name, value) in enumerate(calls):
        id = call_id(asked, place, name, value)
        arguments: dict[str, Any] = {}
        try:
            arguments = (toolbox or Toolbox((), (), may_answer=True)).arguments(name, value)
        except WrongArguments as wrong:
            problems[id] = str(wrong)
            arguments = value if isinstance(value, dict) else {}
        made.append(ToolCall(name=_named(name), args=arguments, id=id, type="tool_call"))
    message = message.model_copy(update={"tool_calls": made})
    if problems:
        raise WrongCall(message, problems)
    return message


def _call_in(text: str) -> tuple[str, Any] | None:
    """The call that a step is, checked for nothing; None for an answer, and for what is neither."""
    step = _parsed(text)
    if not isinstance(step, dict) or set(step) != {"tool", "arguments"}:
        return None
    return None if step["tool"] == NO_TOOL or not isinstance(step["tool"], str) else (step["tool"], step["arguments"])


def _named(name: str) -> str:
    """The name as it goes into the conversation: one that no tool can have may be an attacker's sentence."""
    return name if NAME.fullmatch(name) else "unknown"


def _parsed(arguments: str) -> Any:
    """What the JSON is; None for what is none, which no tool takes."""
    try:
        return json.loads(arguments)
    except (ValueError, RecursionError):
        return None


def _usage(usage: Usage) -> UsageMetadata:
    return UsageMetadata(
        input_tokens=usage.prompt_tokens,
        output_tokens=usage.completion_tokens,
        total_tokens=usage.prompt_tokens + usage.completion_tokens,
        input_token_details=InputTokenDetails(cache_read=usage.cached_tokens),
    )


def _about(answer: Answer) -> dict[str, Any]:
    return {"model_name": answer.model, "endpoint": answer.endpoint, "seconds": round(answer.usage.seconds, 3)}
