"""The labelled calls and written scenes that the extractive analyst learns from and is measured on.

`corpus/NNN.json` holds `{"corpus", "extensive", "transcript", "gold"}`: a call and its transcript as Gong returns
them, with the labels of LABELS.md; the first digit of the number says who wrote it. `snippets.txt` holds short
scenes written for training only: they widen what the classifiers have heard and are never counted in a measurement.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from core.analysis import Kind
from core.calls import Call, Party, Sentence, Transcript, Turn
from evals.labels import Gold
from nodes.call_analysis.extractive.dialogue import Dialogue, lay_flat
from tools.gong.parse import parse_call, parse_transcript

CORPUS = Path(__file__).parent / "corpus"
SNIPPETS = Path(__file__).parent / "snippets.txt"
SCENES = "scenes"
"""The author group of the snippets."""
_TAGS = {
    "o": Kind.OBJECTION,
    "b": Kind.BUYING_SIGNAL,
    "n": Kind.NEXT_STEP,
    "r": Kind.RISK,
    "q": Kind.QUESTION_OPEN,
    "k": Kind.COACHING,
    "c": Kind.COMPETITOR,
}
_TAGGED = re.compile(r"\s*\{([^}]*)\}\s*$")


@dataclass(frozen=True)
class Labelled:
    """A dialogue with the kinds of each of its lines; `gold` is None for a scene."""

    name: str
    group: str
    dialogue: Dialogue
    kinds: tuple[frozenset[Kind], ...]
    transcript: Transcript
    gold: Gold | None = None


def read_calls(folder: Path = CORPUS) -> tuple[Labelled, ...]:
    """The labelled calls in the order of their numbers."""
    return tuple(_call_from(path) for path in sorted(folder.glob("*.json")))


def _call_from(path: Path) -> Labelled:
    content = json.loads(path.read_text(encoding="utf-8"))
    call, transcript = parse_call(content["extensive"]), parse_transcript(content["transcript"])
    gold = Gold.model_validate(content["gold"])
    dialogue = lay_flat(call, transcript)
    kinds = tuple(frozenset(item.kind for item in gold.items if line.ref in item.evidence) for line in dialogue.lines)
    return Labelled(path.stem, path.stem[:-2], dialogue, kinds, transcript, gold)


def read_scenes(path: Path = SNIPPETS) -> tuple[Labelled, ...]:
    """The written scenes, one for every block of the file."""
    text = "\n".join(line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#"))
    blocks = [block.strip() for block in text.split("\n\n") if block.strip()]
    return tuple(_scene_from(block, number) for number, block in enumerate(blocks))


def _scene_from(block: str, number: int) -> Labelled:
    turns: list[Turn] = []
    kinds: list[frozenset[Kind]] = []
    for row in block.splitlines():
        voice, said = row.split(":", 1)
        parts = said.split("|")
        kinds += [_kinds_of(part) for part in parts]
        sentences = tuple(Sentence(start_ms=0, end_ms=1000, text=_TAGGED.sub("", part).strip()) for part in parts)
        turns.append(Turn(speaker_id=voice.strip(), sentences=sentences))
    parties = tuple(Party(speaker_id=v, affiliation="Internal" if v in "ST" else "External") for v in "STCDE")
    transcript = Transcript(call_id="scene", turns=tuple(turns))
    return Labelled(
        f"scene {number}", SCENES, lay_flat(Call(id="scene", parties=parties), transcript), tuple(kinds), transcript
    )


def _kinds_of(part: str) -> frozenset[Kind]:
    tagged = _TAGGED.search(part)
    return frozenset(_TAGS[tag.strip()] for tag in tagged[1].split(",")) if tagged else frozenset()
