"""A tool as a model may call it, and the arguments of its calls checked by code.

Whatever a server promised, arguments that break the tool's own schema are refused here. Problems name the rule that
was broken and never quote the value, which may hold a customer's words.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from langchain_core.utils.function_calling import convert_to_openai_tool

from core.errors import ConfigurationError
from core.llm.chat.inlining import inlined
from core.llm.chat.strict import restored, strict

NO_TOOL: Final = "none"
"""What stands for a tool in a step that answers."""

NO_ARGUMENTS: Final[Mapping[str, Any]] = {"type": "object", "properties": {}}


class WrongArguments(ValueError):
    """Arguments that a tool does not take, or a tool that was not offered; says which rule they break."""


@dataclass(frozen=True, eq=False)
class OfferedTool:
    """One tool: `own` is its own schema of arguments without references."""

    name: str
    description: str
    own: Mapping[str, Any]

    @classmethod
    def of(cls, tool: Any) -> "OfferedTool":
        """From anything LangChain takes for a tool; raises ConfigurationError for what cannot be offered."""
        function = convert_to_openai_tool(tool).get("function")
        if function is None or function["name"] == NO_TOOL:
            raise ConfigurationError("a tool that is no function, or named none, cannot be offered to a model")
        own = inlined(function.get("parameters") or NO_ARGUMENTS, f"the tool {function['name']}")
        return cls(function["name"], " ".join(function.get("description", "").split()), own)

    @cached_property
    def parameters(self) -> dict[str, Any]:
        """The strict schema of its arguments."""
        return strict(self.own, f"the tool {self.name}")

    @property
    def function(self) -> dict[str, Any]:
        """It as OpenAI's tools API has it."""
        about = {"name": self.name, "description": self.description, "parameters": self.parameters, "strict": True}
        return {"type": "function", "function": about}

    def arguments(self, value: Any) -> dict[str, Any]:
        """What was written for its arguments, as it takes them; raises WrongArguments."""
        if not isinstance(value, dict) or not _sendable(value):
            raise WrongArguments(f"the arguments of {self.name} are no JSON object")
        given: dict[str, Any] = restored(value, self.own)
        if problem := self._problem(given):
            raise WrongArguments(f"{self.name}: {problem}")
        return given

    def _problem(self, given: dict[str, Any]) -> str | None:
        unknown = [name for name in given if name not in self.own.get("properties", {})]
        if unknown:
            return f"it takes {', '.join(self.own.get('properties', {})) or 'no arguments'} and nothing else"
        from jsonschema.exceptions import best_match

        worst = best_match(self._validator.iter_errors(given))
        if worst is None:
            return None
        place = ".".join(str(part) for part in worst.absolute_path if isinstance(part, int) or self._knows(part))
        rule = json.dumps(worst.validator_value, ensure_ascii=False)
        return f"{place or 'its arguments'} must hold to {worst.validator}: {rule[:300]}"

    def _knows(self, part: str | int) -> bool:
        return f'"{part}"' in json.dumps(self.own, ensure_ascii=False)

    @cached_property
    def _validator(self) -> Any:
        from jsonschema import Draft202012Validator  # only where a model is in use

        return Draft202012Validator(self.own)


def _sendable(value: dict[str, Any]) -> bool:
    """Whether it can be stored and sent: half of a character, or NaN, cannot."""
    try:
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except ValueError:
        return False
    return True
