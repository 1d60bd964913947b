"""Coaching figures, counted from the transcript alone: who talked how much, who asked, who went on longest.

Nothing here depends on the language but the question mark, so it holds for a call in any language.
"""

from collections import defaultdict
from collections.abc import Iterator

from core.analysis import TalkStatistics
from nodes.call_analysis.extractive.dialogue import Dialogue, Line

UNNAMED = "Unknown speaker"


def statistics_of(dialogue: Dialogue) -> TalkStatistics:
    """Talk shares by speaker, questions by side and the longest monologue; all empty when nobody spoke."""
    seconds: dict[str, float] = defaultdict(float)
    ours = 0.0
    for line in dialogue.lines:
        seconds[_name(line)] += _seconds(line)
        ours += _seconds(line) if line.side == "seller" else 0.0
    total = sum(seconds.values())
    sided = any(line.side != "unknown" for line in dialogue.lines)
    length, speaker = max(_monologues(dialogue), default=(0.0, None), key=lambda run: run[0])
    return TalkStatistics(
        talk_share={name: round(part / total, 3) for name, part in seconds.items()} if total else {},
        seller_share=round(ours / total, 3) if total and sided else None,
        seller_questions=sum(line.asks for line in dialogue.of_side("seller")),
        customer_questions=sum(line.asks for line in dialogue.of_side("customer")),
        longest_monologue_s=round(length, 1),
        longest_monologue_speaker=speaker,
    )


def _seconds(line: Line) -> float:
    return max(line.end_ms - line.start_ms, 0) / 1000


def _name(line: Line) -> str:
    return line.speaker or UNNAMED


def _monologues(dialogue: Dialogue) -> Iterator[tuple[float, str | None]]:
    """The length in seconds and the speaker of every run of turns by one voice."""
    start: Line | None = None
    previous: Line | None = None
    for line in dialogue.lines:
        if start is None or previous is None or line.speaker_id != start.speaker_id:
            start = line
        previous = line
        yield max(line.end_ms - start.start_ms, 0) / 1000, start.speaker
