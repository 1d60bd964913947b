"""What a call that was analysed anew brings that nobody was told yet, and matters: it goes into the message's thread.

That is a promise of our own people, a grave risk, and a task whose promise the call does not hold any more: the task is
left to the person who has it by now.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from core.analysis import CallAnalysis, Finding, Frozen, Kind
from memory.ledger import Effect, EffectStatus
from nodes.crm_sync.past import Past
from nodes.heard import Heard, heard, matches, transcript_of
from nodes.notification.posting import OPEN
from nodes.sure import sure
from nodes.task_past import heard_of, task_rows

TOLD: Final = "told"
"""Under which a message's payload holds what it told of."""
GRAVE: Final = "high"
GONE = "is not in the call any more"
WITHDRAWN = "was taken back in the call"


class Told(Frozen):
    """What people know by a message: promises, grave risks, and tasks (by their keys) that rest on nothing any more."""

    promises: tuple[Heard, ...] = ()
    risks: tuple[Heard, ...] = ()
    tasks: tuple[str, ...] = ()


@dataclass(frozen=True)
class News:
    """What is to be told: findings, and tasks with what became of their promise."""

    promises: Sequence[Finding] = ()
    risks: Sequence[Finding] = ()
    tasks: Sequence[tuple[Effect, str]] = ()

    def __bool__(self) -> bool:
        return bool(self.promises or self.risks or self.tasks)

    def told(self, analysis: CallAnalysis) -> Told:
        """What people know once they have read this."""
        transcript = transcript_of(analysis)
        return Told(
            promises=tuple(heard(finding, transcript) for finding in self.promises),
            risks=tuple(heard(finding, transcript) for finding in self.risks),
            tasks=tuple(effect.key for effect, _ in self.tasks),
        )


def told_in(analysis: CallAnalysis) -> Told:
    """What people know once they have read the message about this analysis."""
    return News(_promises(analysis), _grave_risks(analysis)).told(analysis)


def news_of(analysis: CallAnalysis, past: Past, messages: Iterable[Effect]) -> News:
    """What nobody has been told by these messages. One from before it was remembered what a message told, told all."""
    sent = [row for row in messages if row.status not in OPEN]
    known = [Told.model_validate(row.payload.get(TOLD) or told_in(analysis).model_dump()) for row in sent]
    tasks = {key for told in known for key in told.tasks}
    return News(
        promises=_new(_promises(analysis), [each for told in known for each in told.promises], analysis),
        risks=_new(_grave_risks(analysis), [each for told in known for each in told.risks], analysis),
        tasks=[(row, why) for row, why in _left_alone(analysis, past) if row.key not in tasks],
    )


def _promises(analysis: CallAnalysis) -> Sequence[Finding]:
    return [step for step in sure(analysis, Kind.NEXT_STEP) if step.ours]


def _grave_risks(analysis: CallAnalysis) -> Sequence[Finding]:
    return [risk for risk in sure(analysis, Kind.RISK) if risk.severity == GRAVE]


def _new(findings: Sequence[Finding], known: Sequence[Heard], analysis: CallAnalysis) -> Sequence[Finding]:
    transcript = transcript_of(analysis)
    matched = matches(known, [heard(finding, transcript) for finding in findings])
    return [finding for at, finding in enumerate(findings) if at not in matched]


def _left_alone(analysis: CallAnalysis, past: Past) -> Iterator[tuple[Effect, str]]:
    """Tasks that were made of what is no promise any more; one that is still possible speaks for its task."""
    made = [row for row in task_rows(past) if row.status is EffectStatus.CONFIRMED]
    steps, transcript = analysis.of(Kind.NEXT_STEP), transcript_of(analysis)
    standing = [heard(step, transcript) for step in steps if not step.withdrawn]
    withdrawn = [heard(step, transcript) for step in steps if step.withdrawn]
    before = [heard_of(row) for row in made]
    spoken_for, taken_back = _matched(before, standing), _matched(before, withdrawn)
    for at, row in enumerate(made):
        if at not in spoken_for:
            yield row, WITHDRAWN if at in taken_back else GONE


def _matched(before: Sequence[Heard], now: Sequence[Heard]) -> frozenset[int]:
    return frozenset(matches(before, now).values())
