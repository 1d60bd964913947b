"""`sophia drift`: what people changed in HubSpot after Sophia wrote it, or deleted after Sophia made it."""

import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from rich.table import Table
from rich.text import Text

from api.logs import settings_with_logs
from api.storage import open_records
from api.terminal import results
from core.analysis import Frozen
from memory.drift import WHOLE_RECORD, Drift
from memory.records import Records
from nodes.crm_sync.fields import LABELS
from nodes.showing import shorten

CELL: Final = 60
"""Characters of a value in a table; --json has it whole."""

KEY_SHOWN: Final = 8
"""Digits of an effect's key that `sophia undo` and a person can tell it by."""

FORM: Final = "%Y-%m-%d %H:%M"


class DriftLine(Frozen):
    """One difference: `written` by Sophia, `found` in HubSpot (None is empty), or a `deleted` note or task.

    `record` is type/id, `source` what HubSpot says made the change, `effect` the key of what Sophia did.
    """

    record: str
    record_name: str | None
    field: str
    label: str
    written: str | None
    found: str | None
    deleted: bool
    source: str | None
    noticed_at: datetime
    effect: str


class DriftList(Frozen):
    """Every difference there is now, the first noticed first."""

    drift: tuple[DriftLine, ...]


async def show_drift(*, as_json: bool) -> None:
    """The command: shows every difference there is now."""
    async with open_records(settings_with_logs()) as records:
        found = await drift_list(records)
    if as_json:
        sys.stdout.write(found.model_dump_json(indent=2) + "\n")
    elif found.drift:
        results().print(_table(found.drift))
    else:
        results().print("HubSpot holds what Sophia wrote.")


async def drift_list(records: Records) -> DriftList:
    """The open differences, with the names of their records as far as they are known."""
    drifts = await records.drifts.open()
    names = await _names(records, drifts)
    return DriftList(drift=tuple(_line(drift, names) for drift in drifts))


async def _names(records: Records, drifts: Sequence[Drift]) -> Mapping[tuple[str, str], str | None]:
    names: dict[tuple[str, str], str | None] = {}
    for type in {drift.object_type for drift in drifts}:
        ids = [drift.object_id for drift in drifts if drift.object_type == type]
        known = await records.business_context.get_many(type, ids)
        names |= {(type, id): record.name for id, record in known.items()}
    return names


def _line(drift: Drift, names: Mapping[tuple[str, str], str | None]) -> DriftLine:
    deleted = drift.field == WHOLE_RECORD
    return DriftLine(
        record=f"{drift.object_type}/{drift.object_id}",
        record_name=names.get((drift.object_type, drift.object_id)),
        field=drift.field,
        label="the whole record" if deleted else LABELS.get((drift.object_type, drift.field), drift.field),
        written=drift.written,
        found=drift.found,
        deleted=deleted,
        source=drift.source,
        noticed_at=drift.noticed_at,
        effect=drift.effect_key,
    )


def _table(lines: Sequence[DriftLine]) -> Table:
    table = Table(
        "record", "field", "Sophia wrote", "HubSpot holds", "changed by", "noticed", "effect", highlight=False
    )
    for line in lines:
        found = "deleted" if line.deleted else line.found or "nothing"
        values = (shorten(text, CELL) for text in (_written(line), found))
        noticed = f"{line.noticed_at:{FORM}}"
        cells = (
            line.record_name or line.record,
            line.label,
            *values,
            line.source or "",
            noticed,
            line.effect[:KEY_SHOWN],
        )
        table.add_row(*map(Text, cells))
    return table


def _written(line: DriftLine) -> str:
    """The value, or for a note that it was one: its HTML is nothing for a table."""
    is_note = line.deleted and line.record.startswith("notes/")
    return "a note" if is_note else line.written or "nothing"
