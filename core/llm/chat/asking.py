"""One step of an agent as the request that the pool is asked with."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from langchain_core.messages import BaseMessage

from core.llm.chat.constrained import STEP
from core.llm.chat.history import with_native_calls, with_steps
from core.llm.chat.toolbox import Toolbox
from core.llm.port import Offer

MOST_BOXES: Final = 64
"""Toolboxes that are kept: more than the agents of one house have."""


@dataclass(frozen=True)
class Step:
    """What is sent: a schema or an offer of tools beside the messages, or neither."""

    messages: Sequence[BaseMessage]
    schema: dict[str, Any] | None = None
    offer: Offer | None = None
    name: str = STEP

    @property
    def text(self) -> str:
        """All of the messages, to count them by."""
        return "\n".join(message.text for message in self.messages)


def step_of(messages: Sequence[BaseMessage], toolbox: Toolbox | None, *, native: bool) -> Step:
    """The next step of a conversation with these tools; without any, the model just answers."""
    if native:
        return Step(with_native_calls(messages), offer=None if toolbox is None else toolbox.offer)
    return Step(with_steps(messages, toolbox), None if toolbox is None else toolbox.schema)


@dataclass
class Boxes:
    """Toolboxes by the tools they were made of: an agent binds the same ones before every step."""

    _kept: dict[tuple[object, ...], tuple[Sequence[Any], Toolbox]] = field(default_factory=dict)

    def of(self, tools: Sequence[Any], tool_choice: str | dict[str, Any] | bool | None) -> Toolbox:
        """The toolbox of these tools, made when they are new."""
        key = (repr(tool_choice), *(id(tool) for tool in tools))
        if key not in self._kept:
            while len(self._kept) >= MOST_BOXES:
                self._kept.pop(next(iter(self._kept)))
            # The tools are kept too: the id of one that is gone might be used again.
            self._kept[key] = (tuple(tools), Toolbox.of(tools, tool_choice))
        return self._kept[key][1]
