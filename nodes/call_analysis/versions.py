"""By which analysts a call is to be read, and whether what is stored of it was made by just these.

The same provenance gives the same analysis, so only what differs in it is a reason to read a call again.
"""

import asyncio
from dataclasses import dataclass
from typing import Literal, Self

from core.analysis import CallAnalysis, Provenance
from core.calls import Call, Transcript
from core.fingerprint import input_hash_of
from nodes.context import Analyst, Context, ModelAnalyst

Reason = Literal["analyst", "model", "prompt", "input"]
"""What is not as it was when an analysis was made. One that still awaits the model counts as of another model."""


@dataclass(frozen=True)
class Analysts:
    """Who reads a call: always the extractive analyst, then the model's, where one is set up."""

    extractive: Analyst
    model: ModelAnalyst | None = None

    @classmethod
    def of(cls, context: Context) -> Self:
        """The analysts that the composition root set up."""
        return cls(context.analyst, context.model_analyst)

    def wanted(self, call: Call, transcript: Transcript) -> Provenance:
        """The provenance of what these analysts make of this call."""
        alone = self._alone(call, transcript)
        if self.model is None:
            return alone
        return alone.model_copy(update={"model": self.model.model, "prompt_version": self.model.prompt_version})

    async def extract(self, call: Call, transcript: Transcript) -> CallAnalysis:
        """What the extractive analyst finds, in a thread since that is work for a processor."""
        found = await asyncio.to_thread(self.extractive.analyse, call, transcript)
        return found.model_copy(update={"provenance": self._alone(call, transcript)})

    async def judge(self, call: Call, transcript: Transcript, extracted: CallAnalysis) -> CallAnalysis:
        """What the model makes of it. Only with a model; raises what ModelAnalyst raises."""
        if self.model is None:
            return extracted
        judged = await self.model.analyse(call, transcript, extracted)
        return judged.model_copy(update={"provenance": self.wanted(call, transcript), "awaits_model": False})

    def _alone(self, call: Call, transcript: Transcript) -> Provenance:
        name = f"{self.extractive.name}/{self.extractive.version}"
        return Provenance(analyst=name, input_hash=input_hash_of(call, transcript))


def reasons_against(stored: CallAnalysis, wanted: Provenance) -> tuple[Reason, ...]:
    """Why the stored analysis is not the wanted one; empty when there is nothing to make anew.

    One that was stored without its provenance was made by an older Sophia, so by another analyst.
    """
    made = stored.provenance
    if made is None:
        return ("analyst",)
    differing: dict[Reason, bool] = {
        "analyst": made.analyst != wanted.analyst,
        "model": made.model != wanted.model or stored.awaits_model,
        "prompt": made.prompt_version != wanted.prompt_version and None not in (made.model, wanted.model),
        "input": made.input_hash != wanted.input_hash,
    }
    return tuple(reason for reason, differs in differing.items() if differs)
