"""The tools that a model may call in one step: how they are offered to it, and its calls checked by code.

A call of a tool that is not among them cannot be written where a server holds to the schema, and is refused here where
one does not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from core.errors import ConfigurationError
from core.llm.chat.constrained import instructions_of, schema_of
from core.llm.chat.tools import NO_TOOL, OfferedTool, WrongArguments
from core.llm.port import Offer


@dataclass(frozen=True, eq=False)
class Toolbox:
    """The tools of an agent, of which `allowed` may be called in this step; `may_answer` is whether it may also not.

    `choice` is what the endpoint's own tools API is told of that.
    """

    tools: tuple[OfferedTool, ...]
    allowed: tuple[str, ...]
    may_answer: bool
    choice: str | dict[str, Any] = "auto"

    @classmethod
    def of(cls, tools: Sequence[Any], tool_choice: str | dict[str, Any] | bool | None = None) -> "Toolbox":
        """From LangChain's tools and `tool_choice`: a name, "any" or "required", "none", or None for free choice."""
        offered = tuple(OfferedTool.of(tool) for tool in tools)
        names = tuple(tool.name for tool in offered)
        if len(set(names)) != len(names):
            raise ConfigurationError("two tools have one name", next_step="Give each tool a name of its own.")
        chosen = tool_choice["function"]["name"] if isinstance(tool_choice, dict) else tool_choice
        if chosen in (None, "auto", False):
            return cls(offered, names, may_answer=True)
        if chosen == NO_TOOL:
            return cls(offered, (), may_answer=True, choice="none")
        if chosen in ("any", "required", True):
            return cls(offered, names, may_answer=False, choice="required")
        if chosen not in names:
            raise ConfigurationError(f"the tool {chosen} was chosen and is not among {', '.join(names)}")
        return cls(offered, (str(chosen),), False, {"type": "function", "function": {"name": chosen}})

    @cached_property
    def offer(self) -> Offer:
        """All of it for the endpoint's own tools API."""
        return Offer(tools=tuple(tool.function for tool in self.tools), choice=self.choice)

    @cached_property
    def schema(self) -> dict[str, Any]:
        """The JSON Schema of one step."""
        return schema_of([tool for tool in self.tools if tool.name in self.allowed], may_answer=self.may_answer)

    @cached_property
    def instructions(self) -> str:
        """What a model is told of all its tools, whichever it may call in this step: always the same beginning."""
        return instructions_of(self.tools)

    def named(self, name: str) -> OfferedTool | None:
        """The tool of this name, whether it may be called in this step or not."""
        return next((tool for tool in self.tools if tool.name == name), None)

    def arguments(self, name: str, value: Any) -> dict[str, Any]:
        """The checked arguments of a call; raises WrongArguments also for a tool that may not be called."""
        tool = self.named(name)
        if tool is None or name not in self.allowed:
            raise WrongArguments(f"there is no such tool here; there are {', '.join(self.allowed) or 'none'}")
        return tool.arguments(value)
