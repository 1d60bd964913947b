"""The model analyst: a call read by the owner's language model, and every word of it held against the transcript.

The steps: cut the call into windows that fit the model's context (windows.py), have the model judge each, side by side
(reading.py), prove what it says sentence by sentence (ground.py, grounding.py, claims.py), put what several windows and
the extractive analyst found together (merging.py, by the rule of agreement.py), and sum it all up (summarising.py).

The transcript is data. Whatever is said on a call, the model can only pick numbers and values of fixed lists and word
short texts (answers.py); quotes, people, days and amounts are code's. What cannot be proved is dropped and counted.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass

import structlog

from core.analysis import CallAnalysis
from core.calls import Call, Transcript
from core.errors import ConfigurationError, Rejected, Unavailable
from core.llm import LanguageModel, Role
from core.settings import Settings
from nodes.call_analysis.extractive.dialogue import Dialogue, lay_flat
from nodes.call_analysis.judging.agreement import Agreement
from nodes.call_analysis.judging.budget import SERVICE, Budget
from nodes.call_analysis.judging.candidates import candidates_of
from nodes.call_analysis.judging.collecting import Collected, collected, order_findings, orders_in
from nodes.call_analysis.judging.composing import composed, notes_on
from nodes.call_analysis.judging.ground import Ground
from nodes.call_analysis.judging.inquiry import Inquiry
from nodes.call_analysis.judging.people import Roster
from nodes.call_analysis.judging.prompts import Prompts, load_prompts
from nodes.call_analysis.judging.reading import Part, Reader
from nodes.call_analysis.judging.reading import least_context as least_for
from nodes.call_analysis.judging.summarising import Summariser

NO_ROOM = "its context is too small to judge calls"
NO_ANSWER = "no part of the call got an answer that could be used"
MORE_ROOM = "Serve the model with 8192 tokens of context or more, and set SOPHIA_MODEL_CONTEXT to that."
MORE_SECONDS = "Serve the model on faster or more machines, or raise SOPHIA_MODEL_CALL_SECONDS."
CHECK = "`sophia model check` shows what the model servers can do."

log = structlog.get_logger(__name__)


def least_context() -> int:
    """Tokens of context below which a model is of no use for calls, with the prompts as they are."""
    return least_for(load_prompts().window)


@dataclass(frozen=True)
class Allowance:
    """What judging one call may take.

    `seconds` and `tokens` (0: no limit) are for the whole call. `window_tokens` is the most a window may have however
    much the context holds, for models overlook more the longer the text; `answer_tokens` the most of one answer.
    """

    seconds: float = 480
    tokens: int = 400_000
    window_tokens: int = 6_000
    answer_tokens: int = 4_000

    @classmethod
    def from_settings(cls, settings: Settings) -> "Allowance":
        return cls(settings.model_call_seconds, settings.model_call_tokens, settings.model_window_tokens)


class JudgingAnalyst:
    """Judges calls with a language model, starting from what the extractive analyst found.

    `model` and `prompt_version` say what it judges with: the same two and the same call give the same request, and the
    same answers the same analysis. `agreement` is by which rule it is believed.
    """

    def __init__(
        self,
        model: LanguageModel,
        allowance: Allowance | None = None,
        prompts: Prompts | None = None,
        agreement: Agreement | None = None,
    ) -> None:
        self._language_model = model
        self._allowance = allowance or Allowance()
        self._prompts = prompts or load_prompts()
        self._agreement = agreement or Agreement()
        self.model = model.name(Role.DEEP)
        self.prompt_version = self._prompts.version + self._agreement.version

    async def analyse(self, call: Call, transcript: Transcript, extracted: CallAnalysis) -> CallAnalysis:
        """The analysis by both analysts; `extracted` itself when nothing was said on the call.

        Raises Unavailable when no model answered or the call would take more than it may; Unauthorized or Rejected
        when the model does not take such requests, or no part of the call got an answer that could be used; and
        ConfigurationError when its context is too small for this call, which no other try changes.
        """
        dialogue = lay_flat(call, transcript)
        if not dialogue.lines:
            return extracted
        seconds = self._allowance.seconds
        try:
            async with asyncio.timeout(seconds):
                return await self._judged(dialogue, extracted)
        except TimeoutError as error:
            message = f"judging the call took more than {seconds:g} seconds"
            raise Unavailable(SERVICE, message, next_step=MORE_SECONDS) from error

    async def _judged(self, dialogue: Dialogue, extracted: CallAnalysis) -> CallAnalysis:
        roster, budget = Roster(dialogue), Budget(self._allowance.tokens)
        inquiry = Inquiry(self._language_model, budget, self._allowance.answer_tokens)
        reader = Reader(inquiry, self._prompts.window, dialogue, roster, self._allowance.window_tokens)
        windows = reader.windows(candidates_of(extracted, dialogue))
        if not windows:
            raise ConfigurationError(f"{SERVICE}: {NO_ROOM}", next_step=MORE_ROOM)
        parts = await reader.read(windows)
        if not any(part.judgement for part in parts):
            raise Rejected(SERVICE, NO_ANSWER, next_step=CHECK)
        found, ground = _proved(parts, extracted, dialogue, roster)
        summariser = Summariser(inquiry, self._prompts.summary, ground)
        whole = await summariser.whole(found.views)
        found.reasons.update(summariser.reasons)
        notes = notes_on(parts, whole, extracted, dialogue)
        analysis = composed(extracted, found, whole, dialogue, notes, self._agreement)
        _tell(analysis, found, parts, budget)
        return analysis


def _proved(
    parts: tuple[Part, ...], extracted: CallAnalysis, dialogue: Dialogue, roster: Roster
) -> tuple[Collected, Ground]:
    known = frozenset(ref for item in extracted.items if item.order for ref in item.evidence)
    new = orders_in(parts, dialogue) - known
    ground = Ground(dialogue, roster, known | new, english=extracted.language in (None, "en"))
    found = collected(parts, ground)
    found.items += order_findings(new, dialogue)
    return found, ground


def _tell(analysis: CallAnalysis, found: Collected, parts: tuple[Part, ...], budget: Budget) -> None:
    """Logs what was made of the answers, by reason, without a word of the call."""
    corrected = Counter(correction for judged in found.items for correction in judged.corrections)
    corrected.update(correction for judged in found.fields for correction in judged.corrections)
    log.info(
        "judging.judged",
        call=analysis.call_id,
        windows=len(parts),
        left_out=sum(part.judgement is None for part in parts),
        findings=len(analysis.items),
        rejected=sum(word == "rejects" for word in found.rulings.values()),
        dropped={reason.value: count for reason, count in sorted(found.reasons.items()) if count},
        corrected={correction.value: count for correction, count in sorted(corrected.items())},
        tokens=budget.spent,
    )
