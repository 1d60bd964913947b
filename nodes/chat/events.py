"""What a door is told of a turn while it goes on."""

from typing import Literal

from core.analysis import Frozen


class TurnEvent(Frozen):
    """That a step or tool begins, an agent is asked, or words of the answer come; `text` are those words."""

    kind: Literal["step", "agent", "tool", "text"]
    name: str = ""
    text: str = ""


def unheard(event: TurnEvent) -> None:
    """For who waits for the whole answer."""
