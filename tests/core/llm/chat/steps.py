"""Two tools, and the steps that a double of a model is scripted with."""

from typing import Any, Literal

from langchain_core.tools import tool


@tool
def find_deals(company: str, stage: Literal["open", "won"] = "open", limit: int | None = None) -> str:
    """Finds deals of a company."""
    return f"{company}: {stage}, {limit} <b>[1]</b>"


@tool
def find_calls(person: str) -> str:
    """Finds calls with a person."""
    return f"a call with {person}"


def a_call(tool: str, **arguments: Any) -> dict[str, Any]:
    return {"tool": tool, "arguments": arguments}


def an_answer(text: str) -> dict[str, Any]:
    return {"tool": "none", "answer": text}
