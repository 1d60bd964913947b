"""What the page shows, read from the tables of the doubles and held against the data folder they began with."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.frame import Frame
from sandbox.store import Document

RECORDS = ("deals", "contacts", "companies")
STAMPS = frozenset({"hs_object_id", "createdate", "lastmodifieddate", "hs_createdate", "hs_lastmodifieddate"})
"""Properties that HubSpot itself keeps; a change of these tells nobody anything."""


@dataclass(frozen=True)
class Change:
    """A property that is not what the data folder said."""

    name: str
    before: str
    after: str


@dataclass(frozen=True)
class Record:
    """A deal, contact or company. `facts` are what tells it apart, `changes` what was written since."""

    id: str
    title: str
    facts: tuple[str, ...]
    changes: tuple[Change, ...]
    is_new: bool


@dataclass(frozen=True)
class Written:
    """A note or a task: `about` names the records it belongs to."""

    id: str
    title: str
    body: str
    facts: tuple[tuple[str, str], ...]
    about: tuple[str, ...]
    is_new: bool


class View:
    """Reads one frame; made anew for every page."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._given = {type: {record["id"]: record for record in records} for type, records in frame.world.crm.items()}
        self._linked = self._links()
        self._stages = self._stage_names()

    def table(self, name: str) -> Mapping[str, Document]:
        """A table of the store, such as hubspot.deals."""
        return self._frame.store.table(name)

    def records(self, type: str) -> list[Record]:
        """The records of a type that are not archived: new and changed ones first."""
        found = [self._record(type, record) for record in self._standing(type)]
        return sorted(found, key=lambda record: (not record.is_new, not record.changes, record.title.lower()))

    def notes(self) -> list[Written]:
        """Notes, the newest first."""
        return [
            self._written("notes", note, "hs_note_body", None, [("when", "hs_timestamp")])
            for note in self._newest("notes")
        ]

    def tasks(self) -> list[Written]:
        """Tasks, the newest first."""
        facts = [("due", "hs_timestamp"), ("status", "hs_task_status"), ("priority", "hs_task_priority")]
        return [
            self._written("tasks", task, "hs_task_body", "hs_task_subject", facts) for task in self._newest("tasks")
        ]

    def owner(self, id: str | None) -> str:
        """An owner's name, or the address when the name is not known."""
        owner = self.table("hubspot.owners").get(id or "")
        if owner is None:
            return f"owner {id}" if id else "nobody"
        name = " ".join(str(owner[part]) for part in ("firstName", "lastName") if owner.get(part))
        return name or str(owner.get("email") or id)

    def _standing(self, type: str) -> Iterator[Document]:
        return (record for record in self.table(f"hubspot.{type}").values() if not record.get("archived"))

    def _newest(self, type: str) -> list[Document]:
        given = self._given.get(type, {})
        return sorted(
            self._standing(type), key=lambda record: (record["id"] not in given, record["createdAt"]), reverse=True
        )

    def _record(self, type: str, record: Document) -> Record:
        given = self._given.get(type, {}).get(record["id"])
        return Record(
            id=record["id"],
            title=_title(type, record),
            facts=tuple(self._facts(type, record["properties"])),
            changes=() if given is None else tuple(_changes(given, record)),
            is_new=given is None,
        )

    def _facts(self, type: str, properties: Document) -> Iterator[str]:
        if type == "deals":
            stage = properties.get("dealstage")
            yield self._stages.get(f"{properties.get('pipeline')}/{stage}", str(stage or "no stage"))
            yield str(properties.get("amount") or "no amount")
            yield f"closes {str(properties.get('closedate') or 'no date')[:10]}"
        else:
            yield str(properties.get("email" if type == "contacts" else "domain") or "")
        yield self.owner(properties.get("hubspot_owner_id"))

    def _written(
        self, type: str, record: Document, body: str, title: str | None, facts: list[tuple[str, str]]
    ) -> Written:
        properties = record["properties"]
        shown = [(name, _moment(str(properties[key]))) for name, key in facts if properties.get(key)]
        return Written(
            id=record["id"],
            title=str(properties.get(title) or "") if title else "",
            body=str(properties.get(body) or ""),
            facts=(("owner", self.owner(properties.get("hubspot_owner_id"))), *shown),
            about=tuple(self._about(type, record["id"])),
            is_new=record["id"] not in self._given.get(type, {}),
        )

    def _about(self, type: str, id: str) -> Iterator[str]:
        for other, other_id in self._linked[type, id]:
            record = self.table(f"hubspot.{other}").get(other_id)
            if other in RECORDS and record is not None:
                yield f"{_title(other, record)} ({other_id})"

    def _links(self) -> dict[tuple[str, str], list[tuple[str, str]]]:
        linked: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
        for key in self.table("hubspot.associations"):
            type, id, other, other_id = key.split("/")
            if type in ("notes", "tasks"):
                linked[type, id].append((other, other_id))
        return linked

    def _stage_names(self) -> dict[str, str]:
        return {
            f"{pipeline['id']}/{stage['id']}": f"{pipeline.get('label')}: {stage.get('label')}"
            for pipeline in self._frame.world.crm.get("pipelines", ())
            for stage in pipeline.get("stages") or []
        }


def _title(type: str, record: Document) -> str:
    properties = record["properties"]
    if type == "contacts":
        name = " ".join(str(properties[part]) for part in ("firstname", "lastname") if properties.get(part))
        return name or str(properties.get("email") or record["id"])
    return str(properties.get("dealname" if type == "deals" else "name") or record["id"])


def _changes(given: Document, record: Document) -> Iterator[Change]:
    before, after = given.get("properties") or {}, record["properties"]
    for name in sorted({*before, *after} - STAMPS):
        if _plain(before.get(name)) != _plain(after.get(name)):
            yield Change(name, _plain(before.get(name)), _plain(after.get(name)))


def _plain(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return "" if value is None else str(value).lower()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _moment(text: str) -> str:
    """A date and time to read: without its seconds."""
    return text[:16].replace("T", " ") if len(text) >= 16 and text[4:5] == "-" else text
