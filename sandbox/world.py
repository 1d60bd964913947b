"""Reads a data folder: recorded calls, CRM records, Slack's people and channels, and where they stand in time.

calls/*.json            {"extensive": one element of Gong's calls[], "transcript": one of callTranscripts[]}
hubspot/<type>.json     records as HubSpot's API returns them: a list, {"results": [...]} or one record
slack/users.json        as users.list returns them (optional), slack/channels.json likewise
world.json              {"as_of": "YYYY-MM-DD", "calls": {"<call id>": <weeks before today>}} (optional)
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sandbox.dates import moved, weeks_between, weeks_until_ended
from sandbox.reading import (
    WorldError,
    as_items,
    as_object,
    check_list,
    check_number,
    check_record,
    crm_type,
    read_json,
    text_id,
)
from sandbox.store import Document


@dataclass(frozen=True)
class RecordedCall:
    """One call: `extensive` as Gong's calls[] has it, `transcript` as its callTranscripts[] has it, or None."""

    extensive: Document
    transcript: Document | None

    @property
    def id(self) -> str:
        return str(self.extensive["metaData"]["id"])


@dataclass(frozen=True)
class World:
    """Everything in a data folder, its dates moved. `crm` maps a type (contacts, deals, owners, …) to its records.

    `digest` names the folder's content. `notes` says what was left out and why.
    """

    calls: Mapping[str, RecordedCall]
    crm: Mapping[str, tuple[Document, ...]]
    slack_users: tuple[Document, ...]
    slack_channels: tuple[Document, ...]
    digest: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Calendar:
    """Where the recorded data stand in time; without `as_of` nothing is moved."""

    now: datetime
    as_of: date | None = None
    weeks_ago: Mapping[str, int] | None = None

    @property
    def crm_weeks(self) -> int:
        """By how many weeks CRM dates are moved."""
        return 0 if self.as_of is None else weeks_between(self.as_of, self.now.date())

    def call_weeks(self, call: RecordedCall) -> int:
        """By how many weeks a call's own dates are moved."""
        ago = (self.weeks_ago or {}).get(call.id)
        started = _started(call)
        if ago is None or started is None:
            return self.crm_weeks
        ended = started + timedelta(seconds=float(call.extensive["metaData"].get("duration") or 0))
        return weeks_until_ended(ended, ago, self.now)


def load_world(data: Path, now: datetime) -> World:
    """Reads and checks a data folder and moves its dates to `now`; raises WorldError that names file and field."""
    if not (data / "calls").is_dir() and not (data / "hubspot").is_dir():
        raise WorldError(data, "no such data: neither a calls/ nor a hubspot/ folder is in it")
    calls = _calls(data)
    calendar = _calendar(data, calls, now)
    crm, notes = _crm(data, calendar.crm_weeks)
    return World(
        calls={id: _moved_call(call, calendar) for id, call in calls.items()},
        crm=crm,
        slack_users=_listed(data / "slack" / "users.json", "members"),
        slack_channels=_listed(data / "slack" / "channels.json", "channels"),
        digest=folder_digest(data),
        notes=tuple(notes),
    )


def parse_recorded_call(value: Any, source: Path | str) -> RecordedCall:
    """A call in the form of calls/*.json; `source` is named in the WorldError of a wrong one."""
    whole = as_object(value, source, "the file")
    extensive = as_object(whole.get("extensive"), source, "extensive")
    meta = as_object(extensive.get("metaData"), source, "extensive.metaData")
    id = text_id(meta.get("id"), source, "extensive.metaData.id")
    check_number(meta.get("duration"), source, "extensive.metaData.duration")
    check_list(extensive.get("parties"), source, "extensive.parties")
    check_list(extensive.get("context"), source, "extensive.context")
    extensive = {**extensive, "metaData": {**meta, "id": id}}
    if whole.get("transcript") is None:
        return RecordedCall(extensive, None)
    transcript = as_object(whole["transcript"], source, "transcript")
    if text_id(transcript.get("callId") or id, source, "transcript.callId") != id:
        raise WorldError(source, f"is not {id}, the call's own id", "transcript.callId")
    if not isinstance(transcript.get("transcript"), list | None):
        raise WorldError(source, "must be a list of monologues or null", "transcript.transcript")
    return RecordedCall(extensive, {**transcript, "callId": id})


def folder_digest(data: Path) -> str:
    """A hash of every JSON file of the folder, by name and content."""
    digest = hashlib.sha256()
    for path in sorted(data.rglob("*.json")):
        digest.update(f"{path.relative_to(data).as_posix()}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _calls(data: Path) -> dict[str, RecordedCall]:
    calls: dict[str, RecordedCall] = {}
    for path in sorted((data / "calls").glob("*.json")):
        call = parse_recorded_call(read_json(path), path)
        if call.id in calls:
            raise WorldError(path, f"{call.id} is the id of another file's call too", "extensive.metaData.id")
        calls[call.id] = call
    return calls


def _calendar(data: Path, calls: Mapping[str, RecordedCall], now: datetime) -> Calendar:
    path = data / "world.json"
    if not path.exists():
        return Calendar(now)
    world = as_object(read_json(path), path, "the file")
    try:
        as_of = date.fromisoformat(str(world.get("as_of")))
    except ValueError as error:
        raise WorldError(path, 'must be a date like "2026-03-10"', "as_of") from error
    weeks = as_object(world.get("calls") or {}, path, "calls")
    for id, ago in weeks.items():
        if id not in calls:
            raise WorldError(path, "is the id of no call in calls/", f"calls.{id}")
        if not isinstance(ago, int) or isinstance(ago, bool) or ago < 0:
            raise WorldError(path, "must be a whole number of weeks, 0 or more", f"calls.{id}")
    return Calendar(now, as_of, weeks)


def _moved_call(call: RecordedCall, calendar: Calendar) -> RecordedCall:
    """The call with its own dates moved by its weeks, and what Gong knows of the CRM by the CRM's."""
    own = calendar.call_weeks(call)
    crm = calendar.crm_weeks
    meta = call.extensive["metaData"]
    extensive = {**call.extensive, "metaData": {**meta, **{k: moved(meta[k], own) for k in _OWN_DATES if k in meta}}}
    for name in ("context", "parties"):
        if name in extensive:
            extensive[name] = moved(extensive[name], crm)
    return RecordedCall(extensive, call.transcript)


_OWN_DATES = ("started", "scheduled")


def _started(call: RecordedCall) -> datetime | None:
    try:
        started = datetime.fromisoformat(str(call.extensive["metaData"].get("started")))
    except ValueError:  # Gong sends null here at times: such a call stands nowhere in time
        return None
    return started if started.tzinfo else None


def _crm(data: Path, weeks: int) -> tuple[dict[str, tuple[Document, ...]], list[str]]:
    records: dict[str, dict[str, Document]] = {}
    notes: list[str] = []
    for path in sorted((data / "hubspot").rglob("*.json")):
        type = crm_type(path, data / "hubspot")
        if type is None:
            notes.append(f"{path}: no type of record is called that; left out")
            continue
        of_type = records.setdefault(type, {})
        for number, record in enumerate(as_items(read_json(path), path, "results")):
            named_by = "portalId" if type == "account" and "id" not in record else "id"  # account-info sends no id
            record["id"] = text_id(record.get(named_by), path, f"[{number}].{named_by}")
            check_record(type, record, path, f"[{number}]")
            if record["id"] in of_type:
                raise WorldError(path, f"{record['id']} is there twice", f"[{number}].id")
            of_type[record["id"]] = moved(record, weeks)
    return {type: tuple(of_type.values()) for type, of_type in records.items()}, notes


def _listed(path: Path, field: str) -> tuple[Document, ...]:
    return tuple(as_items(read_json(path), path, field)) if path.exists() else ()
