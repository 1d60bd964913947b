"""The one schema of a step: whatever it admits is a call of a tool that was offered, with arguments that it takes."""

import json
from datetime import date
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from langchain_core.tools import StructuredTool
from pydantic import BaseModel, Field, create_model

from core.errors import ConfigurationError
from core.llm.chat.constrained import example_of
from core.llm.chat.strict import written
from core.llm.chat.toolbox import Toolbox
from core.llm.chat.tools import OfferedTool, WrongArguments


class Money(BaseModel):
    amount: int = Field(ge=0, le=10_000_000)
    currency: Literal["EUR", "USD"] = "EUR"


class Wanted(BaseModel):
    """Arguments of every kind."""

    company: str = Field(min_length=1, max_length=40, description="its name")
    least: Money | None = Field(None, description="the least amount")
    also: list[Money] = []
    closing: date | None = None
    by: Literal["owner", "stage"] | int = "owner"
    top: int = Field(5, ge=1, le=20)
    nothing: str | None


def a_tool(arguments: type[BaseModel] | dict[str, Any], name: str = "look") -> StructuredTool:
    async def look(**given: Any) -> str:
        return str(given)

    return StructuredTool(name=name, description="Looks.", args_schema=arguments, coroutine=look)


def admitted(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """What a server that holds to the schema may write."""
    if "const" in schema:
        return st.just(schema["const"])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "anyOf" in schema:
        return st.one_of([admitted(branch) for branch in schema["anyOf"]])
    if schema["type"] == "object":
        assert schema["required"] == list(schema["properties"]) and schema["additionalProperties"] is False
        return st.fixed_dictionaries({name: admitted(inner) for name, inner in schema["properties"].items()})
    if schema["type"] == "array":
        return st.lists(admitted(schema["items"]), min_size=schema.get("minItems", 0), max_size=3)
    return plain(schema)


def plain(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    if schema.get("format") == "date":
        return st.dates().map(date.isoformat)
    return {
        "string": st.text(min_size=schema.get("minLength", 0), max_size=min(schema.get("maxLength", 9), 9)),
        "integer": st.integers(schema.get("minimum"), schema.get("maximum")),
        "number": st.floats(allow_nan=False, allow_infinity=False),
        "boolean": st.booleans(),
        "null": st.none(),
    }[schema["type"]]


ANNOTATIONS = st.recursive(
    st.sampled_from([str, int, float, bool, date, Literal["a", "b"], Literal["b", 3], Money]),
    lambda inner: st.one_of(
        inner.map(lambda kind: list[kind]),  # type: ignore[valid-type]
        inner.map(lambda kind: kind | None),
        st.lists(st.tuples(inner, st.booleans()), min_size=1, max_size=3).map(lambda kinds: of_kinds(kinds)),
    ),
    max_leaves=4,
)


def of_kinds(kinds: list[tuple[Any, bool]]) -> type[BaseModel]:
    """A model with an argument of each kind, needed or not."""
    fields: dict[str, Any] = {
        f"part_{place}": (kind, ...) if needed else (kind | None, None) for place, (kind, needed) in enumerate(kinds)
    }
    return create_model("Made", **fields)


@settings(max_examples=80, deadline=None)
@given(st.data(), st.lists(st.tuples(ANNOTATIONS, st.booleans()), max_size=4))
def test_every_admitted_step_is_a_call_that_the_tool_takes(data: st.DataObject, kinds: list[tuple[Any, bool]]) -> None:
    arguments = of_kinds(kinds)
    toolbox = Toolbox.of([a_tool(arguments), a_tool(Wanted, "other")])
    step = data.draw(admitted(toolbox.schema))
    assert Draft202012Validator(toolbox.schema).is_valid(step)
    if step["tool"] == "none":
        assert isinstance(step["answer"], str)
        return
    given = toolbox.arguments(step["tool"], step["arguments"])
    (arguments if step["tool"] == "look" else Wanted).model_validate(given)
    assert written(given, toolbox.named(step["tool"]).own) == step["arguments"]  # type: ignore[union-attr]


def test_what_is_optional_is_written_as_null_and_left_out_for_the_tool() -> None:
    tool = OfferedTool.of(a_tool(Wanted))
    assert tool.parameters["required"] == ["company", "least", "also", "closing", "by", "top", "nothing"]
    told = {"company": "Acme", "least": {"amount": 5, "currency": None}, "also": None, "closing": None, "by": None}
    given = tool.arguments(told | {"top": None, "nothing": None})
    assert given == {"company": "Acme", "least": {"amount": 5}, "nothing": None}
    assert Wanted.model_validate(given).top == 5


def test_the_schema_that_is_sent_has_no_references_defaults_or_patterns() -> None:
    sent = json.dumps(Toolbox.of([a_tool(Wanted)]).schema)
    assert not any(word in sent for word in ("$ref", "$defs", "default", "pattern", "description"))


def test_references_of_a_schema_that_came_from_elsewhere_are_followed() -> None:
    schema = {
        "type": "object",
        "properties": {"whom": {"$ref": "#/$defs/Person", "description": "who"}},
        "required": ["whom"],
        "$defs": {"Person": {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}},
    }
    tool = OfferedTool.of({"type": "function", "function": {"name": "tell", "description": "", "parameters": schema}})
    assert tool.arguments({"whom": {"name": "Dana"}}) == {"whom": {"name": "Dana"}}
    with pytest.raises(WrongArguments, match="whom must hold to required"):
        tool.arguments({"whom": {}})


RECURSIVE = {"type": "object", "properties": {"a": {"$ref": "#"}}}


@pytest.mark.parametrize(
    "arguments",
    [
        {"type": "object", "properties": {"any": {}}},
        {"type": "object", "additionalProperties": {"type": "string"}},
        {"type": "object", "properties": {"pair": {"type": "array", "prefixItems": [{"type": "string"}]}}},
        {"type": "object", "properties": {"x": {"$ref": "#/$defs/Nobody"}}},
        RECURSIVE,
    ],
    ids=["anything", "a map", "a pair", "a reference to nothing", "itself"],
)
def test_a_tool_whose_arguments_cannot_be_said_strictly_is_refused_when_it_is_bound(arguments: dict[str, Any]) -> None:
    tool = {"type": "function", "function": {"name": "odd", "description": "", "parameters": arguments}}
    with pytest.raises(ConfigurationError, match="the tool odd"):
        _ = OfferedTool.of(tool).parameters


@pytest.mark.parametrize(
    ("written_arguments", "problem"),
    [
        ({"company": "Acme", "top": 50, "nothing": None}, "top must hold to maximum: 20"),
        ({"company": 5, "nothing": None}, 'company must hold to type: "string"'),
        ({"nothing": None}, "must hold to required"),
        ({"company": "Acme", "nothing": None, "owner": "x@evil.com"}, "it takes company, least"),
        ({"company": "\ud83d", "nothing": None}, "no JSON object"),
        ({"company": "Acme", "nothing": None, "by": float("nan")}, "no JSON object"),
        (["Acme"], "no JSON object"),
        (None, "no JSON object"),
    ],
)
def test_wrong_arguments_are_told_by_the_rule_and_never_quoted(written_arguments: Any, problem: str) -> None:
    with pytest.raises(WrongArguments) as wrong:
        Toolbox.of([a_tool(Wanted)]).arguments("look", written_arguments)
    assert problem in str(wrong.value)
    assert "evil" not in str(wrong.value)


@pytest.mark.parametrize(
    ("choice", "tools"),
    [
        (None, ["look", "other", "none"]),
        ("auto", ["look", "other", "none"]),
        ("any", ["look", "other"]),
        ("required", ["look", "other"]),
        (True, ["look", "other"]),
        ("other", ["other"]),
        ({"type": "function", "function": {"name": "look"}}, ["look"]),
        ("none", ["none"]),
    ],
)
def test_the_choice_of_a_tool_narrows_the_schema_and_not_the_instructions(choice: Any, tools: list[str]) -> None:
    offered = [a_tool(Money), a_tool(Money, "other")]
    toolbox = Toolbox.of(offered, choice)
    assert [step["properties"]["tool"]["const"] for step in toolbox.schema["anyOf"]] == tools
    assert toolbox.instructions == Toolbox.of(offered).instructions
    for name in {"look", "other"} - set(tools):
        with pytest.raises(WrongArguments, match="no such tool"):
            toolbox.arguments(name, {"amount": 1, "currency": None})


def test_the_example_in_the_instructions_is_a_call_that_the_schema_admits() -> None:
    toolbox = Toolbox.of([a_tool(Wanted)])
    example = example_of(toolbox.tools[0])
    assert Draft202012Validator(toolbox.schema).is_valid(example)
    assert json.dumps(example) in toolbox.instructions


@pytest.mark.parametrize("choice", ["nobody", {"type": "function", "function": {"name": "nobody"}}])
def test_a_tool_that_is_not_there_cannot_be_chosen(choice: Any) -> None:
    with pytest.raises(ConfigurationError, match="nobody"):
        Toolbox.of([a_tool(Money)], choice)


@pytest.mark.parametrize("names", [("look", "look"), ("none",)])
def test_names_of_tools_are_their_own(names: tuple[str, ...]) -> None:
    with pytest.raises(ConfigurationError):
        Toolbox.of([a_tool(Money, name) for name in names])
