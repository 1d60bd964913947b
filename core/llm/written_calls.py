"""The calls of tools in an answer that comes in pieces: a name first, then its arguments bit by bit."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from langchain_core.messages.tool import ToolCallChunk

from core.llm.port import WrittenCall


@dataclass
class WrittenCalls:
    """Calls as far as they are written, in their order."""

    _names: dict[int, str] = field(default_factory=dict)
    _arguments: dict[int, str] = field(default_factory=dict)

    def add(self, pieces: Iterable[ToolCallChunk]) -> None:
        """Takes the pieces of one chunk."""
        for piece in pieces:
            place = self._place(piece)
            self._names[place] = self._names.get(place, "") + (piece["name"] or "")
            self._arguments[place] = self._arguments.get(place, "") + (piece["args"] or "")

    def all(self) -> tuple[WrittenCall, ...]:
        """The calls; one without arguments has the empty object."""
        return tuple(
            WrittenCall(name=name, arguments=self._arguments[place] or "{}")
            for place, name in sorted(self._names.items())
        )

    def _place(self, piece: ToolCallChunk) -> int:
        """Which call a piece is of; a server that does not number them writes one after the other."""
        if piece["index"] is not None:
            return piece["index"]
        return len(self._names) if piece["name"] or not self._names else max(self._names)
