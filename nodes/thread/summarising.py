"""The running summary by the model where one is set up; without one, or when it fails, by the sentences themselves.

The model chooses and words; code holds every sentence against the statements it cites, and drops what says more than
they do: a figure, a day, a name or an address that stands in none of them. What room is left tells the sentences that
say most, so that a model that answers little loses little.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Protocol

import structlog
from langchain_core.messages import HumanMessage, SystemMessage
from pydantic import ValidationError

from core.analysis import Frozen
from core.errors import ServiceError, SophiaError
from core.fencing import harmless
from core.llm import LanguageModel, Role
from nodes.call_analysis.judging.claims import Sources, says_more
from nodes.call_analysis.judging.inquiry import fixed_tokens
from nodes.call_analysis.judging.page import LONGEST_SENTENCE, statements_text
from nodes.call_analysis.judging.tokens import tokens_of
from nodes.thread.summary import LONGEST_SUMMARY, PERSON, SOPHIA, Told, folded, told_in
from nodes.thread.turns import ThreadTurn

PROMPT: Final = Path(__file__).parents[1] / "prompts" / "summarise_thread.md"
IN_SHORT: Final = "In short"
"""Who a sentence is ascribed to that the model worded."""

MOST_SENTENCES: Final = 12
MOST_STATEMENTS: Final = 6
LONGEST_WORDED: Final = 260
ANSWER_TOKENS: Final = 900
MODELS_SHARE: Final = 2 / 3
"""Of the summary's length; the rest is for sentences that were said."""

SCHEMA: Final[Mapping[str, Any]] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["sentences"],
    "properties": {
        "sentences": {
            "type": "array",
            "maxItems": MOST_SENTENCES,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["text", "statements"],
                "properties": {
                    "text": {"type": "string", "maxLength": LONGEST_WORDED},
                    "statements": {"type": "array", "maxItems": MOST_STATEMENTS, "items": {"type": "integer"}},
                },
            },
        }
    },
}

log = structlog.get_logger(__name__)


class Summariser(Protocol):
    """Folds turns into a summary."""

    async def fold(self, summary: str, summary_to: int, turns: Sequence[ThreadTurn]) -> str:
        """The summary of what the former one tells, up to turn `summary_to`, and of these turns. Never raises for
        want of a model."""
        ...


class Extractive:
    """The summary of the sentences that tell most."""

    async def fold(self, summary: str, summary_to: int, turns: Sequence[ThreadTurn]) -> str:
        return folded(summary, summary_to, turns)


class Worded(Frozen):
    """A sentence as the model gives it."""

    text: str
    statements: tuple[int, ...]


class ByModel:
    """The summary in a model's words, each held against what was said."""

    def __init__(self, model: LanguageModel, prompt: Path = PROMPT) -> None:
        self._model = model
        self._instructions = prompt.read_text(encoding="utf-8")

    async def fold(self, summary: str, summary_to: int, turns: Sequence[ThreadTurn]) -> str:
        """As Summariser says; the sentences themselves stand in when the model fails or nothing of it holds."""
        statements = statements_of(summary, summary_to, turns)
        worded = _within(await self._worded(statements), int(LONGEST_SUMMARY * MODELS_SHARE))
        rest = folded(summary, summary_to, turns, LONGEST_SUMMARY - sum(len(told.line) + 1 for told in worded))
        said = [told for told in told_in(rest, summary_to) if told.who != IN_SHORT]
        ordered = sorted([*worded, *said] if worded else told_in(rest, summary_to), key=lambda told: told.turn)
        return "\n".join(told.line for told in ordered)

    async def _worded(self, statements: Sequence[Told]) -> list[Told]:
        text = statements_text([f"{told.who}: {told.words}" for told in statements])
        try:
            if not self._has_room(text):
                return []
            answer = await self._model.ask(
                [SystemMessage(self._instructions), HumanMessage(text)],
                role=Role.FAST,
                max_tokens=ANSWER_TOKENS,
                schema=SCHEMA,
                schema_name="thread_summary",
            )
        except SophiaError as error:
            level = log.warning if isinstance(error, ServiceError) else log.error
            level("thread.summary_without_model", detail=str(error), next_step=error.next_step)
            return []
        return grounded(answer.value or {}, statements)

    def _has_room(self, text: str) -> bool:
        needed = fixed_tokens(self._instructions, SCHEMA) + tokens_of(text) + ANSWER_TOKENS
        return needed <= self._model.limits(Role.FAST).context_tokens


def statements_of(summary: str, summary_to: int, turns: Sequence[ThreadTurn]) -> list[Told]:
    """What the model is shown: the lines of the summary, then what each side said in each turn."""
    said = [
        Told(turn.number, who, harmless(text, LONGEST_SENTENCE))
        for turn in turns
        for who, text in ((turn.asked_by or PERSON, turn.asked), (SOPHIA, turn.answered))
        if text
    ]
    return [*(Told(told.turn, told.who or IN_SHORT, told.words) for told in told_in(summary, summary_to)), *said]


def grounded(value: Mapping[str, Any], statements: Sequence[Told]) -> list[Told]:
    """The model's sentences that say no more than the statements they cite, each under the last turn of those."""
    kept: list[Told] = []
    given = value.get("sentences", [])
    for item in given if isinstance(given, list) else ():
        try:
            worded = Worded.model_validate(item)
        except ValidationError:
            continue
        told = _proved(worded, statements)
        if told is not None:
            kept.append(told)
    if dropped := len(given) - len(kept):
        log.info("thread.summary_sentences_dropped", dropped=dropped, kept=len(kept))
    return kept


def _proved(worded: Worded, statements: Sequence[Told]) -> Told | None:
    """The sentence if it is borne out; one number that stands for nothing spoils the rest."""
    if not worded.statements or not all(1 <= number <= len(statements) for number in worded.statements):
        return None
    cited = [statements[number - 1] for number in worded.statements]
    text = harmless(worded.text, LONGEST_WORDED)
    sources = Sources(tuple(told.words for told in cited), tuple(told.who or "" for told in cited))
    if not text or says_more(text, sources):
        return None
    return Told(max(told.turn for told in cited), IN_SHORT, text)


def _within(worded: Sequence[Told], longest: int) -> list[Told]:
    """As many of the sentences as fit, the last ones first: those before them are in the former summary's reach."""
    kept: list[Told] = []
    for told in reversed(worded):
        if longest < len(told.line) + 1:
            break
        longest -= len(told.line) + 1
        kept.append(told)
    return kept[::-1]
