"""The words that a model is asked with: files in nodes/prompts/, and the version that their content gives them."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from nodes.call_analysis.judging.answers import SUMMARY_SCHEMA, WINDOW_SCHEMA

FOLDER = Path(__file__).parents[2] / "prompts"
VERSION_LENGTH = 12
"""Characters of the version: enough that two of them never meet by chance."""


@dataclass(frozen=True)
class Prompts:
    """The instructions for judging a window and for summing up a call."""

    window: str
    summary: str

    @property
    def version(self) -> str:
        """Changes with every change of the instructions or of the form of the answer, and with nothing else."""
        content = json.dumps([self.window, self.summary, WINDOW_SCHEMA, SUMMARY_SCHEMA], ensure_ascii=False)
        return hashlib.sha256(content.encode()).hexdigest()[:VERSION_LENGTH]


def load_prompts(folder: Path = FOLDER) -> Prompts:
    """The prompts of the files."""
    return Prompts(
        window=(folder / "judge_call.md").read_text(encoding="utf-8"),
        summary=(folder / "summarise_call.md").read_text(encoding="utf-8"),
    )
