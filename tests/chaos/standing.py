"""How things stand in the end: what is in the services and in Sophia's records, told so that two runs can be compared.

Ids that a service gave out are left out; what carries a key of Sophia's is known by that key.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import create_engine, text

from memory.database import parse_url
from sandbox.server import SandboxServer

Standing = dict[str, Counter[str]]
"""By kind of effect, how often each is there."""

EFFECTS = ("notes", "tasks", "messages", "values", "links")
"""The kinds that stand in the services; the others are Sophia's own records."""

CHANGING = frozenset({"hs_lastmodifieddate", "lastmodifieddate", "hs_object_id"})
UNFINISHED = ("received", "running", "waiting")


def services_standing(server: SandboxServer) -> Standing:
    """Every record and message of the services, with whatever is in it."""
    return {
        "notes": Counter(_made(server, "notes")),
        "tasks": Counter(_made(server, "tasks")),
        "messages": Counter(_messages(server)),
        "values": Counter(_values(server)),
        "links": Counter(_links(server)),
    }


def records_standing(records: "Records") -> Standing:
    """What Sophia's database says: effects, approvals, deliveries, and how far each call is."""
    return {
        "ledger": records.counted(
            "crm_sync_log", "call_id", "key", "service", "action", "object_type", "field", "after", "status"
        ),
        "approvals": records.counted(
            "approvals", "call_id", "id", "object_type", "object_id", "field", "current", "proposed", "status"
        ),
        "inbox": records.counted("inbox", "kind", "status"),
        "calls": records.counted("call_analysis", "call_id", "status", "reason"),
    }


class Records:
    """Sophia's database, read from outside."""

    def __init__(self, url: str) -> None:
        self._engine = create_engine(parse_url(url), pool_pre_ping=True)

    def rows(self, table: str) -> list[Mapping[str, Any]]:
        """Every row of a table, as it is this moment."""
        with self._engine.connect() as connection:
            return [dict(row) for row in connection.execute(text(f"SELECT * FROM {table}")).mappings()]

    def counted(self, table: str, *columns: str) -> Counter[str]:
        """The rows by what these columns hold."""
        return Counter(_line(row, *columns) for row in self.rows(table))

    def unfinished(self) -> list[str]:
        """The deliveries that somebody still has to work on."""
        return [_line(row, "kind", "key", "reason") for row in self.rows("inbox") if row["status"] in UNFINISHED]

    def all_done(self, deliveries: int) -> bool:
        """Whether there are so many deliveries and none is left to be worked on."""
        return len(self.rows("inbox")) >= deliveries and not self.unfinished()

    def close(self) -> None:
        self._engine.dispose()


def difference(expected: Standing, found: Standing) -> str:
    """What is there too often or not often enough, in words; empty when nothing is."""
    said: list[str] = []
    for kind in expected:
        said += [f"{count}x too much: {kind} {what}" for what, count in (found[kind] - expected[kind]).items()]
        said += [f"{count}x lost: {kind} {what}" for what, count in (expected[kind] - found[kind]).items()]
    return "\n".join(said)


def effects(before: Standing, after: Standing) -> Standing:
    """What was done to the services between two moments."""
    return {kind: after[kind] - before[kind] for kind in EFFECTS}


def _made(server: SandboxServer, type: str) -> Iterable[str]:
    return (_described(record) for record in _documents(server, f"hubspot.{type}"))


def _values(server: SandboxServer) -> Iterable[str]:
    return (
        f"{type}/{record['id']}{' archived' if record['archived'] else ''} {name}={value}"
        for type in ("companies", "contacts", "deals")
        for record in _documents(server, f"hubspot.{type}")
        for name, value in record["properties"].items()
        if value and name not in CHANGING
    )


def _described(record: Mapping[str, Any]) -> str:
    properties = {name: value for name, value in record["properties"].items() if value and name not in CHANGING}
    return f"{'archived ' if record['archived'] else ''}{sorted(properties.items())}"


def _messages(server: SandboxServer) -> Iterable[str]:
    for stored in _documents(server, "slack.messages"):
        message = stored["message"]
        key = ((message.get("metadata") or {}).get("event_payload") or {}).get("key")
        yield f"{stored['channel']} {key} {message['text']}"


def _links(server: SandboxServer) -> Iterable[str]:
    """Every tie between two records, those that were made by their keys."""
    names = {
        (type, record["id"]): record["properties"].get("sophia_key") or record["id"]
        for type in ("notes", "tasks")
        for record in _documents(server, f"hubspot.{type}")
    }
    for tie in server.frame.store.table("hubspot.associations"):
        source, own, to, other = tie.split("/")
        yield f"{source}/{names.get((source, own), own)} {to}/{names.get((to, other), other)}"


def _documents(server: SandboxServer, table: str) -> list[Mapping[str, Any]]:
    return list(server.frame.store.table(table).values())


def _line(row: Mapping[str, Any], *names: str) -> str:
    return " ".join(f"{name}={row[name]}" for name in names)
