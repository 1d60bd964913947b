"""Calls of tools put together from the pieces of a stream, as different servers cut them."""

import pytest
from langchain_core.messages.tool import ToolCallChunk, tool_call_chunk

from core.llm import WrittenCall
from core.llm.written_calls import WrittenCalls


def piece(name: str | None = None, args: str | None = None, index: int | None = None) -> ToolCallChunk:
    return tool_call_chunk(name=name, args=args, id=None, index=index)


@pytest.mark.parametrize(
    "pieces",
    [
        [piece("one", "", 0), piece(None, '{"a"', 0), piece("two", "{}", 1), piece(None, ": 1}", 0)],
        [piece("one", '{"a": 1}'), piece("two", "{}")],
        [piece("one", '{"a"'), piece(None, ": 1}"), piece("two", None)],
        [piece("two", "{}", 1), piece("one", '{"a": 1}', 0)],
    ],
    ids=["mixed", "whole and not numbered", "not numbered", "in another order"],
)
def test_pieces_of_calls_come_together(pieces: list[ToolCallChunk]) -> None:
    written = WrittenCalls()
    for chunk in pieces:
        written.add([chunk])
    assert written.all() == (WrittenCall(name="one", arguments='{"a": 1}'), WrittenCall(name="two", arguments="{}"))
