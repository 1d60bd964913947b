"""The turns of a thread: what a person said, with everything that followed until they spoke again."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage

from nodes.call_analysis.judging.tokens import MESSAGE_TOKENS, tokens_of


@dataclass(frozen=True)
class ThreadTurn:
    """One turn under its number in the thread, with all its messages: question, tool calls, their answers, answer."""

    number: int
    messages: tuple[AnyMessage, ...]

    @property
    def asked(self) -> str:
        """What the person said; "" where the turn began without a person."""
        return "\n".join(message.text for message in self.messages if isinstance(message, HumanMessage)).strip()

    @property
    def answered(self) -> str:
        """What was answered in words; "" until there is an answer."""
        return "\n".join(
            text for message in self.messages if isinstance(message, AIMessage) and (text := message.text.strip())
        )

    @property
    def asked_by(self) -> str | None:
        """The name that the person's message carries, None where it carries none."""
        return next((message.name for message in self.messages if isinstance(message, HumanMessage)), None)

    @property
    def is_whole(self) -> bool:
        """Whether it has come to its end: an answer stands, and no tool call waits for its own."""
        return bool(self.answered) and not calls_open(self.messages)

    @property
    def tokens(self) -> int:
        """About how many tokens its messages are in a prompt."""
        return sum(tokens_in(message) for message in self.messages)


def turns_of(messages: Sequence[AnyMessage], first: int) -> tuple[ThreadTurn, ...]:
    """The messages as turns, the first under the number `first`.

    A turn begins where a person speaks. Where a person speaks between a tool call and its answer, both belong to the
    turn of the call: the two are never taken apart.
    """
    groups: list[list[AnyMessage]] = []
    answered = {message.tool_call_id for message in messages if isinstance(message, ToolMessage)}
    for message in messages:
        if not groups or (isinstance(message, HumanMessage) and not calls_open(groups[-1]) & answered):
            groups.append([])
        groups[-1].append(message)
    return tuple(ThreadTurn(number, tuple(group)) for number, group in enumerate(groups, first))


def calls_open(messages: Iterable[AnyMessage]) -> frozenset[str]:
    """The ids of the tool calls among these messages that have no answer among them."""
    called: set[str] = set()
    for message in messages:
        if isinstance(message, AIMessage):
            called |= {str(call["id"]) for call in message.tool_calls}
        if isinstance(message, ToolMessage):
            called.discard(message.tool_call_id)
    return frozenset(called)


def tokens_in(message: AnyMessage) -> int:
    """About how many tokens a message is, with what it hands to tools."""
    calls = message.tool_calls if isinstance(message, AIMessage) else []
    return MESSAGE_TOKENS + tokens_of(message.text) + sum(tokens_of(f"{call['name']} {call['args']}") for call in calls)
