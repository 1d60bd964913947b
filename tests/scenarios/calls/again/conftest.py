"""Acme's call after its first run, and what makes its analysis another: a better analyst, a corrected transcript."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from core.analysis import CallAnalysis, Finding
from core.calls import Call, Transcript
from nodes.context import Analyst
from nodes.state import CallOutcome

Change = Callable[[CallAnalysis], CallAnalysis]


@dataclass(frozen=True)
class Better:
    """The scripted analyst in a later version, which sees some things otherwise."""

    analyst: Analyst
    version: str
    change: Change
    name: str = "scripted"

    def analyse(self, call: Call, transcript: Transcript) -> CallAnalysis:
        return self.change(self.analyst.analyse(call, transcript))


@dataclass
class Anew:
    """The call analysed anew, over the house."""

    house: Any
    analyst: Analyst
    versions: int = 1

    async def run(self, change: Change = lambda analysis: analysis) -> CallOutcome:
        """Runs the call again with what an analyst finds by now."""
        self.use(change)
        outcome: CallOutcome = await self.house.run("9001", again=True)
        return outcome

    def use(self, change: Change) -> None:
        """From now on the analyst finds this."""
        self.versions += 1
        self.house.context = self.house.but(analyst=Better(self.analyst, str(self.versions), change))

    async def correct(self, said: Sequence[tuple[str, str]]) -> None:
        """Gong's transcript is another one by now, and has been fetched."""
        self.house.appear("9001", said, deals=["301"], companies=["101"])
        calls, records = self.house.context.calls, self.house.context.records
        call = (await calls.calls(["9001"]))["9001"]
        await records.calls.save(call, (await calls.transcripts(["9001"]))["9001"])

    def card(self) -> dict[str, Any]:
        """The message about the call in the channel."""
        (card,) = [message for message in self._in_channel() if "thread_ts" not in message]
        return card

    def thread(self) -> list[str]:
        """What stands in the thread under it, oldest first."""
        return [str(message["blocks"]) for message in self._in_channel() if "thread_ts" in message]

    def _in_channel(self) -> list[dict[str, Any]]:
        return [message for message in self.house.messages() if message["channel"] == self.house.channel()]


def summed_up(summary: str) -> Change:
    """The same with another summary."""
    return lambda analysis: analysis.model_copy(update={"summary": summary})


def each(change: Callable[[Finding], Finding]) -> Change:
    """The same with every finding changed so."""
    return lambda analysis: analysis.model_copy(update={"items": tuple(map(change, analysis.items))})


def without(*quotes: str) -> Change:
    """The same without the findings of these quotes."""

    def change(analysis: CallAnalysis) -> CallAnalysis:
        kept = tuple(item for item in analysis.items if item.quote not in quotes)
        return analysis.model_copy(update={"items": kept})

    return change


@pytest.fixture
async def anew(world: Any, open_house: Any, scripted: Analyst) -> Anew:
    """The house after Acme's call."""
    world.add_call("9001", deals=["301"], companies=["101"])
    house = await open_house()
    await house.run("9001")
    return Anew(house, scripted)
