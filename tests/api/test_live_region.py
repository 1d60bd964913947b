"""What is seen of a turn on a terminal while it goes on, and what is left of it."""

import io

import pytest
from rich.console import Console

from api.ask_live import LiveRegion
from api.ask_shown import Screen
from nodes.chat.events import TurnEvent, unheard

HEIGHT = 8


def terminal() -> Console:
    return Console(file=io.StringIO(), force_terminal=True, width=60, height=HEIGHT, color_system=None)


def seen(region: LiveRegion) -> str:
    """What the region shows, on a terminal of the same size."""
    console = terminal()
    with console.capture() as captured:
        console.print(region)
    return captured.get()


def told(text: str, name: str = "crm_sync", number: int = 0) -> TurnEvent:
    return TurnEvent(kind="text", name=name, number=number, text=text)


@pytest.fixture
def region() -> LiveRegion:
    made = LiveRegion(terminal())
    made.close()  # without the thread that draws
    return made


def test_who_is_at_work_and_the_words_of_each_are_seen(region: LiveRegion) -> None:
    region.hear(TurnEvent(kind="agent", name="call_analysis"))
    region.hear(TurnEvent(kind="tool", name="search_calls"))
    region.hear(told("Second.", "call_analysis", 1))
    region.hear(told("First [1]."))
    region.hear(told(" More [2]."))
    shown = seen(region)
    assert "search calls …" in shown
    assert shown.index("First [1]. More [2].") < shown.index("Second.")


def test_words_that_do_not_stand_are_no_longer_seen(region: LiveRegion) -> None:
    region.hear(told("It was so [1]."))
    region.hear(told("This stands.", "follow_up"))
    region.hear(TurnEvent(kind="taken back", name="crm_sync"))
    assert "It was so" not in seen(region) and "This stands." in seen(region)


def test_a_long_answer_shows_its_end_and_a_terminal_obeys_none_of_it(region: LiveRegion) -> None:
    region.hear(told("\n".join(f"line {number} [bold]\x1b[2J\x9b1m" for number in range(50))))
    shown = seen(region)
    assert "line 49 [bold]" in shown and "line 10 " not in shown
    assert len(shown.splitlines()) < HEIGHT
    assert not {"\x1b", "\x9b"} & set(shown)


def test_the_region_is_taken_away_when_it_is_closed() -> None:
    console = terminal()
    region = LiveRegion(console)
    region.hear(told("It was so [1]."))
    region.close()
    out = console.file
    assert isinstance(out, io.StringIO)
    drawn, _, after = out.getvalue().rpartition("It was so [1].")
    assert drawn and "\x1b[2K" in after and after.count("\x1b[1A") >= 2
    assert "\x1b[?25h" in after  # the cursor is there again


def test_nobody_hears_where_nobody_watches() -> None:
    assert Screen(quiet=True).tell is unheard
    assert Screen().tell is unheard  # the streams of a test are no terminal
