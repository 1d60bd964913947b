"""Worlds to fail in: a few bundled calls, or many of them, each copy with a company, people and a deal of its own.

What a call leaves in the CRM depends on which call of the same deal came last. With a deal for every call the end is
the same in whatever order the calls are worked on.
"""

import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sandbox
from sandbox.server import SandboxServer

Json = dict[str, Any]

BUNDLED = Path(sandbox.__file__).parent / "data"
TODAY = datetime(2026, 11, 20, 12, tzinfo=UTC)
SPEED = 1000.0
"""How fast the services' time runs: their limits and lags take next to none of ours."""

WHOLE_CALL = "3351298813304244839"
"""A call that leaves everything a call can: a note, tasks, properties of contacts and a deal, an approval, messages."""

TYPES = ("companies", "contacts", "deals")


class FixedDay:
    """A clock that stands still, so that every world is moved to the same day."""

    def now(self) -> datetime:
        return TODAY


def open_world(data: Path, state: Path | None = None) -> SandboxServer:
    """The services over a data folder, from a fresh state or the one in this file; to be used with `with`."""
    return SandboxServer(data, state, speed=SPEED, clock=FixedDay())


def settings(server: SandboxServer) -> dict[str, str]:
    """The variables with which a Sophia stands in that world."""
    return server.environment() | {
        "SOPHIA_SERVICE_SPEED": f"{SPEED:g}",
        "SOPHIA_FIXED_CLOCK": TODAY.isoformat(),
        "SOPHIA_LOG_LEVEL": "error",
        "SOPHIA_EMBEDDER": "static",
    }


def few_calls(folder: Path, ids: Sequence[str] = (WHOLE_CALL,)) -> Path:
    """A data folder with these bundled calls and the whole bundled CRM."""
    _copy_crm(folder)
    weeks = _bundled("world.json")["calls"]
    for id in ids:
        shutil.copy(BUNDLED / "calls" / f"{id}.json", folder / "calls")
    _write(folder / "world.json", {**_bundled("world.json"), "calls": {id: weeks[id] for id in ids}})
    return folder


def many_calls(folder: Path, count: int, originals: Sequence[str]) -> Path:
    """A data folder with so many copies of these calls, each about records of its own."""
    _copy_crm(folder)
    weeks = _bundled("world.json")["calls"]
    crm = {type: _results(_bundled(f"hubspot/{type}.json")) for type in TYPES}
    copied: dict[str, list[Json]] = {type: [] for type in TYPES}
    ago: dict[str, int] = {}
    for number in range(count):
        original = originals[number % len(originals)]
        copy = Copy(number, _bundled(f"calls/{original}.json"), crm)
        ago[copy.call_id] = weeks[original]
        _write(folder / "calls" / f"{copy.call_id}.json", copy.call)
        for type, records in copy.records.items():
            copied[type] += records
    for type, records in copied.items():
        _write(folder / "hubspot" / f"{type}.json", {"results": records})
    _write(folder / "world.json", {**_bundled("world.json"), "calls": ago})
    return folder


class Copy:
    """One copy of a call and of the records it is about, under ids and addresses that no other copy has."""

    def __init__(self, number: int, call: Json, crm: Mapping[str, Sequence[Json]]) -> None:
        self._number = number
        self.call_id = f"{10**17 + number}"
        about = set(_named(call))
        picked = {
            type: [record for record in records if (type, record["id"]) in about] for type, records in crm.items()
        }
        ids = {record["id"]: f"{10**9 * (1 + number) + int(record['id'])}" for _, record in _all(picked)}
        ids[call["extensive"]["metaData"]["id"]] = self.call_id
        hosts = {host for _, record in _all(picked) if (host := record["properties"].get("domain"))}
        hosts |= {
            email.rpartition("@")[2] for _, record in _all(picked) if (email := record["properties"].get("email"))
        }
        self._texts = ids | {host: f"copy{number}.{host}" for host in hosts}
        self.call: Json = self._renamed(call)
        self.records: dict[str, list[Json]] = {
            type: [self._renamed(_among(record, ids)) for record in records] for type, records in picked.items()
        }

    def _renamed(self, value: Any) -> Any:
        """The same with every id, host and address in it renamed."""
        if isinstance(value, dict):
            return {name: self._renamed(held) for name, held in value.items()}
        if isinstance(value, list):
            return [self._renamed(held) for held in value]
        if not isinstance(value, str):
            return value
        name, at, host = value.rpartition("@")
        return f"{name}{at}{self._texts.get(host, host)}"


def _named(call: Json) -> Iterable[tuple[str, str]]:
    """The records that Gong names for a call, and people by their own contexts."""
    kinds = {"Company": "companies", "Deal": "deals", "Contact": "contacts"}
    contexts = [*(call["extensive"].get("context") or [])]
    for party in call["extensive"]["parties"]:
        contexts += party.get("context") or []
    for context in contexts:
        for named in context["objects"]:
            if named["objectType"] in kinds:
                yield kinds[named["objectType"]], str(named["objectId"])


def _among(record: Json, ids: Mapping[str, str]) -> Json:
    """The record without its ties to records that are not copied."""
    ties = {
        type: {"results": [tie for tie in tied["results"] if tie["id"] in ids]}
        for type, tied in (record.get("associations") or {}).items()
    }
    return {**record, "associations": {type: tied for type, tied in ties.items() if tied["results"]}}


def _all(records: Mapping[str, Sequence[Json]]) -> Iterable[tuple[str, Json]]:
    return ((type, record) for type, of_type in records.items() for record in of_type)


def _copy_crm(folder: Path) -> None:
    for part in ("hubspot", "slack"):
        shutil.copytree(BUNDLED / part, folder / part)
    (folder / "calls").mkdir()


def _bundled(name: str) -> Any:
    return json.loads((BUNDLED / name).read_text(encoding="utf-8"))


def _results(content: Any) -> list[Json]:
    records: list[Json] = content["results"] if isinstance(content, dict) else content
    return records


def _write(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content), encoding="utf-8")
