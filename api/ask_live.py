"""What is seen of a turn on a terminal while it goes on: who is at work, and the answer's words as they come.

It stands at the end of the terminal and vanishes with the answer, which is printed in its place: so no word is left of
what did not stand in the end, and the sources have the numbers of the whole answer.
"""

from typing import Final

from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from api.terminal import plain
from nodes.chat.events import TurnEvent

TIMES_A_SECOND: Final = 10
ROWS_LEFT: Final = 3
"""Rows of the terminal beside the words: what is higher than the terminal could not be taken away again."""


class LiveRegion:
    """Hears of one turn and shows it until it is closed."""

    def __init__(self, console: Console) -> None:
        self._spinner = Spinner("dots", Text("Thinking …"))
        self._told: dict[tuple[int, str], str] = {}
        self._shown = ""
        """Drawn by a thread of its own, which must not find the texts half changed."""
        self._live = Live(self, console=console, transient=True, refresh_per_second=TIMES_A_SECOND)
        self._live.start()

    def hear(self, event: TurnEvent) -> None:
        """What goes on, in a word, and the words of each agent below it."""
        if event.kind in ("agent", "tool"):
            self._spinner.update(text=Text(f"{plain(event.name).replace('_', ' ')} …"))
        elif event.kind in ("text", "taken back"):
            key = (event.number, event.name)
            self._told[key] = self._told.get(key, "") + event.text if event.kind == "text" else ""
            self._shown = "\n\n".join(text for _, text in sorted(self._told.items()) if text)

    def close(self) -> None:
        """Takes all of it away."""
        self._live.stop()

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield self._spinner
        rows = Text(plain(self._shown)).wrap(console, options.max_width)
        yield Text("\n").join(rows[-max(1, console.height - ROWS_LEFT) :])
