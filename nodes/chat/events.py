"""What a door is told of a turn while it goes on."""

from typing import Literal

from core.analysis import Frozen


class TurnEvent(Frozen):
    """That a step or tool begins, an agent is asked, or words of the answer come; `text` are those words.

    Words belong to what agent `name` answers to request `number`: each comes after those before, with what parts them.
    "taken back" is that none of them so far stand, since a model died in the middle. The whole answer replaces them
    all; its sources have other numbers where several agents have answered.
    """

    kind: Literal["step", "agent", "tool", "text", "taken back"]
    name: str = ""
    number: int = 0
    text: str = ""


def unheard(event: TurnEvent) -> None:
    """For who waits for the whole answer."""
