"""The labels that people gave to calls, as typed values; what each kind means is in LABELS.md beside this file.

`labels/<call id>.json` holds `{"corpus", "started", "gold"}` for a call of `sandbox/data/calls`. Due dates in `gold`
are resolved against `started`, the day the call was first held. A call that the sandbox has moved to another day
needs its labels moved along: `label.moved_to(day)`.
"""

from datetime import date, timedelta
from pathlib import Path
from typing import Literal

from core.analysis import Direction, Frozen, Kind, SentenceRef, Severity

FOLDER = Path(__file__).parent / "labels"


class GoldItem(Frozen):
    """One labelled finding; `due_also_ok` are other fair readings of `due`, `withdrawn_at` is where it was undone."""

    kind: Kind
    text: str
    evidence: tuple[SentenceRef, ...]
    speaker: str | None
    owner: str | None
    due: date | None
    due_also_ok: tuple[date, ...] = ()
    withdrawn: bool
    withdrawn_at: tuple[SentenceRef, ...] = ()
    severity: Severity | None

    def moved(self, by: timedelta) -> "GoldItem":
        """The same item with its due dates `by` later."""
        return self.model_copy(
            update={
                "due": None if self.due is None else self.due + by,
                "due_also_ok": tuple(day + by for day in self.due_also_ok),
            }
        )


class Distractor(Frozen):
    """A sentence that looks like an item of a kind and is none."""

    text: str
    why_not: str
    at: SentenceRef
    looks_like: Kind


class GoldRecords(Frozen):
    """The CRM records the call belongs to; an ambiguous call has several candidates and no deal."""

    deal_id: str | None
    ambiguous: bool
    candidate_deal_ids: tuple[str, ...] = ()
    contact_emails: tuple[str, ...]


class Gold(Frozen):
    """Everything labelled in one call. `injection` are sentences that read like orders to software."""

    summary: str
    sentiment: Literal["positive", "neutral", "negative", "mixed"]
    items: tuple[GoldItem, ...]
    deal_stage_direction: Direction
    crm: GoldRecords
    distractors: tuple[Distractor, ...]
    injection: tuple[SentenceRef, ...]


class Label(Frozen):
    """The labels of one call: `corpus` is its number in the corpus, `started` the day the due dates count from."""

    corpus: str
    started: date
    gold: Gold

    def moved_to(self, started: date) -> "Label":
        """The labels of the same call held on another day; every due date moves by the same number of days."""
        by = started - self.started
        items = tuple(item.moved(by) for item in self.gold.items)
        return self.model_copy(update={"started": started, "gold": self.gold.model_copy(update={"items": items})})


def read_labels(folder: Path = FOLDER) -> dict[str, Label]:
    """The labels in `folder`, by call id."""
    return {path.stem: Label.model_validate_json(path.read_bytes()) for path in sorted(folder.glob("*.json"))}
